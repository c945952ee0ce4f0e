import { infoNceAccuracy } from '../losses/info-nce-accuracy';
import { type InfoNceOptions, infoNceLoss } from '../losses/info-nce-loss';
import { assertCount, assertTemperature } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { inBatchNormGroups } from './batch-normalization-groups';
import { featureWidth } from './feature-width';
import { MemoryQueue } from './memory-queue';
import { MomentumNetwork } from './momentum-network';
import {
  assertViews,
  featuresAndProjections,
  type TwoViewModel,
  type TwoViewOutput,
} from './two-view-model';
import { trainableVariablesOf, variablesOf } from './variable-of';

/**
 * A loss of queries, their keys and the queue, `infoNceLoss` or one of your own that tfjs can differentiate.
 *
 * @param queries `[N, p]`, not normalised. @param keys `[N, p]`. @param negatives `[K, p]`.
 */
export type KeyLoss = (
  queries: tf.Tensor2D,
  keys: tf.Tensor2D,
  negatives: tf.Tensor2D,
  options: Required<InfoNceOptions>,
) => tf.Scalar;

/** The parts of a {@link MoCo} model. */
export interface MoCoOptions {
  /** The query encoder, from images `[N, H, W, C]` to features `[N, d]`. The model takes it over: `dispose` disposes it. */
  readonly encoder: tf.LayersModel;
  /** From features to projections, as MoCo v2 has it; `null` compares the features themselves. */
  readonly projectionHead?: tf.LayersModel | null;
  /** K, the number of negatives. Default 4096. */
  readonly queueSize?: number;
  /** τ of the loss. Default 0.2. */
  readonly temperature?: number;
  /** Compares queries, keys and queue. Default `infoNceLoss`. */
  readonly loss?: KeyLoss;
  /**
   * G, into how many groups a batch is divided for batch normalization, on the query's side and on the key's. Default 1,
   * the whole batch. The batch size must be a multiple.
   */
  readonly batchNormGroups?: number;
  /**
   * Whether the key network's groups are made of other images than the query network's (default), so that the statistics
   * of a group do not tell which key belongs to a query. It needs at least two groups to have an effect.
   */
  readonly shuffleBatchNorm?: boolean;
  /** Draws the keys the queue begins with. Default 0. */
  readonly seed?: number;
}

/** How {@link MoCo.loss} is computed. */
export interface MoCoLossOptions {
  /** Whether batch normalization uses the groups of the batch. Default true. */
  readonly training?: boolean;
  /** Each view is query and key in turn, and the loss the mean of both directions. Default false. */
  readonly symmetric?: boolean;
}

/** What {@link MoCo.loss} computes for a batch of pairs. */
export type MoCoLoss = {
  readonly loss: tf.Scalar;
  /** The share of queries whose key is more similar to them than every key of the queue. */
  readonly accuracy: tf.Scalar;
  /** Projections of the first views by the query network, `[N, p]`, not normalised; then of the second where symmetric. */
  readonly queries: tf.Tensor2D;
  /**
   * Projections of the second views by the key network, `[N, p]`, not normalised; then of the first where symmetric. No
   * gradient belongs to them.
   */
  readonly keys: tf.Tensor2D;
};

/**
 * MoCo: a query network is trained to find, among many keys, the key of the other view of its image. The keys come from a
 * second network that no gradient reaches, a running mean of the query network ({@link MomentumNetwork}); those of earlier
 * batches wait in a queue and are the negatives, so that their number does not depend on the batch size.
 *
 * The weights of the key network follow the query network's; its batch normalization has moving averages of its own,
 * which its own batches update, as in the paper's code.
 *
 * **Batch normalization leaks.** A key normalised with the statistics of its batch carries their trace, and so does the
 * query, whose batch shows the same images; the keys in the queue carry those of other batches. The network can tell the
 * positive by that, without looking at the image. `batchNormGroups` with `shuffleBatchNorm` normalises query and key
 * among different images; with one group there is nothing to shuffle.
 *
 * @see He, Fan, Wu, Xie, Girshick, "Momentum Contrast for Unsupervised Visual Representation Learning", 2020,
 *   arXiv:1911.05722; section 3.3 for the shuffling.
 * @see Chen, Fan, Girshick, He, "Improved Baselines with Momentum Contrastive Learning", 2020, arXiv:2003.04297 (v2: head,
 *   stronger augmentation, cosine schedule).
 */
export class MoCo implements TwoViewModel<MoCoLoss> {
  readonly encoder: tf.LayersModel;
  readonly projectionHead: tf.LayersModel | null;
  /** Follows the query network: `[encoder, projectionHead]`. */
  readonly keyNetwork: MomentumNetwork;
  readonly queue: MemoryQueue;
  readonly temperature: number;
  readonly batchNormGroups: number;
  readonly shuffleBatchNorm: boolean;
  readonly #loss: KeyLoss;

