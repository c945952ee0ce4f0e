import { RandomGenerator } from 'selfsup';
import { attempt } from './attempt';
import { describe, Finding, type Property } from './judge';

/** A learner's choice of labelled images: positions in `labels`, the same share of every class. */
export type LearnerLabelSubset = (
  labels: Uint8Array,
  fraction: number,
  random: RandomGenerator,
) => unknown;

interface Case {
  readonly name: string;
  readonly labels: Uint8Array;
  readonly fraction: number;
}

function repeated(counts: readonly number[]): number[] {
  return counts.flatMap((count, label) => new Array<number>(count).fill(label));
}

const MIXED: Case = {
  name: '200 labels of 4 classes, mixed',
  labels: Uint8Array.from(new RandomGenerator(1).shuffle(repeated([80, 60, 40, 20]))),
  fraction: 0.2,
};
const SORTED: Case = {
  name: '200 labels of 4 classes, sorted by class',
  labels: Uint8Array.from(repeated([80, 60, 40, 20])),
  fraction: 0.2,
};
const RARE: Case = {
  name: '64 labels of 3 classes, one with only 4 images',
  labels: Uint8Array.from(new RandomGenerator(2).shuffle(repeated([40, 20, 4]))),
  fraction: 0.1,
};
const SEED = 7;

/** Calls the learner's function and reads the positions it returns. */
function positionsOf(learner: LearnerLabelSubset, one: Case, seed = SEED): number[] {
  const { name, labels, fraction } = one;
  const occasion = `with ${name}, and fraction ${fraction}`;
  // A copy: a learner may sort or shuffle what is given.
  const expected = 'positions in the labels, as an array';
  const result = attempt(
    () => learner(labels.slice(), fraction, new RandomGenerator(seed)),
    occasion,
    expected,
  );
  if (!Array.isArray(result) && !(ArrayBuffer.isView(result) && 'length' in result)) {
    throw new Finding(
      `When called ${occasion}, it returned ${describe(result)}; expected ${expected}.`,
    );
  }
  const positions = Array.from(result as ArrayLike<unknown>);
  for (const position of positions) {
    if (!Number.isInteger(position) || !((position as number) in labels)) {
      throw new Finding(
        `When called ${occasion}, one of its positions is ${describe(position)}; expected whole numbers from 0 to ` +
          `${labels.length - 1}.`,
      );
    }
  }
  const twice = positions.find((position, index) => positions.indexOf(position) < index);
  if (twice !== undefined) {
    throw new Finding(
      `When called ${occasion}, it returned position ${twice} more than once: the image would count twice. Draw ` +
        'without replacement, for instance by shuffling.',
    );
  }
  return positions as number[];
}

/** Compares the number of positions of each class with its share. */
function requireShares(learner: LearnerLabelSubset, one: Case): void {
  const { name, labels, fraction } = one;
  const positions = positionsOf(learner, one);
  for (const label of new Set(labels)) {
    const all = labels.filter((other) => other === label).length;
    const found = positions.filter((position) => labels[position] === label).length;
    const expected = Math.max(1, Math.round(fraction * all));
    // Rounding up or down is a matter of taste; an empty class is not.
    if (Math.abs(found - expected) <= 0.5 + Math.abs(expected - fraction * all) && found > 0) {
      continue;
    }
    throw new Finding(
      `Of ${name}, it chose ${found} of the ${all} images of class ${label} with fraction ${fraction}; expected ` +
        `${expected}. ` +
        (found === 0 && positions.length > 0
          ? 'A class without labels cannot be learned: choose within each class, at least one image.'
          : 'Choose within each class by itself.'),
    );
  }
}

/** What a class-balanced choice of labels must satisfy. */
export const LABEL_SUBSET_PROPERTIES: readonly Property<LearnerLabelSubset>[] = [
  {
    name: 'returns positions in the labels, each at most once',
    examine: (learner) => {
      for (const one of [MIXED, SORTED, RARE]) positionsOf(learner, one);
    },
  },
  {
    name: 'chooses the same share of every class',
    examine: (learner) => {
      for (const one of [MIXED, SORTED]) requireShares(learner, one);
    },
  },
  {
    name: 'leaves no class without a label',
    examine: (learner) => requireShares(learner, RARE),
  },
  {
    name: 'gives the same choice for equal random generators',
    examine: (learner) => {
      const [first, second] = [positionsOf(learner, MIXED), positionsOf(learner, MIXED)];
      if ([...first].sort().join() !== [...second].sort().join()) {
        throw new Finding(
          'Called twice with generators of the same seed, it chose different images, so nobody can repeat the ' +
            'experiment. Take every random number from the generator it is given.',
        );
      }
    },
  },
  {
    name: 'gives every image its chance',
    examine: (learner) => {
      const chosen = new Set<number>();
      const calls = 120;
      for (let seed = 0; seed < calls; seed++) {
        for (const position of positionsOf(learner, MIXED, seed)) chosen.add(position);
      }
      if (chosen.size < MIXED.labels.length) {
        throw new Finding(
          `With ${calls} different generators it never chose ${MIXED.labels.length - chosen.size} of ` +
            `${MIXED.labels.length} images. Shuffle the images of a class before you take the first of them.`,
        );
      }
    },
  },
  {
    name: 'nests a smaller share in a larger one',
    examine: (learner) => {
      const larger = new Set(positionsOf(learner, { ...MIXED, fraction: 0.5 }));
      const missing = positionsOf(learner, MIXED).filter((position) => !larger.has(position));
      if (missing.length > 0) {
        throw new Finding(
          `With generators of the same seed, ${missing.length} of the images it chose with fraction ` +
            `${MIXED.fraction} are not among those of fraction 0.5. What more labels bring would be mixed with which ` +
            'labels they are. Shuffle all images of a class, then take as many as you need.',
        );
      }
    },
  },
];
