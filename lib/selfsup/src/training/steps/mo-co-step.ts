import type { TwoViews } from '../../augment/two-views';
import type { MoCo } from '../../models/mo-co';
import type * as tf from '../../runtime/tensorflow';
import type { TrainingStep } from '../loop/training-step';
import { type Momentum, momentumAtStep } from '../optimization/momentum-at-step';
import type { Optimizer } from '../optimization/optimizer';
import { twoViewStep } from './two-view-step';

/** Options of {@link moCoStep}. */
export interface MoCoStepOptions {
  readonly model: MoCo;
  /** Made for `model.trainableVariables`. */
  readonly optimizer: Optimizer;
  /** Draws the positive pairs: the first views become queries, the second ones keys. */
  readonly views: TwoViews;
  /** m of the key network's update. */
  readonly momentum: Momentum;
  /**
   * Each view is query and key in turn, and the loss the mean of both directions: twice the queries from the same pairs,
   * for about 1.6 times the time of a step. The queue takes the keys of both views. Default false, as in the first MoCo.
   *
   * @see Chen, Xie, He, "An Empirical Study of Training Self-Supervised Vision Transformers" (MoCo v3), 2021,
   *   arXiv:2104.02057, section 3.
   */
  readonly symmetric?: boolean;
}

/**
 * One step of MoCo, a {@link twoViewStep}: move the key network towards the query network, draw two views of each image, compute InfoNCE
 * against the queue and its gradient, put the keys into the queue, update the query network.
 *
 * @returns A step on `{ images: [N, H, W, C] }`, float32 in [0, 1]; its outputs are `{ loss, accuracy }`, the latter the
 *   share of queries whose key is more similar to them than every key of the queue.
 * @throws InvalidArgumentError when the schedule's number of steps is none, or (when called) the queue is shorter than the
 *   keys of a batch.
 */
export function moCoStep(options: MoCoStepOptions): TrainingStep<{ images: tf.Tensor4D }> {
  const { model, optimizer, views, symmetric = false } = options;
  const momentumOf = momentumAtStep('moCoStep', options.momentum);
  return twoViewStep({
    model,
    optimizer,
    views,
    loss: (view1, view2) => model.loss(view1, view2, { symmetric }),
    beforeStep: (seed) => model.updateKeyNetwork(momentumOf(seed)),
  });
}
