import { tf } from 'selfsup';
import {
  CompileError,
  compile,
  fusedBatchNormalization,
  lstm,
  softmaxCrossEntropy,
  sparseSoftmaxCrossEntropy,
  useNativeGradients,
} from 'tfjs-compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// A gradient penalty, P(x) = Σ (∂f/∂x)², and its gradient, held against the derivative in float64. What TensorFlow.js itself
// computes is no measure: it takes saved outputs for constants.

let undo: (() => void) | undefined;
beforeAll(() => {
  undo = useNativeGradients();
});
afterAll(() => undo?.());

/** Central differences of a function of many numbers, in float64. */
function differentiate(f: (x: number[]) => number, x: readonly number[]): number[] {
  const h = 1e-5;
  return x.map((_, i) => {
    const at = (delta: number): number => f(x.map((value, j) => (i === j ? value + delta : value)));
    return (at(h) - at(-h)) / (2 * h);
  });
}

/** The gradient of Σ (∂f/∂x)² in float64, the first gradient by central differences with a wider step. */
function penaltyGradient(f: (x: number[]) => number, x: readonly number[]): number[] {
  const first = (y: number[]): number[] => {
    const h = 1e-3;
    return y.map((_, i) => {
      const at = (delta: number): number => f(y.map((v, j) => (i === j ? v + delta : v)));
      // Of fourth order in h.
      return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    });
  };
  return differentiate((y) => first(y).reduce((sum, g) => sum + g * g, 0), x);
}

const rows = (x: readonly number[], width: number): number[][] =>
  Array.from({ length: x.length / width }, (_, i) => x.slice(i * width, (i + 1) * width));
const sum = (x: readonly number[]): number => x.reduce((total, value) => total + value, 0);
const softmax = (z: readonly number[]): number[] => {
  const e = z.map((value) => Math.exp(value - Math.max(...z)));
  return e.map((value) => value / sum(e));
};
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Weights of the outputs, so that no symmetry hides a mistake. */
const weight = (i: number): number => 1 + ((i * 7) % 5) / 3;
const weighted = (y: tf.Tensor): tf.Scalar =>
  y
    .flatten()
    .mul(tf.tensor1d(Array.from({ length: y.size }, (_, i) => weight(i))))
    .sum() as tf.Scalar;
const weightedNumbers = (y: readonly number[]): number => sum(y.map((v, i) => v * weight(i)));

const each = (f: (x: number) => number) => (x: number[]) => weightedNumbers(x.map(f));
const eachRow = (f: (z: number[]) => number[]) => (x: number[]) =>
  weightedNumbers(rows(x, 3).flatMap(f));
const LABELS = [2, 0, 1, 1];
const TARGET = [0.2, 0.5, 0.3, 1, 0, 0, 0.1, 0.1, 0.8, 0, 0.6, 0.4];
const SCALE = [1, -2, 0.5];

function normalize(x: number[], epsilon: number): number[] {
  const columns = [0, 1, 2].map((c) => rows(x, 3).map((row) => row[c] as number));
  const moments = columns.map((column) => {
    const mean = sum(column) / column.length;
    return [mean, sum(column.map((v) => (v - mean) ** 2)) / column.length] as const;
  });
  return x.map((value, i) => {
    const [mean, variance] = moments[i % 3] as readonly [number, number];
    return ((value - mean) / Math.sqrt(variance + epsilon)) * (SCALE[i % 3] as number);
  });
}

