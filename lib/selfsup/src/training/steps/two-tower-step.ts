import { RandomStream } from 'tfjs-compile';
import type { Augmentation } from '../../augment/augmentation';
import type { SameCaptionPairs } from '../../losses/two-tower-loss';
import type { TwoTowerModel } from '../../models/two-tower-model';
import * as tf from '../../runtime/tensorflow';
import type { CaptionedImages } from '../../text/captioned-image-batches';
import { type TrainingStep, trainingStep } from '../loop/training-step';
import { applyGradients, type Optimizer } from '../optimization/optimizer';
import { keepingTensors } from './keeping-tensors';

/** Options of {@link twoTowerStep}. */
export interface TwoTowerStepOptions {
  readonly model: TwoTowerModel;
  /** Made for `model.trainableVariables`. */
  readonly optimizer: Optimizer;
  /** Changes each training image; the images as they are when left out. */
  readonly augmentation?: Augmentation;
  /** How other examples of the batch with the same caption count. Default `positives`. */
  readonly sameCaption?: SameCaptionPairs;
}

/**
 * One step of image–text contrast: augment the images, put each caption into a template drawn at random, compute the
 * loss of both directions and its gradient, update both towers and the temperature.
 *
 * @returns A step on `{ images: [N, H, W, C], tokens: [N, templates, T], captions: [N] }`; its outputs are the `loss` in
 *   nats, the `temperature` and the `accuracy`: the share of images whose most similar text of the batch is a right one.
 */
export function twoTowerStep({
  model,
  optimizer,
  augmentation,
  sameCaption = 'positives',
}: TwoTowerStepOptions): TrainingStep<CaptionedImages> {
  return trainingStep(({ images, tokens, captions, seed, learningRate }) => {
    const random = new RandomStream(seed);
    const views = augmentation === undefined ? images : augmentation(images, random);
    const [count, templates] = tokens.shape;
    const rows = tf.range(0, count, 1, 'int32');
    const template = random.integers([count], 0, templates);
    const sentences = tf.gatherND(tokens, tf.stack([rows, template], 1)) as tf.Tensor2D;
    const temperature = model.temperature();
    return keepingTensors((keep) => {
      let accuracy: tf.Tensor | undefined;
      const { value: loss, grads } = tf.variableGrads(() => {
        const result = model.loss(views, sentences, captions, { sameCaption });
        const cosines = tf.matMul(result.images, result.texts, false, true);
        const chosen = tf.gather(captions, cosines.argMax(1) as tf.Tensor1D);
        accuracy = keep(chosen.equal(captions).toFloat().mean());
        return result.loss;
      }, model.trainableVariables);
      applyGradients(optimizer, grads, learningRate);
      model.clipTemperature();
      return { loss, temperature, accuracy: accuracy as tf.Tensor };
    });
  });
}
