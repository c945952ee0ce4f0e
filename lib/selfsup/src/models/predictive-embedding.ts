import { negativeCosineSimilarity } from '../losses/negative-cosine-similarity';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { featureWidth } from './feature-width';
import {
  assertViews,
  featuresAndProjections,
  type TwoViewModel,
  type TwoViewOutput,
} from './two-view-model';
import { trainableVariablesOf, variablesOf } from './variable-of';

/** The parts of a {@link PredictiveEmbedding}. */
export interface PredictiveEmbeddingOptions {
  /** From images `[N, H, W, C]` to features `[N, d]`. The model takes it over: `dispose` disposes it. */
  readonly encoder: tf.LayersModel;
  /** From features to projections `[N, p]`; `null` (default) predicts the features themselves. */
  readonly projectionHead?: tf.LayersModel | null;
  /**
   * From the projection of one view to a prediction of the target of the other, both `[N, p]`:
   * `projectionHead({ inputDim: p, hiddenDim: p / 4, projectionDim: p, batchNorm: true })`, for instance.
   */
  readonly predictor: tf.LayersModel;
}

/** What {@link PredictiveEmbedding.loss} computes for a batch of pairs. */
export type PredictiveLoss = {
  readonly loss: tf.Scalar;
  /** Projections of the first views, `[N, p]`, not normalised. */
  readonly z1: tf.Tensor2D;
  /** Projections of the second views, `[N, p]`, not normalised. */
  readonly z2: tf.Tensor2D;
  /** Features of both views stacked, `[2N, d]`. */
  readonly features: tf.Tensor2D;
};

/**
 * Learning without negatives: from the projection of each view, a predictor foretells the target of the other view. SimSiam
 * and BYOL are of this kind; they differ in where the {@link targets} come from.
 *
 * ```
 * loss = ½ D(q(z1), t2) + ½ D(q(z2), t1),   D the negative cosine similarity, q the predictor
 * ```
 */
export abstract class PredictiveEmbedding implements TwoViewModel<PredictiveLoss> {
  readonly encoder: tf.LayersModel;
  readonly projectionHead: tf.LayersModel | null;
  readonly predictor: tf.LayersModel;

  /** @throws InvalidArgumentError when the networks do not end in `[N, d]`, or the predictor's output is no projection. */
  constructor({ encoder, projectionHead = null, predictor }: PredictiveEmbeddingOptions) {
    const { name } = new.target;
    const width = featureWidth(name, 'what the predictor is given', projectionHead ?? encoder);
    const predicted = featureWidth(name, "the predictor's output", predictor);
    if (predicted !== width) {
      throw new InvalidArgumentError(
        `${name}: the predictor gives ${predicted} numbers for each projection of ${width}; expected as many.`,
      );
    }
    this.encoder = encoder;
    this.projectionHead = projectionHead;
    this.predictor = predictor;
  }

  /**
   * What is to be foretold, `[2N, p]`, in the order of the images. No gradient shall reach it.
   *
   * @param images Both views stacked, `[2N, H, W, C]`.
   * @param projections Theirs, `[2N, p]`.
   */
  protected abstract targets(
    images: tf.Tensor4D,
    projections: tf.Tensor2D,
    options: { training: boolean },
  ): tf.Tensor2D;

  /**
   * Features and projections of a batch of images.
   *
   * @param images `[N, H, W, C]`, float32 in [0, 1].
   * @param options With `training: true` batch normalization uses the batch and updates its moving averages.
   * @returns Tensors that the caller disposes; one and the same tensor twice where there is no head.
   */
  call(images: tf.Tensor4D, options: { training?: boolean } = {}): TwoViewOutput {
    return featuresAndProjections(this, images, options);
  }

  /**
   * The loss of a batch of pairs. Both views go through the networks as one batch.
   *
   * @param view1 First views, `[N, H, W, C]`, float32 in [0, 1].
   * @param view2 Second views of the same images in the same order, `[N, H, W, C]`.
   * @param options `training` as in {@link call}; default true.
   * @returns Tensors that the caller disposes; `loss` can be differentiated with respect to the variables.
   * @throws InvalidArgumentError when the views' shapes differ.
   */
  loss(
    view1: tf.Tensor4D,
    view2: tf.Tensor4D,
    { training = true }: { training?: boolean } = {},
  ): PredictiveLoss {
    assertViews(`${this.constructor.name}.loss`, view1, view2);
    return tf.tidy(() => {
      const images = tf.concat([view1, view2]);
      const { features, projections } = this.call(images, { training });
      const predictions = this.predictor.apply(projections, { training }) as tf.Tensor2D;
      const [t1, t2] = tf.split(this.targets(images, projections, { training }), 2);
      const crossed = tf.concat([t2 as tf.Tensor2D, t1 as tf.Tensor2D]);
      const [z1, z2] = tf.split(projections, 2) as [tf.Tensor2D, tf.Tensor2D];
      return { loss: negativeCosineSimilarity(predictions, crossed), z1, z2, features };
    });
  }

  /** What the optimizer changes: kernels, biases, scales and offsets of encoder, head and predictor. */
  get trainableVariables(): tf.Variable[] {
    return trainableVariablesOf(this.#models);
  }

  /** The trainable variables and batch normalization's moving averages. */
  get weights(): tf.Variable[] {
    return variablesOf(this.#models);
  }

  /** Disposes encoder, head and predictor. */
  dispose(): void {
    for (const model of this.#models) model.dispose();
  }

  get #models(): tf.LayersModel[] {
    const heads = this.projectionHead === null ? [] : [this.projectionHead];
    return [this.encoder, ...heads, this.predictor];
  }
}
