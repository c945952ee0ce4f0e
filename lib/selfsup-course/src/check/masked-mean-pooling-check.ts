import { maskedMeanPooling, PAD, tf, UNK } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { attemptTensor, requireFinite, requireTidy } from './attempt';
import { Finding, number, type Property } from './judge';
import { near, requireRight } from './require-right';

/** A learner's pooling: representations `[N, T, d]` and tokens `[N, T]`, int32, to `[N, d]`. */
export type LearnerPooling = (hidden: tf.Tensor3D, tokens: tf.Tensor2D) => unknown;

interface Example {
  readonly name: string;
  readonly hidden: tf.Tensor3D;
  readonly tokens: tf.Tensor2D;
}

const DIM = 4;

/** Rows of these numbers of real tokens. What stands at padding is not 0: nobody may rely on the encoder for that. */
function example(lengths: readonly number[], columns: number, seed: number): Example {
  const rows = lengths.map((length, row) =>
    Array.from({ length: columns }, (_, at) =>
      at >= length ? PAD : at === 1 ? UNK : 3 + row + at,
    ),
  );
  return {
    name: `rows of ${lengths.join(', ')} real tokens among ${columns}`,
    hidden: new RandomStream([11, seed]).normal([lengths.length, columns, DIM]) as tf.Tensor3D,
    tokens: tf.tensor2d(rows, [lengths.length, columns], 'int32'),
  };
}

function pooled(learner: LearnerPooling, { name, hidden, tokens }: Example): tf.Tensor2D {
  const expected = [hidden.shape[0], hidden.shape[2]];
  const result = attemptTensor(() => learner(hidden, tokens), `with ${name}`, expected);
  if (result.shape.join() !== expected.join()) {
    throw new Finding(
      `When called with ${name}, it returned shape [${result.shape.join(', ')}]; expected [${expected.join(', ')}], one ` +
        'row for each sentence.',
    );
  }
  requireFinite(result, `with ${name}`, 'Divide by the number of real tokens of each row.');
  return result as tf.Tensor2D;
}

/** The representations at real tokens alone, added up, and how many those are in each row. */
function sumAndCount({ hidden, tokens }: Example): { sum: tf.Tensor; count: tf.Tensor } {
  const mask = tf.notEqual(tokens, PAD).toFloat().expandDims(2);
  return { sum: hidden.mul(mask).sum(1), count: mask.sum(1) };
}

const lengthOf = ({ tokens }: Example) => tokens.shape[1];

const MISTAKES: readonly {
  readonly pool: (one: Example) => tf.Tensor;
  readonly says: string;
}[] = [
  {
    pool: ({ hidden }) => hidden.mean(1),
    says: 'That is the mean over all positions, padding included: leave padding out of the sum and the count.',
  },
  {
    pool: ({ hidden }) => hidden.sum(1),
    says: 'That is the sum over all positions: leave padding out, and divide by the number of real tokens.',
  },
  {
    pool: (one) => one.hidden.sum(1).div(sumAndCount(one).count),
    says: 'It divides by the number of real tokens, but what stands at padding is in the sum.',
  },
  {
    pool: (one) => sumAndCount(one).sum,
    says: 'That is the sum over the real tokens: divide by how many they are.',
  },
  {
    pool: (one) => sumAndCount(one).sum.div(lengthOf(one)),
    says: 'It divides every row by the length of the row, padding included: divide by the row’s own number of real tokens.',
  },
  {
    pool: (one) => sumAndCount(one).sum.div(sumAndCount(one).count.max()),
    says: 'It divides every row by the length of the longest sentence: divide by the row’s own number of real tokens.',
  },
  {
    pool: (one) => one.hidden.slice([0, lengthOf(one) - 1], [-1, 1]).squeeze([1]),
    says: 'That is the last position, which is padding in short sentences.',
  },
  {
    pool: ({ hidden }) => hidden.slice([0, 0], [-1, 1]).squeeze([1]),
    says: 'That is the first position alone.',
  },
  { pool: ({ hidden }) => hidden.max(1), says: 'That is the maximum; the mean is asked for.' },
];