  /** @throws InvalidArgumentError when the networks do not end in `[N, d]`, or a number is out of range. */
  constructor({
    encoder,
    projectionHead = null,
    queueSize = 4096,
    temperature = 0.2,
    loss = infoNceLoss,
    batchNormGroups = 1,
    shuffleBatchNorm = true,
    seed = 0,
  }: MoCoOptions) {
    const dim = featureWidth('MoCo', 'what the loss compares', projectionHead ?? encoder);
    assertCount('MoCo', 'batchNormGroups', batchNormGroups);
    assertTemperature('MoCo', temperature, '0.07 to 0.5');
    this.encoder = encoder;
    this.projectionHead = projectionHead;
    const queue = new MemoryQueue({ size: queueSize, dim, seed });
    try {
      this.keyNetwork = new MomentumNetwork(this.#queryModels);
    } catch (error) {
      queue.dispose();
      throw error;
    }
    this.queue = queue;
    this.temperature = temperature;
    this.batchNormGroups = batchNormGroups;
    this.shuffleBatchNorm = shuffleBatchNorm;
    this.#loss = loss;
  }

  /**
   * Features and projections of a batch of images by the query network, which downstream tasks use.
   *
   * @param images `[N, H, W, C]`, float32 in [0, 1].
   * @param options With `training: true` batch normalization uses the batch (as a whole) and updates its moving averages.
   * @returns Tensors that the caller disposes; one and the same tensor twice where there is no head.
   */
  call(images: tf.Tensor4D, options: { training?: boolean } = {}): TwoViewOutput {
    return featuresAndProjections(this, images, options);
  }

  /**
   * Projections of first views by the query network, `[N, p]`, not normalised.
   *
   * @param images `[N, H, W, C]`, float32 in [0, 1].
   * @param options With `training: true` (default) batch normalization uses the groups of the batch.
   * @throws InvalidArgumentError when the batch cannot be divided into the groups.
   */
  queries(images: tf.Tensor4D, { training = true }: { training?: boolean } = {}): tf.Tensor2D {
    const network = (group: tf.Tensor4D): tf.Tensor2D => this.call(group, { training }).projections;
    // Without training nothing depends on the batch, and an image may come alone.
    if (!training) return tf.tidy(() => network(images));
    return inBatchNormGroups(network, images, { groups: this.batchNormGroups });
  }

  /** Projections of second views by the key network; arguments, result and errors as of {@link queries}. */
  keys(images: tf.Tensor4D, { training = true }: { training?: boolean } = {}): tf.Tensor2D {
    const network = (group: tf.Tensor4D): tf.Tensor2D => this.keyNetwork.call(group, { training });
    if (!training) return network(images);
    return inBatchNormGroups(network, images, {
      groups: this.batchNormGroups,
      dealt: this.shuffleBatchNorm,
    });
  }

  /**
   * The InfoNCE loss of a batch of pairs against the queue as it is. The queue is left alone: {@link enqueue} the keys
   * afterwards.
   *
   * @param view1 First views, for the query network, `[N, H, W, C]`, float32 in [0, 1].
   * @param view2 Second views of the same images in the same order, for the key network.
   * @param options See {@link MoCoLossOptions}.
   * @returns Tensors that the caller disposes; `loss` can be differentiated with respect to `trainableVariables`.
   * @throws InvalidArgumentError when the views' shapes differ, or the batch cannot be divided into the groups.
   */
  loss(
    view1: tf.Tensor4D,
    view2: tf.Tensor4D,
    { training = true, symmetric = false }: MoCoLossOptions = {},
  ): MoCoLoss {
    assertViews('MoCo.loss', view1, view2);
    return tf.tidy(() => {
      const ofQueries = symmetric ? [view1, view2] : [view1];
      const ofKeys = symmetric ? [view2, view1] : [view2];
      const keys = tf.concat(ofKeys.map((view) => this.keys(view, { training })));
      const queries = tf.concat(ofQueries.map((view) => this.queries(view, { training })));
      const negatives = this.queue.keys;
      return {
        accuracy: infoNceAccuracy(queries, keys, negatives),
        loss: this.#loss(queries, keys, negatives, { temperature: this.temperature }),
        queries,
        keys,
      };
    });
  }

  /** Puts the keys of the batch into the queue, once its loss has been computed without them. */
  afterGradients({ keys }: MoCoLoss): void {
    this.enqueue(keys);
  }

  /** Moves the key network towards the query network; see `momentumUpdate`. */
  updateKeyNetwork(momentum: number | tf.Scalar): void {
    this.keyNetwork.update(momentum);
  }

  /** Puts the keys of a batch into the queue; see {@link MemoryQueue.enqueue}. */
  enqueue(keys: tf.Tensor2D): void {
    this.queue.enqueue(keys);
  }

  /** The encoder of the key network. */
  get keyEncoder(): tf.LayersModel {
    return this.keyNetwork.models[0] as tf.LayersModel;
  }

  /** The projection head of the key network. */
  get keyProjectionHead(): tf.LayersModel | null {
    return this.keyNetwork.models[1] ?? null;
  }

  /** What the optimizer changes: the query network's kernels, biases, scales and offsets. */
  get trainableVariables(): tf.Variable[] {
    return trainableVariablesOf(this.#queryModels);
  }

  /** The counterparts of {@link trainableVariables} in the key network, in the same order. */
  get keyVariables(): tf.Variable[] {
    return this.keyNetwork.variables;
  }

  /** Both networks with their moving averages, and the queue. */
  get weights(): tf.Variable[] {
    return [...variablesOf(this.#queryModels), ...this.keyNetwork.weights, ...this.queue.weights];
  }

  /** Disposes both networks and the queue. */
  dispose(): void {
    for (const part of [...this.#queryModels, this.keyNetwork, this.queue]) part.dispose();
  }

  get #queryModels(): tf.LayersModel[] {
    return this.projectionHead === null ? [this.encoder] : [this.encoder, this.projectionHead];
  }
}
