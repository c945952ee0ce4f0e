import { stopGradient } from '../losses/stop-gradient';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { copyModel } from './copy-model';
import { momentumUpdate } from './momentum-update';
import { trainableVariablesOf, variablesOf } from './variable-of';

/**
 * A second network that no gradient reaches: a copy of one or more models in a row, whose weights follow theirs as a running
 * mean ({@link momentumUpdate}). It is MoCo's key network, BYOL's target network and DINO's teacher.
 *
 * Its batch normalization has moving averages of its own, which its own batches update; only weights that are trained follow.
 */
export class MomentumNetwork {
  /** The copies, in the order of the models that they follow. */
  readonly models: readonly tf.LayersModel[];
  readonly #followed: readonly tf.LayersModel[];

  /**
   * @param followed Models applied one after the other, such as `[encoder, projectionHead]`. They stay the caller's.
   * @throws InvalidArgumentError when there are none, or one cannot be copied.
   */
  constructor(followed: readonly tf.LayersModel[]) {
    if (followed.length === 0) {
      throw new InvalidArgumentError(
        'MomentumNetwork was given no models; expected those to follow, such as [encoder, projectionHead].',
      );
    }
    this.#followed = [...followed];
    const copies: tf.LayersModel[] = [];
    try {
      for (const model of followed) copies.push(copyModel(model));
    } catch (error) {
      for (const copy of copies) copy.dispose();
      throw error;
    }
    this.models = copies;
  }

  /**
   * The output of the last model, for inputs of the first: a constant to gradients, as by `stopGradient`.
   *
   * @param images `[N, H, W, C]`, float32 in [0, 1].
   * @param options With `training: true` batch normalization uses the batch and updates the moving averages.
   * @returns `[N, d]`; the caller disposes it.
   */
  call(images: tf.Tensor4D, { training = false }: { training?: boolean } = {}): tf.Tensor2D {
    return tf.tidy(() =>
      stopGradient(
        this.models.reduce<tf.Tensor>(
          (x, model) => model.apply(x, { training }) as tf.Tensor,
          images,
        ) as tf.Tensor2D,
      ),
    );
  }

  /** Moves the weights towards those that are followed: `own ← m · own + (1 − m) · followed`. */
  update(momentum: number | tf.Scalar): void {
    momentumUpdate(this.variables, trainableVariablesOf(this.#followed), momentum);
  }

  /** The counterparts of the trainable variables of the models that are followed, in the same order. */
  get variables(): tf.Variable[] {
    return trainableVariablesOf(this.models);
  }

  /** All variables, moving averages included. */
  get weights(): tf.Variable[] {
    return variablesOf(this.models);
  }

  /** Disposes the copies. */
  dispose(): void {
    for (const model of this.models) model.dispose();
  }
}
