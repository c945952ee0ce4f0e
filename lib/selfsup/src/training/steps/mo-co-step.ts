import type { TwoViews } from '../../augment/two-views';
import type { MoCo } from '../../models/mo-co';
import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';
import type { TrainingStep } from '../loop/training-step';
import type { MomentumSchedule } from '../optimization/momentum-schedule';
import type { Optimizer } from '../optimization/optimizer';
import { twoViewStep } from './two-view-step';

/** Options of {@link moCoStep}. */
export interface MoCoStepOptions {
  readonly model: MoCo;
  /** Made for `model.trainableVariables`. */
  readonly optimizer: Optimizer;
  /** Draws the positive pairs: the first views become queries, the second ones keys. */
  readonly views: TwoViews;
  /** m of the key network's update: the same at every step, or a schedule over a run of so many steps. */
  readonly momentum: number | { readonly schedule: MomentumSchedule; readonly totalSteps: number };
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
  const momentumOf = momentumAtStep(options.momentum);
  return twoViewStep({
    model,
    optimizer,
    views,
    loss: (view1, view2) => model.loss(view1, view2, { symmetric }),
    beforeStep: (seed) => model.updateKeyNetwork(momentumOf(seed)),
  });
}

/** The momentum as a function of the step's seed, whose second number counts the steps. */
function momentumAtStep(
  momentum: MoCoStepOptions['momentum'],
): (seed: tf.Tensor1D) => number | tf.Scalar {
  if (typeof momentum === 'number') return () => momentum;
  const { schedule, totalSteps } = momentum;
  if (!(Number.isInteger(totalSteps) && totalSteps > 0)) {
    throw new InvalidArgumentError(
      `moCoStep: the momentum's totalSteps is ${totalSteps}; expected the number of steps of the run, 1 or more.`,
    );
  }
  // A compiled step calls no JavaScript, so it looks the schedule up in a table of all its values.
  const table = Array.from({ length: totalSteps }, (_, step) => schedule(step, totalSteps));
  const unfit = table.find((value) => !(value >= 0 && value <= 1));
  if (unfit !== undefined) {
    throw new InvalidArgumentError(
      `moCoStep: the momentum schedule gives ${unfit} at step ${table.indexOf(unfit)}; expected 0 to 1 at every step.`,
    );
  }
  return (seed) => {
    const step = tf.minimum(seed.slice([1], [1]).squeeze(), tf.scalar(totalSteps - 1, 'int32'));
    return tf.gather(tf.tensor1d(table), step.toInt() as tf.Scalar) as unknown as tf.Scalar;
  };
}
