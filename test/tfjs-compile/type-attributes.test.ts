import { tf } from 'selfsup';
import { compile, GraphError } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

const bools = (): tf.Tensor1D => tf.tensor1d([true, false, true, true]);
const integers = (): tf.Tensor1D => tf.tensor1d([1, 4, 7, 7], 'int32');

/** A picture, which TensorFlow decodes to uint8 and TensorFlow.js calls int32. */
function decoded(): tf.Tensor3D {
  const bmp = Buffer.alloc(54 + 16);
  bmp.write('BM');
  bmp.writeUInt32LE(70, 2);
  bmp.writeUInt32LE(54, 10);
  bmp.writeUInt32LE(40, 14);
  bmp.writeInt32LE(2, 18);
  bmp.writeInt32LE(2, 22);
  bmp.writeUInt16LE(1, 26);
  bmp.writeUInt16LE(24, 28);
  bmp.set([10, 20, 30, 40, 50, 60, 0, 0, 70, 80, 90, 100, 110, 120], 54);
  return tf.node.decodeBmp(bmp);
}

const CASES: Record<string, [(...x: tf.Tensor[]) => tf.Tensor[], () => tf.Tensor[], number[][]]> = {
  'accuracy, the mean of booleans': [
    (p, y) => [tf.mean(tf.equal(tf.argMax(p as tf.Tensor, 1), y as tf.Tensor))],
    () => [
      tf.tensor2d([
        [0.1, 0.9],
        [0.8, 0.2],
        [0.3, 0.7],
        [0.4, 0.6],
      ]),
      tf.tensor1d([1, 1, 1, 0], 'int32'),
    ],
    [[0.5]],
  ],
  'mean of int32': [(x) => [tf.mean(x as tf.Tensor)], () => [integers()], [[4.75]]],
  'moments of int32': [
    (x) => Object.values(tf.moments(x as tf.Tensor)),
    () => [integers()],
    [[4.75], [6.1875]],
  ],
  'moments of booleans, over an axis': [
    (x) => Object.values(tf.moments(tf.reshape(x as tf.Tensor, [2, 2]), 1)),
    () => [bools()],
    [
      [0.5, 1],
      [0.25, 0],
    ],
  ],
  'binaryAccuracy of int32': [
    (a, b) => [tf.metrics.binaryAccuracy(a as tf.Tensor, b as tf.Tensor)],
    () => [
      tf.tensor2d([[1], [0], [1]], [3, 1], 'int32'),
      tf.tensor2d([[1], [1], [1]], [3, 1], 'int32'),
    ],
    [[1, 0, 1]],
  ],
  'binaryAccuracy of booleans': [
    (a, b) => [tf.metrics.binaryAccuracy(a as tf.Tensor, b as tf.Tensor)],
    () => [tf.tensor2d([[true], [false]]), tf.tensor2d([[true], [true]])],
    [[1, 0]],
  ],
  'sum, product, maximum of booleans and int32': [
    (a, b) => [tf.sum(a as tf.Tensor), tf.prod(b as tf.Tensor), tf.max(b as tf.Tensor)],
    () => [bools(), integers()],
    [[3], [196], [7]],
  ],
  'logSumExp of int32': [
    (x) => [tf.logSumExp(tf.cast(x as tf.Tensor, 'float32'))],
    () => [integers()],
    [[Math.log(Math.exp(1) + Math.exp(4) + 2 * Math.exp(7))]],
  ],
  'a decoded picture, cast and averaged': [
    (x) => [tf.mean(x as tf.Tensor), tf.div(tf.cast(x as tf.Tensor, 'float32'), 10).max()],
    () => [decoded()],
    [[65], [12]],
  ],
  'a decoded picture, resized': [
    (x) => [tf.image.resizeNearestNeighbor(x as tf.Tensor3D, [1, 1])],
    () => [decoded()],
    [[90, 80, 70]],
  ],
};

describe('types that tfjs-node states wrongly', () => {
  it.each(Object.entries(CASES))('%s: the right value, compiled as eagerly', (_, row) => {
    const [fn, make, expected] = row;
    tf.tidy(() => {
      const inputs = make();
      const compiled = compile(fn as (...x: tf.Tensor[]) => tf.Tensor[]);
      for (let call = 0; call < 3; call++) {
        compiled(...inputs).forEach((result, i) => {
          const eager = fn(...inputs)[i] as tf.Tensor;
          expect([result.dtype, result.shape]).toEqual([eager.dtype, eager.shape]);
          const values = Array.from(result.dataSync());
          expect(tf.max(tf.abs(tf.sub(result, eager))).dataSync()[0]).toBeLessThan(1e-5);
          values.forEach((value, at) => {
            expect(value).toBeCloseTo(expected[i]?.[at] as number, 4);
          });
        });
      }
      expect(compiled.graphs).toHaveLength(1);
      compiled.dispose();
    });
  });
});

describe('a graph that TensorFlow refuses to load', () => {
  it('is reported with call and line', () => {
    // A kernel of the user's own that states what is not so; eager TensorFlow overlooks it.
    tf.registerKernel({
      kernelName: 'StatesWhatIsNotSo',
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, backend }) => {
        const node = backend as unknown as {
          binding: { TF_ATTR_TYPE: number };
          executeSingleOutput(name: string, attributes: object[], inputs: unknown[]): tf.Tensor;
        };
        const attributes = [
          { name: 'T', type: node.binding.TF_ATTR_TYPE, value: 1 },
          { name: 'Tidx', type: node.binding.TF_ATTR_TYPE, value: 9 },
        ];
        return node.executeSingleOutput('Sum', attributes, [inputs.x, tf.tensor1d([0], 'int32')]);
      },
    });
    const fn = (x: tf.Tensor): tf.Tensor => tf.engine().runKernel('StatesWhatIsNotSo', { x });
    const compiled = compile(fn, { name: 'step', verify: false });
    expect(() => compiled(tf.ones([2]))).toThrow(GraphError);
    expect(() => compiled(tf.ones([2]))).toThrow(
      /TensorFlow could not load the graph of "step": executeSingleOutput\(\) at .*type-attributes\.test\.ts:\d+:\d+ failed: .*incompatible with expected int64/,
    );
  });
});
