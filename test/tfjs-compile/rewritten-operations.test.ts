import { tf } from 'selfsup';
import { compile, fusedBatchNormalization } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

/** Rows of 1, 2 and of 3, 4. */
const square = (): tf.Tensor2D =>
  tf.tensor2d([
    [1, 2],
    [3, 4],
  ]);
/** Operations of several outputs that TensorFlow's optimizer rewrites, fuses or folds, and what they give for 1 to 4. */
const REWRITTEN: Record<string, [(x: tf.Tensor2D) => tf.Tensor, number[]]> = {
  'a convolution, normalised with fixed statistics, then relu': [
    (x) =>
      tf
        .relu(
          tf.batchNorm4d(
            tf.conv2d(
              x.reshape<tf.Tensor4D>([1, 2, 2, 1]),
              tf.tensor4d([2, -1], [1, 1, 1, 2]),
              1,
              'valid',
            ),
            tf.tensor1d([0, 1]),
            tf.tensor1d([4, 1]),
            tf.tensor1d([0, 3]),
            tf.tensor1d([1, 1]),
            0,
          ),
        )
        .flatten(),
    // 2x / 2 and −x − 1 + 3.
    [1, 1, 2, 0, 3, 0, 4, 0],
  ],
  'constants, normalised': [
    (x) =>
      x.add(
        tf.batchNorm2d(
          square(),
          tf.tensor1d([0, 0]),
          tf.tensor1d([1, 4]),
          tf.tensor1d([1, 1]),
          tf.tensor1d([1, 1]),
          0,
        ),
      ),
    [3, 4, 7, 7],
  ],
  'batch normalization of which only the result is used': [
    (x) =>
      fusedBatchNormalization(x, tf.tensor1d([1, 1]), tf.tensor1d([0, 0]), 0).normalized.mul(2),
    [-2, -2, 2, 2],
  ],
  'a split into one part': [(x) => tf.split(x, 1)[0] as tf.Tensor, [1, 2, 3, 4]],
  'one part of a split': [(x) => tf.split(x, 2, 1)[1] as tf.Tensor, [2, 4]],
  'one row of all': [(x) => tf.unstack(x)[1] as tf.Tensor, [3, 4]],
  'the largest numbers, not their places': [(x) => tf.topk(x, 1).values, [2, 4]],
  'the places of the largest numbers alone': [(x) => tf.topk(x, 1).indices, [1, 1]],
};

describe('an operation that TensorFlow rewrites', () => {
  it.each(
    Object.entries(REWRITTEN).flatMap(([name, [fn, expected]]) =>
      [false, true].map((unchanged) => ({ name, fn, expected, unchanged })),
    ),
  )('gives $name, unchanged $unchanged', ({ fn, expected, unchanged }) => {
    const compiled = compile(fn, { unchanged });
    tf.tidy(() => {
      for (let call = 0; call < 3; call++) {
        const found = Array.from(compiled(square()).dataSync());
        expect(found).toHaveLength(expected.length);
        for (const [i, value] of found.entries())
          expect(value).toBeCloseTo(expected[i] as number, 5);
      }
    });
    compiled.dispose();
  });
});
