import { RandomStream } from 'tfjs-compile';
import type { TwoViews } from '../../augment/two-views';
import type { SimClr } from '../../models/sim-clr';
import * as tf from '../../runtime/tensorflow';
import { type TrainingStep, trainingStep } from '../loop/training-step';
import type { AdamW } from '../optimization/adam-w';

/** Options of {@link simClrStep}. */
export interface SimClrStepOptions {
  readonly model: SimClr;
  /** Made for `model.trainableVariables`. */
  readonly optimizer: AdamW;
  /** Draws the positive pairs. */
  readonly views: TwoViews;
}

/**
 * One step of SimCLR: draw two views of each image, compute NT-Xent and its gradient, update the weights.
 *
 * @returns A step on `{ images: [N, H, W, C] }`, float32 in [0, 1]; its output is `{ loss }`.
 */
export function simClrStep(options: SimClrStepOptions): TrainingStep<{ images: tf.Tensor4D }> {
  const { model, optimizer, views } = options;
  return trainingStep(
    [...model.weights, ...optimizer.weights],
    ({ images, seed, learningRate }) => {
      const [view1, view2] = views(images, new RandomStream(seed));
      const { value: loss, grads } = tf.variableGrads(
        () => model.loss(view1, view2).loss,
        model.trainableVariables,
      );
      optimizer.applyGradients(grads, learningRate);
      return { loss };
    },
  );
}
