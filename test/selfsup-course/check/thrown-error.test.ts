import { tf } from 'selfsup';
import { check } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { verdictOfCheck } from './verdict-of-check';

const matrix = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);

/** What is said of a function of a matrix, and a vector, that throws. */
function saidOf(learner: (x: tf.Tensor2D, v: tf.Tensor1D) => unknown): string {
  const reference = (x: tf.Tensor2D) => x.mul(2);
  const [x, v] = [matrix(), tf.tensor1d([1, 2])];
  const options = {
    name: 'doubling',
    reference,
    inputs: [{ name: 'a matrix', args: [x, v] as [tf.Tensor2D, tf.Tensor1D] }],
  };
  return verdictOfCheck(() => check.againstReference(learner, options)).message;
}

describe('an error of a learner’s function', () => {
  it('is told with the shapes of what was given and expected', () => {
    expect(
      saidOf(() => {
        throw new Error('no idea');
      }),
    ).toBe(
      'When called with a matrix, it threw: no idea. Expected for tensors of the shapes [2, 3] and [2]: shape [2, 3].',
    );
  });

  it.each<[string, (x: tf.Tensor2D, v: tf.Tensor1D) => unknown, RegExp]>([
    [
      'an axis that a mean dropped',
      (x) => x.sub(x.mean(1)),
      /shapes \[2, 3\] and \[2\] do not fit .* keepDims .* sum\(1, true\), the shape is \[2, 1\]/,
    ],
    [
      'an axis dropped, in a comparison',
      (x) => tf.maximum(x.max(1), x),
      /shapes \[2\] and \[2, 3\] do not fit .* keepDims/,
    ],
    [
      'shapes that nothing makes fit',
      (x) => x.add(tf.ones([2, 4])),
      /shapes \[2, 3\] and \[2, 4\] do not fit each other, number by number \(in[^)]*\)\. Expected[^.]*\.$/,
    ],
    [
      'matrices that cannot be multiplied',
      (x) => tf.matMul(x, x),
      /matMul cannot multiply .* \[2, 3\] and \[2, 3\] .*matMul\(a, b, false, true\)/,
    ],
    [
      'a vector for a matrix',
      (x, v) => tf.matMul(x, v as never),
      /matMul multiplies matrices, and its second tensor is of rank 1/,
    ],
    [
      'another number of numbers',
      (x) => x.reshape([4, 2]),
      /a tensor of 6 numbers cannot take a shape of 8/,
    ],
    [
      'nothing for a tensor',
      (x) => x.add(undefined as never),
      /add was given \w+ where a tensor or a number belongs/,
    ],
    [
      'a disposed tensor',
      () =>
        tf.tidy(() => {
          const gone = matrix();
          gone.dispose();
          return gone.add(1);
        }),
      /already disposed.*tf\.tidy disposes/,
    ],
    [
      'anything else of TensorFlow',
      (x) => x.slice([0, 0], [7, 3]),
      /it threw: Expected size\[0\] in \[0, 2\], but got 7\./,
    ],
  ])('is explained: %s', (_, learner, message) => {
    const said = saidOf((x, v) => tf.tidy(() => learner(x, v) as tf.Tensor));
    expect(said).toMatch(message);
    expect(said).not.toContain('TF_Status');
  });

  it('is told where it comes only with another call', () => {
    const said = verdictOfCheck(() => {
      let calls = 0;
      check.againstReference(
        (x: tf.Tensor2D) => {
          calls += 1;
          if (calls > 1) throw new Error('only once');
          return tf.tidy(() => x.mul(1));
        },
        { name: 'copy', reference: (x) => x, inputs: [{ name: 'a matrix', args: [matrix()] }] },
      );
    });
    expect(said).toMatchObject({
      fails: 'tidies its tensors',
      message:
        'When called once more, it threw: only once. Expected for a tensor of shape [2, 3]: what it returned before.',
    });
  });
});
