import type { tf } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { attemptTensor, requireFinite, requireTidy } from './attempt';
import { Finding, number, type Property } from './judge';
import { largestGap, requireRight } from './require-right';

/** A learner's prompt ensembling: embeddings of each class in each template `[classes, templates, d]` → `[classes, d]`. */
export type LearnerZeroShotWeights = (sentences: tf.Tensor3D) => unknown;

interface Variant {
  /** Scales the sentences to length 1 before averaging. Default true. */
  readonly first?: boolean;
  /** Scales the mean to length 1. Default true. */
  readonly last?: boolean;
  /** Takes these sentences of each class only. */
  readonly only?: number;
}

const unit = (row: readonly number[]) => row.map((value) => value / Math.hypot(...row));

/** The weights as plain loops. */
function naive(sentences: readonly number[][][], variant: Variant = {}): number[][] {
  const { first = true, last = true, only } = variant;
  return sentences.map((rows) => {
    const taken = only === undefined ? rows : [rows.at(only) as number[]];
    const scaled = taken.map((row) => (first ? unit(row) : row));
    const mean = (scaled[0] as number[]).map(
      (_, d) => scaled.reduce((sum, row) => sum + (row[d] as number), 0) / scaled.length,
    );
    return last ? unit(mean) : mean;
  });
}

const MISTAKES: readonly { readonly variant: Variant; readonly says: string }[] = [
  {
    variant: { last: false },
    says: 'That is the mean before it is scaled to length 1 again: a class whose sentences disagree would get smaller similarities.',
  },
  {
    variant: { first: false },
    says: 'That averages sentences of different lengths: long ones outvote short ones. Scale every sentence to length 1 first.',
  },
  {
    variant: { first: false, last: false },
    says: 'That is the plain mean, without any scaling to length 1: scale every sentence before, and the mean after.',
  },
  {
    variant: { only: 0 },
    says: 'That is the first template alone; take the mean over all of them.',
  },
  {
    variant: { only: -1 },
    says: 'That is the last template alone; take the mean over all of them.',
  },
  {
    variant: { only: 0, last: false, first: false },
    says: 'That is the first template alone, not scaled; take the mean over all templates.',
  },
];

function sentencesOf(classes: number, templates: number): tf.Tensor3D {
  const random = new RandomStream([51, classes]);
  const lengths = random.uniform([classes, templates, 1], 0.2, 5);
  return random.normal([classes, templates, 4]).mul(lengths) as tf.Tensor3D;
}

function weightsOf(learner: LearnerZeroShotWeights, sentences: tf.Tensor3D): tf.Tensor {
  const [classes, templates, width] = sentences.shape;
  const occasion = `with ${classes} classes in ${templates} templates`;
  const result = attemptTensor(() => learner(sentences), occasion, [classes, width]);
  requireFinite(result, occasion, 'Divide by lengths that are not 0.');
  if (result.shape.join() !== `${classes},${width}`) {
    throw new Finding(
      `When called ${occasion} of ${width} numbers, it returned a tensor of shape [${result.shape.join(', ')}]; expected ` +
        `[${classes}, ${width}], one direction for each class. The templates are axis 1.`,
    );
  }
  return result;
}

function compare(learner: LearnerZeroShotWeights, sentences: tf.Tensor3D): void {
  const given = sentences.arraySync();
  requireRight({
    cases: [given],
    found: () => weightsOf(learner, sentences).arraySync() as number[][],
    right: naive,
    mistakes: MISTAKES.map(({ variant, says }) => ({ instead: () => naive(given, variant), says })),
    story: (classes, found, right) =>
      `With ${classes.length} classes in ${sentences.shape[1]} templates, its weights differ from the definition’s by up to ` +
      `${number(largestGap(found, right))}; the first has length ${number(Math.hypot(...(found[0] as number[])))}, expected 1.`,
    hint: 'Compute the first class by hand.',
  });
}

/** What the weights of a zero-shot classifier must satisfy. */
export const ZERO_SHOT_WEIGHTS_PROPERTIES: readonly Property<LearnerZeroShotWeights>[] = [
  {
    name: 'returns one direction for each class',
    examine: (learner) => {
      weightsOf(learner, sentencesOf(5, 3));
    },
  },
  {
    name: 'is the direction of the sentence where there is one template',
    examine: (learner) => compare(learner, sentencesOf(2, 1)),
  },
  {
    name: 'is the mean of sentences of length 1, scaled to length 1',
    examine: (learner) => {
      compare(learner, sentencesOf(3, 2));
      compare(learner, sentencesOf(6, 5));
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const sentences = sentencesOf(4, 3);
      requireTidy(() => learner(sentences));
    },
  },
];
