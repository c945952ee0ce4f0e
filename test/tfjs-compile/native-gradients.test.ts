import { tf } from 'selfsup';
import {
  CompileArgumentError,
  compile,
  fusedBatchNormalization,
  softmaxCrossEntropy,
  sparseSoftmaxCrossEntropy,
  useNativeGradients,
} from 'tfjs-compile';
import { describe, expect, it } from 'vitest';
import { maxDifference } from './max-difference';

// selfsup uses native gradients; here both are compared.
useNativeGradients()();

const random = (shape: number[], seed: number): tf.Tensor =>
  tf.randomNormal(shape, 0, 1, 'float32', seed);

/** Value and gradients of `f` for all its arguments. */
function valueAndGradients(f: (...x: tf.Tensor[]) => tf.Tensor, x: tf.Tensor[]): tf.Tensor[] {
  const { value, grads } = tf.valueAndGrads((...y: tf.Tensor[]) =>
    f(...y)
      .square()
      .sum(),
  )(x);
  return [value, ...grads];
}

/** Kernels that `f` runs. */
async function kernels(f: () => tf.Tensor): Promise<string[]> {
  return (await tf.profile(f)).kernelNames;
}

const FUNCTIONS: Record<string, [(...x: tf.Tensor[]) => tf.Tensor, number[][]]> = {
  relu: [(x) => tf.relu(x as tf.Tensor), [[4, 5]]],
  relu6: [(x) => tf.relu6(tf.mul(x as tf.Tensor, 5)), [[4, 5]]],
  sigmoid: [(x) => tf.sigmoid(x as tf.Tensor), [[4, 5]]],
  tanh: [(x) => tf.tanh(x as tf.Tensor), [[4, 5]]],
  'bias of images': [(x, b) => tf.add(x as tf.Tensor, b as tf.Tensor), [[2, 3, 3, 4], [4]]],
  'sum of two': [
    (x, b) => tf.add(x as tf.Tensor, b as tf.Tensor),
    [
      [2, 4],
      [2, 1],
    ],
  ],
  'sum of vectors': [(x, b) => tf.add(x as tf.Tensor, b as tf.Tensor), [[4], [4]]],
  'sum over an axis': [(x) => tf.sum(x as tf.Tensor, 1), [[3, 4, 2]]],
  'sum, dimensions kept': [(x) => tf.sum(x as tf.Tensor, [0, 2], true), [[3, 4, 2]]],
  'sum of all': [(x) => tf.sum(x as tf.Tensor), [[3, 4]]],
  mean: [(x) => tf.mean(x as tf.Tensor, [1, 2]), [[2, 3, 4, 5]]],
  'mean of all': [(x) => tf.mean(x as tf.Tensor), [[3, 4]]],
  gather: [
    (x) =>
      tf.gather(
        x as tf.Tensor,
        tf.tensor2d(
          [
            [0, 2],
            [2, 1],
          ],
          [2, 2],
          'int32',
        ),
      ),
    [[4, 3]],
  ],
  'gather of columns': [
    (x) => tf.gather(x as tf.Tensor, tf.tensor1d([1, 1, 0], 'int32'), 1),
    [[4, 3]],
  ],
};

describe('useNativeGradients', () => {
  it.each(Object.entries(FUNCTIONS))("gives tfjs's own gradient of %s", (_, [f, shapes]) => {
    tf.tidy(() => {
      const x = shapes.map((shape, i) => random(shape, i + 1));
      const own = valueAndGradients(f, x);
      const undo = useNativeGradients();
      try {
        expect(maxDifference(valueAndGradients(f, x), own)).toBeLessThan(1e-5);
      } finally {
        undo();
      }
    });
  });

  it('computes the gradient of relu in one operation, until it is undone', async () => {
    const x = tf.tensor1d([1, -1]);
    const gradient = (): tf.Tensor => tf.grad((y) => tf.relu(y))(x);
    const undo = useNativeGradients();
    expect(useNativeGradients()).toBe(undo);
    expect(await kernels(gradient)).toContain('tfjs-compile/ReluGrad');
    undo();
    expect(await kernels(gradient)).not.toContain('tfjs-compile/ReluGrad');
  });

  it.each([[[6, 3]], [[2, 4, 3]], [[2, 3, 4, 3]]])(
    'trains tf.layers.batchNormalization like tfjs, input %j',
    (shape) => {
      tf.tidy(() => {
        const run = (): tf.Tensor[] => {
          const layer = tf.layers.batchNormalization({ momentum: 0.8, axis: -1 });
          const x = random(shape, 1);
          layer.apply(x);
          const weights = layer.trainableWeights.map(
            (w) => (w as unknown as { val: tf.Variable }).val,
          );
          weights[0]?.assign(tf.tensor1d([1, 2, 3]));
          const f = (): tf.Scalar =>
            tf
              .mul(layer.apply(x, { training: true }) as tf.Tensor, random(shape, 2))
              .sum() as tf.Scalar;
          const { value, grads } = tf.variableGrads(f, weights);
          const dx = tf.grad((y: tf.Tensor) =>
            tf.mul(layer.apply(y, { training: true }) as tf.Tensor, random(shape, 2)).sum(),
          )(x);
          const result = [
            value,
            dx,
            ...weights.map((w) => grads[w.name] as tf.Tensor),
            ...layer.getWeights().map((w) => w.clone()),
          ];
          layer.dispose();
          return result;
        };
        const own = run();
        const undo = useNativeGradients();
        try {
          expect(maxDifference(run(), own)).toBeLessThan(1e-4);
        } finally {
          undo();
        }
      });
    },
  );

  it('leaves other batch normalisations to tfjs: inference, another axis, no scale', () => {
    tf.tidy(() => {
      const undo = useNativeGradients();
      try {
        const x = random([2, 3, 4], 1);
        const layer = tf.layers.batchNormalization({ axis: 1 });
        expect((layer.apply(x, { training: true }) as tf.Tensor).shape).toEqual([2, 3, 4]);
        const inference = tf.layers.batchNormalization({ epsilon: 0 }).apply(x) as tf.Tensor;
        expect(maxDifference([inference], [x])).toBeLessThan(1e-6);
      } finally {
        undo();
      }
    });
  });
});

