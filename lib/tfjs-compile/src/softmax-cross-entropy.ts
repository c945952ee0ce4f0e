import * as tf from '@tensorflow/tfjs';
import { CompileArgumentError } from './errors';
import { native, nativeOperation, registerNativeGradient } from './native-operations';

/**
 * `dy[i] · (p[i] − labels[i])`, with p = softmax(logits), computed by `gradient` from what the forward operation has saved. Its
 * own gradient starts from the logits, as what was saved would be taken for a constant. For a cotangent h it is
 * `Σⱼ h·(p − labels)` for `dy` and `dy·p·(h − Σⱼ p·h)` for the logits; none flows to the labels.
 */
function logitsGradient(
  dy: tf.Tensor,
  logits: tf.Tensor,
  labels: () => tf.Tensor,
  gradient: () => tf.Tensor,
): tf.Tensor {
  const differentiable = tf.customGrad((...args) => {
    const [, , save] = args as unknown as [tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void];
    save([args[0] as tf.Tensor, args[1] as tf.Tensor]);
    return {
      value: gradient(),
      gradFunc: (h, saved) => {
        const [outer, z] = saved as [tf.Tensor, tf.Tensor];
        const p = tf.softmax(z);
        const along = tf.sum(tf.mul(p, h), 1, true);
        return [
          tf.sum(tf.mul(h, tf.sub(p, labels())), 1),
          tf.mul(tf.expandDims(outer, 1), tf.mul(p, tf.sub(h, along))),
        ];
      },
    };
  });
  return differentiable(dy, logits);
}

registerNativeGradient('SoftmaxCrossEntropyWithLogits', {
  inputsToSave: ['logits', 'labels'],
  // The second output is the gradient for the logits, softmax(logits) − labels.
  outputsToSave: [false, true],
  gradFunc: (dys, saved) => {
    const [logits, labels, backprop] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    const dy = (dys as tf.Tensor[])[0] as tf.Tensor;
    return {
      logits: () =>
        logitsGradient(
          dy,
          logits,
          () => labels,
          () => tf.mul(tf.expandDims(dy, 1), backprop),
        ),
      labels: () => tf.zeros(labels.shape),
    };
  },
});

/**
 * Cross-entropy between the softmax of each row and a target distribution:
 * `loss[i] = −Σⱼ labels[i, j] · log softmax(logits[i])[j]`, computed with its gradient in one stable operation.
 * No gradient flows to the labels.
 *
 * @param labels `[N, C]`, rows of probabilities.
 * @param logits `[N, C]`.
 * @returns `[N]`, in nats.
 * @throws CompileArgumentError when the shapes differ.
 */
export function softmaxCrossEntropy(labels: tf.Tensor2D, logits: tf.Tensor2D): tf.Tensor1D {
  if (logits.rank !== 2 || labels.shape.join() !== logits.shape.join()) {
    throw new CompileArgumentError(
      `softmaxCrossEntropy was given labels [${labels.shape}] and logits [${logits.shape}]; expected two equal shapes [N, C].`,
    );
  }
  return tf.tidy(
    () => nativeOperation('SoftmaxCrossEntropyWithLogits', { logits, labels })[0] as tf.Tensor1D,
  );
}

/**
 * Cross-entropy between the softmax of each row and one right class:
 * `loss[i] = −log softmax(logits[i])[labels[i]]`, without a one-hot matrix.
 *
 * @param labels `[N]`, int32, class numbers in `[0, C)`.
 * @param logits `[N, C]`.
 * @returns `[N]`, in nats.
 * @throws CompileArgumentError when the shapes do not fit.
 */
export function sparseSoftmaxCrossEntropy(labels: tf.Tensor1D, logits: tf.Tensor2D): tf.Tensor1D {
  if (
    logits.rank !== 2 ||
    labels.dtype !== 'int32' ||
    labels.shape.join() !== `${logits.shape[0]}`
  ) {
    throw new CompileArgumentError(
      `sparseSoftmaxCrossEntropy was given ${labels.dtype} labels [${labels.shape}] and logits [${logits.shape}]; ` +
        'expected int32 labels [N] and logits [N, C].',
    );
  }
  return tf.tidy(() => crossEntropyOfRightClass(logits, labels) as tf.Tensor1D);
}

/**
 * TensorFlow's SparseSoftmaxCrossEntropyWithLogits computes exponentials one by one and takes twice as long as all of this.
 * With p = softmax(z) and m the largest logit of a row, whose probability cannot underflow, −log p_y = (m − z_y) − log p_m.
 */
const crossEntropyOfRightClass = tf.customGrad((...args) => {
  const [logits, labels, save] = args as unknown as [
    tf.Tensor2D,
    tf.Tensor1D,
    (tensors: tf.Tensor[]) => void,
  ];
  const rows = tf.range(0, labels.size, 1, 'int32');
  const right = tf.stack([rows, labels], 1);
  const probabilities = tf.softmax(logits);
  save([probabilities, right, logits, labels]);
  const distance = tf.sub(tf.max(logits, 1), tf.gatherND(logits, right));
  return {
    value: tf.sub(distance, tf.log(tf.max(probabilities, 1))),
    gradFunc: (dy, saved) => {
      const [p, at, z, classes] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      return [
        logitsGradient(
          dy,
          z,
          () => tf.oneHot(classes, z.shape[1]),
          () => native('TensorScatterSub', { x: tf.mul(p, tf.expandDims(dy, 1)), at, dy }),
        ),
        tf.zeros([p.shape[0]]),
      ];
    },
  };
});