const rowsOf = (pooled: tf.Tensor) => pooled.arraySync() as number[][];

function requireMean(learner: LearnerPooling, given: Example): void {
  const same = near(1e-4);
  requireRight({
    cases: [given],
    found: (one) => pooled(learner, one).arraySync(),
    right: ({ hidden, tokens }) => rowsOf(maskedMeanPooling(hidden, tokens)),
    same,
    mistakes: MISTAKES.map(({ pool, says }) => ({
      instead: (one: Example) => rowsOf(pool(one)),
      says,
    })),
    story: ({ name }, found, right) => {
      const row = right.findIndex((values, at) => !same(found[at] as number[], values));
      return (
        `With ${name}, row ${row} begins with ${number(found[row]?.[0] as number)}; expected ` +
        `${number(right[row]?.[0] as number)}.`
      );
    },
    hint: '',
  });
}

/** The gradient of the sum of what a learner's pooling gives. */
function gradientOf(learner: LearnerPooling, hidden: tf.Tensor3D, tokens: tf.Tensor2D): tf.Tensor {
  const expected = [hidden.shape[0], hidden.shape[2]];
  try {
    return tf.grad((x) => {
      const call = () => learner(x as tf.Tensor3D, tokens);
      return attemptTensor(call, 'inside tf.grad', expected).sum() as tf.Scalar;
    })(hidden);
  } catch (error) {
    if (error instanceof Finding) throw error;
    throw new Finding(
      'Its values are right, but it cannot be differentiated: they do not come from the representations by tensor operations ' +
        'alone. Leave all values inside TensorFlow: without dataSync, arraySync or a JavaScript number.',
    );
  }
}

/** What a masked mean must satisfy. */
export const MASKED_MEAN_POOLING_PROPERTIES: readonly Property<LearnerPooling>[] = [
  {
    name: 'returns one row for each sentence',
    examine: (learner) => {
      pooled(learner, example([3, 5, 2], 6, 1));
    },
  },
  {
    name: 'is the mean where there is no padding',
    examine: (learner) => requireMean(learner, example([4, 4], 4, 2)),
  },
  {
    name: 'leaves padding out of the sum and of the count',
    examine: (learner) => {
      for (const one of [example([1, 7, 3], 8, 3), example([5, 2], 12, 4)]) {
        requireMean(learner, one);
      }
    },
  },
  {
    name: 'gives a sentence the same row however far it is padded',
    examine: (learner) => {
      const one = example([3, 6], 8, 5);
      const further: Example = {
        name: 'the same rows, padded with 10 positions more',
        hidden: tf.concat(
          [one.hidden, new RandomStream([11, 6]).normal([2, 10, DIM])],
          1,
        ) as tf.Tensor3D,
        tokens: one.tokens.pad([
          [0, 0],
          [0, 10],
        ]),
      };
      const difference = tf.sub(pooled(learner, one), pooled(learner, further)).abs().max();
      const largest = difference.dataSync()[0] as number;
      if (largest >= 1e-4) {
        throw new Finding(
          `The same sentences in longer rows differ by up to ${number(largest)}; expected no difference.`,
        );
      }
    },
  },
  {
    name: 'lets gradients through to the real tokens alone',
    examine: (learner) => {
      const { hidden, tokens } = example([2, 4], 5, 7);
      const gradient = gradientOf(learner, hidden, tokens);
      const expected = tf.grad(
        (x) => maskedMeanPooling(x as tf.Tensor3D, tokens).sum() as tf.Scalar,
      )(hidden);
      if (!near(1e-4)(Array.from(gradient.dataSync()), Array.from(expected.dataSync()))) {
        throw new Finding(
          'Its values are right, but its gradient is not 1 / (number of real tokens) at real tokens and 0 at padding.',
        );
      }
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const { hidden, tokens } = example([2, 4], 5, 8);
      requireTidy(() => learner(hidden, tokens));
    },
  },
];
