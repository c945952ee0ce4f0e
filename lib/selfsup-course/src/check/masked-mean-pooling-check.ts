import { maskedMeanPooling, PAD, tf, UNK } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { attemptTensor, requireFinite, requireTidy } from './attempt';
import { Finding, number, type Property } from './judge';

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
  const result = attemptTensor(() => learner(hidden, tokens), `with ${name}`);
  const expected = [hidden.shape[0], hidden.shape[2]];
  if (result.shape.join() !== expected.join()) {
    throw new Finding(
      `When called with ${name}, it returned shape [${result.shape.join(', ')}]; expected [${expected.join(', ')}], one ` +
        'row for each sentence.',
    );
  }
  requireFinite(result, `with ${name}`, 'Divide by the number of real tokens of each row.');
  return result as tf.Tensor2D;
}

const close = (a: tf.Tensor, b: tf.Tensor): boolean =>
  (tf.sub(a, b).abs().max().dataSync()[0] as number) < 1e-4;

/** What the learner did instead, where it can be told. */
function mistake(result: tf.Tensor2D, { hidden, tokens }: Example): string {
  const mask = tf.notEqual(tokens, PAD).toFloat().expandDims(2);
  const sum = hidden.mul(mask).sum(1);
  const columns = tokens.shape[1];
  const longest = tf.max(mask.sum(1));
  const candidates: readonly [tf.Tensor, string][] = [
    [
      hidden.mean(1),
      'That is the mean over all positions, padding included: leave padding out of the sum and the count.',
    ],
    [
      hidden.sum(1),
      'That is the sum over all positions: leave padding out, and divide by the number of real tokens.',
    ],
    [
      hidden.sum(1).div(mask.sum(1)),
      'It divides by the number of real tokens, but what stands at padding is in the sum.',
    ],
    [sum, 'That is the sum over the real tokens: divide by how many they are.'],
    [
      sum.div(columns),
      `It divides every row by ${columns}, the length of the row: divide by the row’s own number of real tokens.`,
    ],
    [
      sum.div(longest),
      'It divides every row by the length of the longest sentence: divide by the row’s own number of real tokens.',
    ],
    [
      hidden.slice([0, columns - 1], [-1, 1]).squeeze([1]),
      'That is the last position, which is padding in short sentences.',
    ],
    [hidden.slice([0, 0], [-1, 1]).squeeze([1]), 'That is the first position alone.'],
    [hidden.max(1), 'That is the maximum; the mean is asked for.'],
  ];
  return candidates.find(([wrong]) => close(result, wrong))?.[1] ?? '';
}

function requireMean(learner: LearnerPooling, one: Example): void {
  const result = pooled(learner, one);
  const expected = maskedMeanPooling(one.hidden, one.tokens);
  if (close(result, expected)) return;
  const [found, right] = [result.arraySync(), expected.arraySync()];
  const row = right.findIndex((values, at) =>
    values.some((value, column) => Math.abs(value - (found[at]?.[column] as number)) >= 1e-4),
  );
  throw new Finding(
    `With ${one.name}, row ${row} begins with ${number(found[row]?.[0] as number)}; expected ` +
      `${number(right[row]?.[0] as number)}. ${mistake(result, one)}`.trimEnd(),
  );
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
      const gradient = tf.grad((x) => {
        const result = attemptTensor(() => learner(x as tf.Tensor3D, tokens), 'inside tf.grad');
        return result.sum() as tf.Scalar;
      })(hidden);
      const expected = tf.grad(
        (x) => maskedMeanPooling(x as tf.Tensor3D, tokens).sum() as tf.Scalar,
      )(hidden);
      if (!close(gradient, expected)) {
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
