import { RandomStream } from 'tfjs-compile';
import { assertUnitRange } from '../../augment/image-batch';
import type { TwoViews } from '../../augment/two-views';
import type { TwoViewLoss, TwoViewModel } from '../../models/two-view-model';
import * as tf from '../../runtime/tensorflow';
import { checkingFirstBatch, type TrainingStep, trainingStep } from '../loop/training-step';
import { applyGradients, type Optimizer } from '../optimization/optimizer';
import { keepingTensors } from './keeping-tensors';

/** Options of {@link twoViewStep}. */
export interface TwoViewStepOptions<L extends TwoViewLoss = TwoViewLoss> {
  readonly model: TwoViewModel<L>;
  /** Made for `model.trainableVariables`. */
  readonly optimizer: Optimizer;
  /** Draws the two views of each image. */
  readonly views: TwoViews;
  /** What is differentiated. Default `model.loss`. */
  readonly loss?: (view1: tf.Tensor4D, view2: tf.Tensor4D) => L;
  /** Done first, besides what the model does then: what a schedule over the steps decides. */
  readonly beforeStep?: (seed: tf.Tensor1D) => void;
}

/**
 * One step of any method that learns from two views: draw two views of each image, compute the loss and its gradient, update
 * the weights, with what the model does before, between and after ({@link TwoViewModel}).
 *
 * @returns A step on `{ images: [N, H, W, C] }`, float32 in [0, 1]; its outputs are the `loss` and the other scalars that
 *   the model's loss returns, all before the update. `train` throws an InvalidArgumentError where the first batch holds values
 *   far from [0, 1], such as 0 to 255.
 */
export function twoViewStep<L extends TwoViewLoss>({
  model,
  optimizer,
  views,
  loss: lossOf = (view1, view2) => model.loss(view1, view2),
  beforeStep,
}: TwoViewStepOptions<L>): TrainingStep<{ images: tf.Tensor4D }> {
  const step = trainingStep<{ images: tf.Tensor4D }>(({ images, seed, learningRate }) => {
    beforeStep?.(seed);
    model.beforeStep?.(seed);
    const [view1, view2] = views(images, new RandomStream(seed));
    return keepingTensors((keep) => {
      let found: L | undefined;
      const { value: loss, grads } = tf.variableGrads(() => {
        found = lossOf(view1, view2);
        for (const tensor of besides(found)) keep(tensor);
        return found.loss;
      }, [...model.trainableVariables]);
      const result = { ...(found as unknown as L), loss };
      model.afterGradients?.(result);
      applyGradients(optimizer, grads, learningRate);
      model.afterUpdate?.(seed);
      const metrics = Object.entries(result).filter(([, { rank }]) => rank === 0);
      const outputs = { ...Object.fromEntries(metrics), loss };
      // What was kept beyond the gradient's scope and is not returned.
      for (const tensor of besides(result)) if (tensor.rank > 0) tensor.dispose();
      return outputs;
    });
  });
  return checkingFirstBatch(step, ({ images }) => assertUnitRange('twoViewStep', images));
}

/** The tensors of a result besides its loss, which are nobody's state. */
function besides(result: TwoViewLoss): tf.Tensor[] {
  return Object.entries(result)
    .filter(([name, tensor]) => name !== 'loss' && !(tensor instanceof tf.Variable))
    .map(([, tensor]) => tensor);
}
