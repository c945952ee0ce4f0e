import type { TwoViews } from '../../augment/two-views';
import type { SimClr } from '../../models/sim-clr';
import type * as tf from '../../runtime/tensorflow';
import type { TrainingStep } from '../loop/training-step';
import type { Optimizer } from '../optimization/optimizer';
import { twoViewStep } from './two-view-step';

/** Options of {@link simClrStep}. */
export interface SimClrStepOptions {
  readonly model: SimClr;
  /** Made for `model.trainableVariables`. */
  readonly optimizer: Optimizer;
  /** Draws the positive pairs. */
  readonly views: TwoViews;
}

/**
 * One step of SimCLR, a {@link twoViewStep}: draw two views of each image, compute NT-Xent and its gradient, update the
 * weights.
 *
 * @returns A step on `{ images: [N, H, W, C] }`, float32 in [0, 1]; its output is `{ loss }`.
 */
export function simClrStep(options: SimClrStepOptions): TrainingStep<{ images: tf.Tensor4D }> {
  return twoViewStep(options);
}
