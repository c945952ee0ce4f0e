import { stopGradient } from '../losses/stop-gradient';
import type * as tf from '../runtime/tensorflow';
import { PredictiveEmbedding, type PredictiveEmbeddingOptions } from './predictive-embedding';

/** The parts of a {@link SimSiam} model. */
export interface SimSiamOptions extends PredictiveEmbeddingOptions {
  /** `false` lets the gradient reach the targets too, which collapses: to see it happen. Default true. */
  readonly stopGradient?: boolean;
}

/**
 * SimSiam: the targets are the projections of the other view themselves, as constants. Without that stop-gradient the
 * networks learn to give all images one embedding, which is foretold without error.
 *
 * Both views go through the networks as one batch, where the authors' code gives batch normalization one view at a time.
 *
 * @see Chen, He, "Exploring Simple Siamese Representation Learning", 2021, arXiv:2011.10566, Algorithm 1.
 */
export class SimSiam extends PredictiveEmbedding {
  readonly #stopGradient: boolean;

  /** @throws InvalidArgumentError when the networks do not end in `[N, d]`, or the predictor's output is no projection. */
  constructor({ stopGradient = true, ...parts }: SimSiamOptions) {
    super(parts);
    this.#stopGradient = stopGradient;
  }

  protected targets(_images: tf.Tensor4D, projections: tf.Tensor2D): tf.Tensor2D {
    return this.#stopGradient ? stopGradient(projections) : projections;
  }
}
