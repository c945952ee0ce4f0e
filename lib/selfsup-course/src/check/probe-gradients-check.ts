import { tf, tutorialEncoder, variableOf } from 'selfsup';
import { RandomStream, sparseSoftmaxCrossEntropy } from 'tfjs-compile';
import { formatQuantity } from '../display/pace';
import { attempt } from './attempt';
import { describe, Finding, number, type Property } from './judge';

/**
 * A learner's loss and gradients of a linear probe: the mean cross entropy of `head(encoder(images))`, and its gradients
 * for the variables of the head alone. It returns what `tf.variableGrads` does, `{ value, grads }`.
 */
export type LearnerProbeGradients = (
  encoder: tf.LayersModel,
  head: tf.LayersModel,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
) => unknown;

interface Result {
  readonly value: tf.Tensor;
  readonly grads: Readonly<Record<string, tf.Tensor>>;
}

interface Observed {
  readonly result: Result;
  readonly expected: Result;
  readonly encoder: tf.LayersModel;
  /** Largest change of a weight and of a moving average of the encoder. */
  readonly learned: number;
  readonly averages: number;
  /** Tensors in memory besides the result's. */
  readonly left: number;
}

const CLASSES = 3;
const COUNT = 12;
const FEATURES = 5;
const EXPECTED =
  '{ value, grads } with the loss as a scalar and the gradients by name, as tf.variableGrads returns it';
const OCCASION = `with an encoder, a head, ${COUNT} images and their labels`;

/** Calls the learner's function on an encoder whose moving averages differ from the batch's, and looks what it did. */
function observe<R>(learner: LearnerProbeGradients, look: (observed: Observed) => R): R {
  const encoder = tutorialEncoder({ inputShape: [8, 8, 3], embeddingDim: FEATURES, seed: 3 });
  const input = tf.input({ shape: [FEATURES] });
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 4 });
  const scores = tf.layers.dense({ units: CLASSES, kernelInitializer }).apply(input);
  const head = tf.model({ inputs: input, outputs: scores as tf.SymbolicTensor });
  try {
    const images = new RandomStream([35, 0]).uniform([COUNT, 8, 8, 3]) as tf.Tensor4D;
    const labels = tf.tensor1d(
      Array.from({ length: COUNT }, (_, index) => index % CLASSES),
      'int32',
    );
    const expected = probeGradients(encoder, head, images, labels);
    const before = encoder.weights.map((weight) => variableOf(weight).clone());
    const tensors = tf.memory().numTensors;
    const result = resultOf(
      attempt(() => learner(encoder, head, images, labels), OCCASION, EXPECTED),
    );
    const left = tf.memory().numTensors - tensors - 1 - Object.keys(result.grads).length;
    const moved = (averages: boolean) =>
      Math.max(
        ...encoder.weights.map((weight, index) =>
          weight.name.includes('moving_') === averages
            ? (tf
                .max(tf.abs(tf.sub(variableOf(weight), before[index] as tf.Tensor)))
                .dataSync()[0] as number)
            : 0,
        ),
      );
    return look({
      result,
      expected,
      encoder,
      learned: moved(false),
      averages: moved(true),
      left,
    });
  } finally {
    encoder.dispose();
    head.dispose();
  }
}

/** Loss and gradients of a linear probe on an encoder that neither learns nor moves its averages. */
export function probeGradients(
  encoder: tf.LayersModel,
  head: tf.LayersModel,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
): Result {
  return tf.tidy(() => {
    const features = encoder.apply(images, { training: false }) as tf.Tensor2D;
    return tf.variableGrads(
      () =>
        sparseSoftmaxCrossEntropy(labels, head.apply(features) as tf.Tensor2D).mean() as tf.Scalar,
      head.trainableWeights.map(variableOf),
    );
  });
}

function resultOf(result: unknown): Result {
  const { value, grads } = (result ?? {}) as Partial<Result>;
  const gradients =
    grads === null || typeof grads !== 'object' ? [undefined] : Object.values(grads);
  const tensors = [value, ...gradients];
  if (!tensors.every((one) => one instanceof tf.Tensor) || (value as tf.Tensor).rank !== 0) {
    throw new Finding(
      `When called ${OCCASION}, it returned ${describe(result)}; expected ${EXPECTED}.`,
    );
  }
  if (tensors.some((one) => (one as tf.Tensor).isDisposed)) {
    throw new Finding(
      `When called ${OCCASION}, it returned a tensor that is already disposed. Return all of { value, grads } from tf.tidy.`,
    );
  }
  return result as Result;
}

