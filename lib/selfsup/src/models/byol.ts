import * as tf from '../runtime/tensorflow';
import { MomentumNetwork } from './momentum-network';
import {
  PredictiveEmbedding,
  type PredictiveEmbeddingOptions,
  type PredictiveLoss,
} from './predictive-embedding';

/** The parts of a {@link Byol} model. */
export type ByolOptions = PredictiveEmbeddingOptions;

/**
 * BYOL, Bootstrap Your Own Latent: the targets come from a second network, a running mean of encoder and projection head
 * ({@link MomentumNetwork}) that no gradient reaches and that has no predictor.
 *
 * ```
 * loss = ‖q̄(z1) − t̄2‖² + ‖q̄(z2) − t̄1‖² = 4 + 4 · (½ D(q(z1), t2) + ½ D(q(z2), t1)),   x̄ = x / ‖x‖
 * ```
 *
 * `byolStep` moves the target network.
 *
 * @see Grill et al., "Bootstrap Your Own Latent: A New Approach to Self-Supervised Learning", 2020, arXiv:2006.07733,
 *   equations 2 and 3.
 */
export class Byol extends PredictiveEmbedding {
  /** Follows `[encoder, projectionHead]`. */
  readonly targetNetwork: MomentumNetwork;

  /** @throws InvalidArgumentError when the networks do not end in `[N, d]`, or the predictor's output is no projection. */
  constructor(options: ByolOptions) {
    super(options);
    const { encoder, projectionHead } = this;
    this.targetNetwork = new MomentumNetwork(
      projectionHead === null ? [encoder] : [encoder, projectionHead],
    );
  }

  protected targets(
    images: tf.Tensor4D,
    _projections: tf.Tensor2D,
    options: { training: boolean },
  ): tf.Tensor2D {
    return this.targetNetwork.call(images, options);
  }

  override loss(
    view1: tf.Tensor4D,
    view2: tf.Tensor4D,
    options: { training?: boolean } = {},
  ): PredictiveLoss {
    return tf.tidy(() => {
      const result = super.loss(view1, view2, options);
      return { ...result, loss: result.loss.mul(4).add(4) as tf.Scalar };
    });
  }

  /** Moves the target network towards the trained one; see `momentumUpdate`. */
  updateTargetNetwork(momentum: number | tf.Scalar): void {
    this.targetNetwork.update(momentum);
  }

  /** All networks with their moving averages. */
  override get weights(): tf.Variable[] {
    return [...super.weights, ...this.targetNetwork.weights];
  }

  override dispose(): void {
    super.dispose();
    this.targetNetwork.dispose();
  }
}
