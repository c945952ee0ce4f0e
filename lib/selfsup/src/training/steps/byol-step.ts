import type { TwoViews } from '../../augment/two-views';
import type { Byol } from '../../models/byol';
import type * as tf from '../../runtime/tensorflow';
import type { TrainingStep } from '../loop/training-step';
import { type Momentum, momentumAtStep } from '../optimization/momentum-at-step';
import type { Optimizer } from '../optimization/optimizer';
import { twoViewStep } from './two-view-step';

/** Options of {@link byolStep}. */
export interface ByolStepOptions {
  readonly model: Byol;
  /** Made for `model.trainableVariables`. */
  readonly optimizer: Optimizer;
  /** Draws the two views of each image. */
  readonly views: TwoViews;
  /** m of the target network's update: 0 copies the trained network, 1 leaves the targets random. */
  readonly momentum: Momentum;
}

/**
 * One step of BYOL, a {@link twoViewStep}: move the target network towards the trained one, draw two views of each image, compute the
 * loss of the predictions and its gradient, update encoder, head and predictor.
 *
 * @returns A step on `{ images: [N, H, W, C] }`, float32 in [0, 1]; its output is the `loss` before the update.
 * @throws InvalidArgumentError when the schedule's number of steps is none, or a value of it is not in [0, 1].
 */
export function byolStep({
  model,
  optimizer,
  views,
  momentum,
}: ByolStepOptions): TrainingStep<{ images: tf.Tensor4D }> {
  const momentumOf = momentumAtStep('byolStep', momentum);
  return twoViewStep({
    model,
    optimizer,
    views,
    beforeStep: (seed) => model.updateTargetNetwork(momentumOf(seed)),
  });
}
