import * as tf from '../runtime/tensorflow';
import { assertFinite, assertSameWidth } from './labelled-features';

/** What a classifier says of each image. */
export interface ClassPredictions {
  /** The most probable class; of equally probable ones the first. */
  readonly labels: Int32Array;
  /** Its probability. */
  readonly probabilities: Float32Array;
}

/** What a {@link LinearClassifier} is made of. */
export interface LinearClassifierWeights {
  /** `[d + 1, classes]` in row-major order; the last row is added to every image. */
  readonly weights: Float32Array;
  readonly classes: number;
  /** What is subtracted from each of the `d` features first. */
  readonly mean: Float32Array;
  /** What each is multiplied by then. */
  readonly scale: Float32Array;
}

/**
 * A fitted linear classifier of features: `softmax((x − mean) · scale · W + b)`. It holds numbers, no tensors, so there
 * is nothing to dispose.
 */
export class LinearClassifier {
  readonly #fitted: LinearClassifierWeights;

  /** @param fitted As `linearProbe` has found them. */
  constructor(fitted: LinearClassifierWeights) {
    this.#fitted = fitted;
  }

  /**
   * The classes of images that had no labels.
   *
   * @param features `[n, d]`, float32, by the encoder whose features it was fitted on.
   * @throws InvalidArgumentError when the width is another one, or a number is not finite.
   */
  async predict(features: tf.Tensor2D): Promise<ClassPredictions> {
    const { weights, classes, mean, scale } = this.#fitted;
    const width = mean.length;
    const { labels, probabilities } = tf.tidy(() => {
      assertSameWidth('predict', features, tf.tensor2d(mean, [1, width]));
      assertFinite('predict', 'features', features);
      const kernel = tf.tensor2d(weights.subarray(0, width * classes), [width, classes]);
      const inputs = features.sub(tf.tensor1d(mean)).mul<tf.Tensor2D>(tf.tensor1d(scale));
      const logits = tf.matMul(inputs, kernel).add(tf.tensor1d(weights.subarray(width * classes)));
      const shares = tf.softmax(logits);
      return { labels: logits.argMax(1), probabilities: shares.max(1) };
    });
    try {
      return {
        labels: (await labels.data()) as Int32Array,
        probabilities: (await probabilities.data()) as Float32Array,
      };
    } finally {
      tf.dispose([labels, probabilities]);
    }
  }
}
