import { ntXentLoss } from '../losses/nt-xent-loss';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { variableOf } from './variable-of';

/** The parts of a {@link SimClr} model. */
export interface SimClrOptions {
  /** From images `[N, H, W, C]` to features `[N, d]`. The model takes it over: `dispose` disposes it. */
  readonly encoder: tf.LayersModel;
  /** From features to projections; `null` gives the loss the features themselves, as the tutorial does first. */
  readonly projectionHead?: tf.LayersModel | null;
  /** τ of the loss. Default 0.5. */
  readonly temperature?: number;
}

/** What {@link SimClr.call} computes for a batch of images. */
export interface SimClrOutput {
  /** The encoder's output `[N, d]`, which downstream tasks use. */
  readonly features: tf.Tensor2D;
  /** The projection head's output `[N, p]`, which the loss compares; the features where there is no head. */
  readonly projections: tf.Tensor2D;
}

/** What {@link SimClr.loss} computes for a batch of pairs. */
export interface SimClrLoss {
  readonly loss: tf.Scalar;
  /** Projections of the first views, `[N, p]`, not normalised. */
  readonly z1: tf.Tensor2D;
  /** Projections of the second views, `[N, p]`, not normalised. */
  readonly z2: tf.Tensor2D;
  /** Features of both views stacked, `[2N, d]`. */
  readonly features: tf.Tensor2D;
}

/**
 * SimCLR: an encoder and a projection head trained to give two views of one image similar projections and views of
 * different images dissimilar ones.
 *
 * @see Chen, Kornblith, Norouzi, Hinton, "A Simple Framework for Contrastive Learning of Visual Representations",
 *   2020, arXiv:2002.05709.
 */
export class SimClr {
  readonly encoder: tf.LayersModel;
  readonly projectionHead: tf.LayersModel | null;
  readonly temperature: number;

  constructor({ encoder, projectionHead = null, temperature = 0.5 }: SimClrOptions) {
    this.encoder = encoder;
    this.projectionHead = projectionHead;
    this.temperature = temperature;
  }

  /**
   * Features and projections of a batch of images.
   *
   * @param images `[N, H, W, C]`, float32 in [0, 1].
   * @param options With `training: true` batch normalization uses the batch and updates its moving averages.
   * @returns Tensors that the caller disposes; one and the same tensor twice where there is no head.
   */
  call(images: tf.Tensor4D, { training = false }: { training?: boolean } = {}): SimClrOutput {
    return tf.tidy(() => {
      const features = this.encoder.apply(images, { training }) as tf.Tensor2D;
      const projections =
        this.projectionHead === null
          ? features
          : (this.projectionHead.apply(features, { training }) as tf.Tensor2D);
      return { features, projections };
    });
  }

  /**
   * The NT-Xent loss of a batch of pairs. Both views go through the encoder as one batch, so that batch normalization
   * treats them alike.
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
  ): SimClrLoss {
    if (view1.shape.join() !== view2.shape.join()) {
      throw new InvalidArgumentError(
        `SimClr.loss: view1 is [${view1.shape.join(', ')}] and view2 is [${view2.shape.join(', ')}]; ` +
          'expected equal shapes. Let both augmentations end in the same crop or resize.',
      );
    }
    return tf.tidy(() => {
      const { features, projections } = this.call(tf.concat([view1, view2]), { training });
      const [z1, z2] = tf.split(projections, 2) as [tf.Tensor2D, tf.Tensor2D];
      return { loss: ntXentLoss(z1, z2, { temperature: this.temperature }), z1, z2, features };
    });
  }

  /** What the optimizer changes: kernels, biases, and batch normalization's scales and offsets. */
  get trainableVariables(): tf.Variable[] {
    return this.models.flatMap((model) => model.trainableWeights.map(variableOf));
  }

  /** What a checkpoint saves: the trainable variables and batch normalization's moving averages. */
  get weights(): tf.Variable[] {
    return this.models.flatMap((model) => model.weights.map(variableOf));
  }

  /** Disposes the encoder and the projection head. */
  dispose(): void {
    for (const model of this.models) model.dispose();
  }

  private get models(): tf.LayersModel[] {
    return this.projectionHead === null ? [this.encoder] : [this.encoder, this.projectionHead];
  }
}
