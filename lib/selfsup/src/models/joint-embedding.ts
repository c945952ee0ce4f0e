import * as tf from '../runtime/tensorflow';
import { featureWidth } from './feature-width';
import {
  assertViews,
  featuresAndProjections,
  type TwoViewModel,
  type TwoViewOutput,
} from './two-view-model';
import { trainableVariablesOf, variablesOf } from './variable-of';

/**
 * A loss of the projections of two views: row `i` of both comes from image `i`. `ntXentLoss` is one, and so is any function
 * of your own that tfjs can differentiate.
 *
 * @param z1 `[N, p]`, not normalised. @param z2 `[N, p]`.
 */
export type PairLoss = (z1: tf.Tensor2D, z2: tf.Tensor2D) => tf.Scalar;

/** The parts of a {@link JointEmbedding}. */
export interface JointEmbeddingOptions {
  /** From images `[N, H, W, C]` to features `[N, d]`. The model takes it over: `dispose` disposes it. */
  readonly encoder: tf.LayersModel;
  /** From features to projections; `null` (default) gives the loss the features themselves. */
  readonly projectionHead?: tf.LayersModel | null;
  /** Compares the projections of both views. */
  readonly loss: PairLoss;
}

/** What {@link JointEmbedding.loss} computes for a batch of pairs. */
export type JointEmbeddingLoss = {
  readonly loss: tf.Scalar;
  /** Projections of the first views, `[N, p]`, not normalised. */
  readonly z1: tf.Tensor2D;
  /** Projections of the second views, `[N, p]`, not normalised. */
  readonly z2: tf.Tensor2D;
  /** Features of both views stacked, `[2N, d]`. */
  readonly features: tf.Tensor2D;
};

/**
 * One encoder and projection head for both views, and a loss that compares what comes out: SimCLR with NT-Xent, Barlow Twins
 * with the cross-correlation, VICReg with variance, invariance and covariance. A new method of this kind is one function:
 *
 * ```ts
 * const model = new JointEmbedding({ encoder, projectionHead, loss: (z1, z2) => vicReg(z1, z2) });
 * const step = twoViewStep({ model, optimizer: new AdamW(model.trainableVariables), views });
 * ```
 */
export class JointEmbedding implements TwoViewModel<JointEmbeddingLoss> {
  readonly encoder: tf.LayersModel;
  readonly projectionHead: tf.LayersModel | null;
  readonly #loss: PairLoss;

  /** @throws InvalidArgumentError when the networks do not end in `[N, d]`. */
  constructor({ encoder, projectionHead = null, loss }: JointEmbeddingOptions) {
    featureWidth(new.target.name, "the encoder's output", encoder);
    if (projectionHead !== null) {
      featureWidth(new.target.name, "the projection head's output", projectionHead);
    }
    this.encoder = encoder;
    this.projectionHead = projectionHead;
    this.#loss = loss;
  }

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
   * The loss of a batch of pairs. Both views go through the encoder as one batch, so that batch normalization treats them
   * alike.
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
  ): JointEmbeddingLoss {
    assertViews(`${this.constructor.name}.loss`, view1, view2);
    return tf.tidy(() => {
      const { features, projections } = this.call(tf.concat([view1, view2]), { training });
      const [z1, z2] = tf.split(projections, 2) as [tf.Tensor2D, tf.Tensor2D];
      return { loss: this.#loss(z1, z2), z1, z2, features };
    });
  }

  /** What the optimizer changes: kernels, biases, and batch normalization's scales and offsets. */
  get trainableVariables(): tf.Variable[] {
    return trainableVariablesOf(this.#models);
  }

  /** The trainable variables and batch normalization's moving averages. */
  get weights(): tf.Variable[] {
    return variablesOf(this.#models);
  }

  /** Disposes the encoder and the projection head. */
  dispose(): void {
    for (const model of this.#models) model.dispose();
  }

  get #models(): tf.LayersModel[] {
    return this.projectionHead === null ? [this.encoder] : [this.encoder, this.projectionHead];
  }
}