/** Functions of a matrix [4, 3], and the same in float64. */
const FUNCTIONS: Record<string, [(x: tf.Tensor2D) => tf.Tensor, (x: number[]) => number]> = {
  tanh: [(x) => tf.tanh(x), each(Math.tanh)],
  sigmoid: [(x) => tf.sigmoid(x), each(sigmoid)],
  exp: [(x) => tf.exp(x), each(Math.exp)],
  elu: [(x) => tf.elu(x), each((x) => (x > 0 ? x : Math.exp(x) - 1))],
  softplus: [(x) => tf.softplus(x), each((x) => Math.log1p(Math.exp(x)))],
  'relu of squares': [
    (x) => tf.relu(tf.sub(tf.square(x), 0.3)),
    each((x) => Math.max(x * x - 0.3, 0)),
  ],
  'relu6 of cubes': [
    (x) => tf.relu6(tf.mul(tf.mul(x, x), tf.mul(x, 2))),
    each((x) => Math.min(Math.max(2 * x ** 3, 0), 6)),
  ],
  pow: [(x) => tf.pow(tf.abs(x), 2.5), each((x) => Math.abs(x) ** 2.5)],
  softmax: [(x) => tf.softmax(x), eachRow(softmax)],
  logSoftmax: [(x) => tf.logSoftmax(x), eachRow((z) => softmax(z).map(Math.log))],
  logSumExp: [
    (x) => tf.logSumExp(x, 1),
    (x) => weightedNumbers(rows(x, 3).map((z) => Math.log(sum(z.map(Math.exp))))),
  ],
  'tanh of a biased product': [
    (x) =>
      tf.tanh(
        tf.add(
          tf.matMul(
            x,
            tf.tensor2d([
              [1, 2],
              [-1, 0.5],
              [0.3, -2],
            ]),
          ),
          tf.tensor1d([0.1, 0.2]),
        ),
      ),
    (x) =>
      weightedNumbers(
        rows(x, 3).flatMap((r) => {
          const [a, b, c] = r as [number, number, number];
          return [Math.tanh(a - b + 0.3 * c + 0.1), Math.tanh(2 * a + 0.5 * b - 2 * c + 0.2)];
        }),
      ),
  ],
  'mean and sum of cubes': [
    (x) => tf.add(tf.mean(tf.pow(x, 3), 1), tf.sum(tf.mul(x, tf.square(x)), 1)),
    (x) => weightedNumbers(rows(x, 3).map((r) => (4 / 3) * sum(r.map((v) => v ** 3)))),
  ],
  'the largest of each row': [
    (x) => tf.max(tf.square(x), 1),
    (x) => weightedNumbers(rows(x, 3).map((r) => Math.max(...r.map((v) => v * v)))),
  ],
  'gathered rows': [
    (x) => tf.square(tf.gather(tf.tanh(x), tf.tensor1d([0, 2, 2, 3], 'int32'))),
    (x) => {
      const t = rows(x, 3).map((r) => r.map((v) => Math.tanh(v) ** 2));
      return weightedNumbers([0, 2, 2, 3].flatMap((i) => t[i] as number[]));
    },
  ],
  softmaxCrossEntropy: [
    (x) => softmaxCrossEntropy(tf.tensor2d(TARGET, [4, 3]), x),
    (x) =>
      weightedNumbers(
        rows(x, 3).map(
          (z, i) => -sum(softmax(z).map((p, j) => (TARGET[3 * i + j] as number) * Math.log(p))),
        ),
      ),
  ],
  sparseSoftmaxCrossEntropy: [
    (x) => sparseSoftmaxCrossEntropy(tf.tensor1d(LABELS, 'int32'), x),
    (x) =>
      weightedNumbers(
        rows(x, 3).map((z, i) => -Math.log(softmax(z)[LABELS[i] as number] as number)),
      ),
  ],
  fusedBatchNormalization: [
    (x) => tf.square(fusedBatchNormalization(x, tf.tensor1d(SCALE), tf.ones([3]), 0.01).normalized),
    (x) => weightedNumbers(normalize(x, 0.01).map((v) => (v + 1) ** 2)),
  ],
};

function numbers(tensor: tf.Tensor): number[] {
  return Array.from(tensor.dataSync());
}

const x0 = [0.3, -1.2, 0.8, 1.5, 0.05, -0.7, -0.4, 0.9, 1.1, -1.6, 0.6, 0.2];

/** The gradient of the penalty on the gradient of f. */
function penalize(f: (x: tf.Tensor2D) => tf.Tensor): (x: tf.Tensor2D) => tf.Tensor {
  return tf.grad((x: tf.Tensor) =>
    tf
      .grad((y: tf.Tensor) => weighted(f(y as tf.Tensor2D)))(x)
      .square()
      .sum(),
  ) as (x: tf.Tensor2D) => tf.Tensor;
}

function close(actual: tf.Tensor, expected: readonly number[]): void {
  const largest = Math.max(...expected.map(Math.abs));
  numbers(actual).forEach((value, i) => {
    expect(Math.abs(value - (expected[i] as number)) / largest).toBeLessThan(1e-4);
  });
}

