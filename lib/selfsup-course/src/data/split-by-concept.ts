import { RandomGenerator } from 'selfsup';

/** Positions of the images of each split. */
export interface ConceptSplit {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

export interface SplitByConceptOptions {
  /** Chooses the validation concepts and the order; the test concepts are the same for every seed. */
  readonly seed: number;
  /** Share of the concepts, 0 to 1. */
  readonly testFraction: number;
  /** Share of the concepts that are not in the test split, 0 to 1. */
  readonly validationFraction: number;
}

/** Decides once and for all which concepts are tested with, so that no seed ever trains on them. */
const TEST_SEED = 20_260_101;

/**
 * Splits images so that all images of a concept fall into one split: otherwise a test image would have its like, drawn
 * by another artist, among the training images. Each label gives every split its share. Concepts are in random order,
 * the images of one side by side.
 */
export function splitByConcept(
  concepts: Int32Array,
  labels: Uint8Array,
  { seed, testFraction, validationFraction }: SplitByConceptOptions,
): ConceptSplit {
  const imagesOf = new Map<number, number[]>();
  const conceptsOf = new Map<number, number[]>();
  concepts.forEach((concept, image) => {
    const images = imagesOf.get(concept);
    if (images) {
      images.push(image);
      return;
    }
    imagesOf.set(concept, [image]);
    const label = labels[image] as number;
    const sameLabel = conceptsOf.get(label);
    if (sameLabel) sameLabel.push(concept);
    else conceptsOf.set(label, [concept]);
  });
  const testRandom = new RandomGenerator(TEST_SEED);
  const random = new RandomGenerator(seed);
  const chosen = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  for (const label of [...conceptsOf.keys()].sort((a, b) => a - b)) {
    const candidates = testRandom.shuffle(conceptsOf.get(label) ?? []);
    const tested = Math.round(candidates.length * testFraction);
    chosen.test.push(...candidates.slice(0, tested));
    const rest = random.shuffle(candidates.slice(tested));
    const validated = Math.round(rest.length * validationFraction);
    chosen.validation.push(...rest.slice(0, validated));
    chosen.train.push(...rest.slice(validated));
  }
  const images = (ids: number[], generator: RandomGenerator) =>
    Int32Array.from(generator.shuffle(ids).flatMap((concept) => imagesOf.get(concept) ?? []));
  return {
    test: images(chosen.test, testRandom),
    validation: images(chosen.validation, random),
    train: images(chosen.train, random),
  };
}