function difference(a: tf.Tensor, b: tf.Tensor): number {
  if (a.shape.join() !== b.shape.join()) return Number.POSITIVE_INFINITY;
  const difference = tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number;
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}

/** What loss and gradients of a linear probe must satisfy. */
export const PROBE_GRADIENTS_PROPERTIES: readonly Property<LearnerProbeGradients>[] = [
  {
    name: 'returns the loss and its gradients',
    examine: (learner) => observe(learner, () => undefined),
  },
  {
    name: 'leaves every weight of the encoder as it is, moving averages included',
    examine: (learner) =>
      observe(learner, ({ learned, averages }) => {
        if (averages > 0) {
          throw new Finding(
            `One call moved the moving averages of the encoder's batch normalization by up to ${number(averages)}; expected ` +
              '0. They have no gradient and change whenever the layer runs in training mode: apply the encoder with ' +
              '{ training: false }.',
          );
        }
        if (learned > 0) {
          throw new Finding(
            `One call moved weights of the encoder by up to ${number(learned)}; expected 0. Only compute gradients here.`,
          );
        }
      }),
  },
  {
    name: 'computes gradients for the variables of the head, and for no others',
    examine: (learner) =>
      observe(learner, ({ result, expected, encoder }) => {
        const [found, wanted] = [Object.keys(result.grads), Object.keys(expected.grads)];
        const ofEncoder = encoder.weights.map((weight) => variableOf(weight).name);
        const extra = found.filter((name) => ofEncoder.includes(name)).length;
        if (extra > 0) {
          throw new Finding(
            `It computed gradients for ${formatQuantity(extra, 'variables')} of the encoder too; expected none. An optimizer would change ` +
              'them: that is fine-tuning, reported as a linear probe. Give tf.variableGrads the variables of the head.',
          );
        }
        const missing = wanted.filter((name) => !found.includes(name));
        if (missing.length > 0) {
          throw new Finding(
            `It computed gradients for ${formatQuantity(found.length, 'variables')}; expected the ${wanted.length} of the head. Missing: ${missing.join(', ')}.`,
          );
        }
      }),
  },
  {
    name: 'gives the mean cross entropy',
    examine: (learner) =>
      observe(learner, ({ result, expected }) => {
        const [found, wanted] = [result.value, expected.value].map(
          (one) => one.dataSync()[0] as number,
        ) as [number, number];
        if (Math.abs(found - wanted) <= 1e-4 * wanted) return;
        const why =
          Math.abs(found - COUNT * wanted) <= 1e-3 * wanted
            ? 'That is the sum over the images: take the mean.'
            : Math.abs(found + wanted) <= 1e-4 * wanted
              ? 'The sign is wrong: the cross entropy is minus the log probability of the true class.'
              : 'It is the mean over the images of −log softmax(scores) at the true class.';
        throw new Finding(
          `The loss of ${COUNT} images is ${number(found)}; expected ${number(wanted)}. ${why}`,
        );
      }),
  },
  {
    name: 'gives the right gradients',
    examine: (learner) =>
      observe(learner, ({ result, expected }) => {
        for (const [name, gradient] of Object.entries(expected.grads)) {
          const found = difference(result.grads[name] as tf.Tensor, gradient);
          if (found <= 1e-4) continue;
          throw new Finding(
            `The gradient for ${name} differs from the right one by up to ${number(found)}. Compute the whole loss inside ` +
              'the function given to tf.variableGrads.',
          );
        }
      }),
  },
  {
    name: 'tidies its tensors',
    examine: (learner) =>
      observe(learner, ({ left }) => {
        if (left === 0) return;
        throw new Finding(
          left > 0
            ? `Its results are right, but each call leaves ${formatQuantity(left, 'tensors')} in memory, which a long ` +
                'training would fill. Put the body into return tf.tidy(() => { … }).'
            : 'Its results are right, but it disposes tensors it was given; leave those to the caller.',
        );
      }),
  },
];