describe('the gradient of a gradient penalty', () => {
  it.each(Object.entries(FUNCTIONS))('through %s is the one in float64', (_, [f, inFloat64]) => {
    tf.tidy(() => {
      const x = tf.tensor2d(x0, [4, 3]);
      const expected = penaltyGradient(inFloat64, x0);
      expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1e-2);
      const gradient = penalize(f);
      close(gradient(x), expected);
      const compiled = compile(gradient, { verify: false });
      for (let call = 0; call < 2; call++) close(compiled(x), expected);
      compiled.dispose();
    });
  });

  it('reaches the scale and the labels’ side of batch norm and cross-entropy: mixed derivatives', () => {
    tf.tidy(() => {
      const x = tf.tensor2d(x0, [4, 3]);
      const ofScale = (scale: tf.Tensor): tf.Scalar =>
        tf
          .grad((y: tf.Tensor) =>
            weighted(tf.square(fusedBatchNormalization(y, scale, tf.ones([3]), 0.01).normalized)),
          )(x)
          .square()
          .sum() as tf.Scalar;
      const inFloat64 = (scale: number[]): number => {
        const f = (y: number[]): number =>
          weightedNumbers(
            normalize(y, 0.01).map(
              (v, i) => ((v / (SCALE[i % 3] as number)) * (scale[i % 3] as number) + 1) ** 2,
            ),
          );
        return sum(differentiate(f, x0).map((g) => g * g));
      };
      close(tf.grad(ofScale)(tf.tensor1d(SCALE)), differentiate(inFloat64, SCALE));
    });
  });

  it.each([
    ['softmaxCrossEntropy', FUNCTIONS.softmaxCrossEntropy],
    ['sparseSoftmaxCrossEntropy', FUNCTIONS.sparseSoftmaxCrossEntropy],
  ])('through %s needs no useNativeGradients', (_, row) => {
    const [f, inFloat64] = row as (typeof FUNCTIONS)[string];
    undo?.();
    try {
      tf.tidy(() => close(penalize(f)(tf.tensor2d(x0, [4, 3])), penaltyGradient(inFloat64, x0)));
    } finally {
      undo = useNativeGradients();
    }
  });

  it('of third order is right, too', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([0.3, -0.7]);
      const third = tf.grad((a: tf.Tensor) =>
        tf
          .grad((b: tf.Tensor) =>
            tf
              .grad((c: tf.Tensor) => tf.tanh(c))(b)
              .sum(),
          )(a)
          .sum(),
      );
      // tanh''' = −2(1 − t²)(1 − 3t²)
      close(
        third(x),
        [0.3, -0.7].map((value) => {
          const t2 = Math.tanh(value) ** 2;
          return -2 * (1 - t2) * (1 - 3 * t2);
        }),
      );
    });
  });

  it('is refused, by name, where it would be wrong', () => {
    tf.tidy(() => {
      const x = tf.tensor2d(x0, [4, 3]);
      const ofLosses = (y: tf.Tensor): tf.Tensor =>
        tf.losses.softmaxCrossEntropy(tf.tensor2d(TARGET, [4, 3]), y);
      expect(() => penalize(ofLosses)(x)).toThrow(CompileError);
      expect(() => penalize(ofLosses)(x)).toThrow(
        /cannot be differentiated again.*softmaxCrossEntropy of tfjs-compile/,
      );
      // Its first gradient stays.
      const first = tf.grad(ofLosses)(x);
      close(
        first,
        rows(x0, 3).flatMap((z, i) =>
          softmax(z).map((p, j) => (p - (TARGET[3 * i + j] as number)) / 4),
        ),
      );
      const weights = {
        kernel: tf.ones([3, 8]),
        recurrentKernel: tf.ones([2, 8]),
        bias: tf.ones([8]),
      };
      const read = (y: tf.Tensor2D): tf.Tensor =>
        lstm(y.reshape([1, 4, 3]) as tf.Tensor3D, weights).outputs;
      expect(() => penalize(read)(x)).toThrow(
        /The gradient of lstm cannot be differentiated again/,
      );
    });
  });
});