describe('fusedBatchNormalization', () => {
  it('normalises each channel and tells mean and population variance', () => {
    tf.tidy(() => {
      const x = random([5, 2, 2, 3], 3).mul(2).add(1);
      const { normalized, mean, variance } = fusedBatchNormalization(
        x,
        tf.ones([3]),
        tf.zeros([3]),
        0,
      );
      const moments = tf.moments(x, [0, 1, 2]);
      expect(maxDifference([mean, variance], [moments.mean, moments.variance])).toBeLessThan(1e-4);
      const after = tf.moments(normalized, [0, 1, 2]);
      expect(
        maxDifference([after.mean, after.variance], [tf.zeros([3]), tf.ones([3])]),
      ).toBeLessThan(1e-4);
    });
    expect(() => fusedBatchNormalization(tf.ones([2, 3]), tf.ones([2]), tf.ones([3]))).toThrow(
      CompileArgumentError,
    );
  });
});

describe('softmaxCrossEntropy', () => {
  it('is −Σ p log q, with the gradient q − p, for both forms of labels', () => {
    tf.tidy(() => {
      const logits = random([4, 5], 1).mul(3) as tf.Tensor2D;
      const labels = tf.tensor1d([0, 4, 2, 2], 'int32');
      const target = tf.oneHot(labels, 5).toFloat() as tf.Tensor2D;
      const oracle = (x: tf.Tensor): tf.Tensor => tf.logSoftmax(x).mul(target).sum(1).neg();
      const own = valueAndGradients(oracle as (...x: tf.Tensor[]) => tf.Tensor, [logits]);
      for (const f of [
        (x: tf.Tensor) => softmaxCrossEntropy(target, x as tf.Tensor2D),
        (x: tf.Tensor) => sparseSoftmaxCrossEntropy(labels, x as tf.Tensor2D),
      ]) {
        expect(f(logits).shape).toEqual([4]);
        expect(
          maxDifference(valueAndGradients(f as (...x: tf.Tensor[]) => tf.Tensor, [logits]), own),
        ).toBeLessThan(1e-3);
      }
    });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
    'batch normalization refuses the epsilon %d, which would leave nothing of its input',
    (epsilon) => {
      const [x, one] = [tf.ones([4, 2]), tf.ones([2])];
      expect(() => fusedBatchNormalization(x, one, one, epsilon)).toThrow(
        `epsilon ${epsilon}; expected a finite number, 0 or more`,
      );
      tf.dispose([x, one]);
    },
  );

  it('survives large logits and reports wrong shapes', () => {
    const loss = sparseSoftmaxCrossEntropy(
      tf.tensor1d([0, 1], 'int32'),
      tf.tensor2d([
        [1e4, 0],
        [1e4, 0],
      ]),
    );
    expect(Array.from(loss.dataSync())).toEqual([0, 1e4]);
    expect(() => sparseSoftmaxCrossEntropy(tf.tensor1d([0, 1]), tf.ones([2, 2]))).toThrow(
      /float32 labels/,
    );
    expect(() => softmaxCrossEntropy(tf.ones([2, 3]), tf.ones([2, 2]))).toThrow(
      /labels \[2,3\] and logits \[2,2\]/,
    );
  });

  it.each([-1, 3, -100])('refuses the label %d of three classes, eagerly and compiled', (label) => {
    tf.tidy(() => {
      const logits = tf.ones<tf.Rank.R2>([2, 3]);
      const bad = tf.tensor1d([0, label], 'int32');
      const loss = (labels: tf.Tensor1D) => sparseSoftmaxCrossEntropy(labels, logits);
      const gradient = (labels: tf.Tensor1D) =>
        tf.grad((x) => sparseSoftmaxCrossEntropy(labels, x as tf.Tensor2D).sum())(logits);
      for (const f of [loss, gradient]) {
        expect(() => f(bad).dataSync()).toThrow(`[1, ${label}] does not index`);
        const compiled = compile(f, { name: 'loss', verify: false });
        compiled(tf.tensor1d([0, 2], 'int32'));
        expect(() => compiled(bad)).toThrow(
          new RegExp(`"loss": .*native-gradients\\.test\\.ts.*${label}\\] does not index`),
        );
        compiled.dispose();
      }
    });
  });
});
