import * as tf from '@tensorflow/tfjs';
import { withNativeBatchNormalization } from './batch-normalization';
import { broadcastTo, native } from './native-operations';
import { connectSavedOutputs } from './saved-outputs';

type GradientConfig = Parameters<typeof tf.registerGradient>[0];

/** The gradient of a sum over `axis`: `dy` repeated over the summed axes, each value divided by `count`. */
function repeatOverAxes(
  dy: tf.Tensor,
  x: tf.Tensor,
  axis: number | number[] | undefined,
  count: (axes: number[]) => number,
): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis ?? (null as never), x.shape);
  const kept = x.shape.map((size, at) => (axes.includes(at) ? 1 : size));
  const divisor = count(axes);
  const reshaped = tf.reshape(dy, kept);
  return broadcastTo(divisor === 1 ? reshaped : tf.div(reshaped, divisor), x.shape);
}

function isBias(a: tf.Tensor, b: tf.Tensor): boolean {
  return b.rank === 1 && a.rank > 1 && a.rank <= 5 && a.shape[a.rank - 1] === b.shape[0];
}

function configurations(): GradientConfig[] {
  const add = tf.getGradient('Add');
  const gather = tf.getGradient('GatherV2');
  return [
    {
      kernelName: 'Relu',
      outputsToSave: [true],
      gradFunc: (dy, [y]) => ({
        x: () => native('ReluGrad', { dy: dy as tf.Tensor, y: y as tf.Tensor }),
      }),
    },
    {
      kernelName: 'Relu6',
      outputsToSave: [true],
      gradFunc: (dy, [y]) => ({
        x: () => native('Relu6Grad', { dy: dy as tf.Tensor, y: y as tf.Tensor }),
      }),
    },
    {
      kernelName: 'Sigmoid',
      outputsToSave: [true],
      gradFunc: (dy, [y]) => ({
        x: () => native('SigmoidGrad', { y: y as tf.Tensor, dy: dy as tf.Tensor }),
      }),
    },
    {
      kernelName: 'Tanh',
      outputsToSave: [true],
      gradFunc: (dy, [y]) => ({
        x: () => native('TanhGrad', { y: y as tf.Tensor, dy: dy as tf.Tensor }),
      }),
    },
    {
      ...add,
      gradFunc: (dy, saved, attrs) => {
        const [a, b] = saved as [tf.Tensor, tf.Tensor];
        if (!isBias(a, b)) return add.gradFunc(dy, saved, attrs);
        return {
          a: () => tf.clone(dy as tf.Tensor),
          b: () => native('BiasAddGrad', { dy: dy as tf.Tensor }),
        };
      },
    },
    {
      kernelName: 'Sum',
      inputsToSave: ['x'],
      gradFunc: (dy, [x], attrs) => ({
        x: () => repeatOverAxes(dy as tf.Tensor, x as tf.Tensor, attrs.axis as number[], () => 1),
      }),
    },
    {
      kernelName: 'Mean',
      inputsToSave: ['x'],
      gradFunc: (dy, [x], attrs) => ({
        x: () =>
          repeatOverAxes(dy as tf.Tensor, x as tf.Tensor, attrs.axis as number[], (axes) =>
            axes.reduce((size, at) => size * ((x as tf.Tensor).shape[at] as number), 1),
          ),
      }),
    },
    {
      ...gather,
      gradFunc: (dy, saved, attrs) => {
        const [x, indices] = saved as [tf.Tensor, tf.Tensor];
        if (attrs.axis !== 0 || attrs.batchDims) return gather.gradFunc(dy, saved, attrs);
        const rows = tf.reshape(dy as tf.Tensor, [indices.size, ...x.shape.slice(1)]);
        return {
          x: () =>
            tf.unsortedSegmentSum(rows, indices.flatten() as tf.Tensor1D, x.shape[0] as number),
          indices: () => indices,
        };
      },
    },
  ];
}

/** Kernels of TensorFlow.js that lack a gradient, and that gradients of others consist of. */
function missingConfigurations(): GradientConfig[] {
  // Comparisons are constant wherever they have a derivative.
  const comparisons = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'];
  const constant = (kernelName: string): GradientConfig => ({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (_, [a, b]) => ({
      a: () => tf.zeros((a as tf.Tensor).shape),
      b: () => tf.zeros((b as tf.Tensor).shape),
    }),
  });
  const eluGradient: GradientConfig = {
    // dy where y > 0, else dy·(y + 1).
    kernelName: 'EluGrad',
    inputsToSave: ['dy', 'y'],
    gradFunc: (g, saved) => {
      const [dy, y] = saved as [tf.Tensor, tf.Tensor];
      const product = tf.mul(g as tf.Tensor, dy);
      return {
        dy: () => tf.engine().runKernel('EluGrad', { dy: g as tf.Tensor, y }) as tf.Tensor,
        y: () => tf.where(tf.greater(y, 0), tf.zerosLike(product), product),
      };
    },
  };
  return [...comparisons.map(constant), eluGradient].filter(
    ({ kernelName }) => tf.getGradient(kernelName) == null,
  );
}

let undo: (() => void) | undefined;

/**
 * Lets TensorFlow.js compute common gradients with TensorFlow's own operations, for eager and compiled use:
 * relu (`ReluGrad` instead of eight operations), relu6, sigmoid, tanh, the bias added to a layer's output
 * (`BiasAddGrad`), sum and mean, embedding look-ups, and `tf.layers.batchNormalization` in training
 * (`FusedBatchNormV3`). First gradients agree with tfjs's own up to rounding.
 *
 * It also makes gradients of gradients right (a penalty on a gradient through tanh, sigmoid, exp, softmax …): TensorFlow.js
 * takes the outputs it has saved for constants. Where it cannot be made right, as in `tf.losses.softmaxCrossEntropy`, a second
 * gradient is refused by a `CompileError`.
 *
 * It changes the gradients of the whole process; calling it twice is the same as calling it once.
 *
 * @returns A function that puts tfjs's own gradients back.
 */
export function useNativeGradients(): () => void {
  if (undo) return undo;
  const configs = configurations();
  const originals = configs.map(({ kernelName }) => tf.getGradient(kernelName));
  const missing = missingConfigurations();
  for (const config of [...configs, ...missing]) tf.registerGradient(config);
  const restoreLayer = withNativeBatchNormalization();
  const disconnect = connectSavedOutputs();
  undo = (): void => {
    for (const original of originals) tf.registerGradient(original);
    for (const { kernelName } of missing) tf.unregisterGradient(kernelName);
    restoreLayer();
    disconnect();
    undo = undefined;
  };
  return undo;
}
