import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';
import type { MomentumSchedule } from './momentum-schedule';

/** The momentum of a network that follows: the same at every step, or a schedule over a run of so many steps. */
export type Momentum =
  | number
  | { readonly schedule: MomentumSchedule; readonly totalSteps: number };

/**
 * The momentum as a function of a step's seed, whose second number counts the steps. It can be compiled.
 *
 * @throws InvalidArgumentError when the schedule's number of steps is none, or a value of it is not in [0, 1].
 */
export function momentumAtStep(
  caller: string,
  momentum: Momentum,
): (seed: tf.Tensor1D) => number | tf.Scalar {
  if (typeof momentum === 'number') return () => momentum;
  const { schedule, totalSteps } = momentum;
  if (!(Number.isInteger(totalSteps) && totalSteps > 0)) {
    throw new InvalidArgumentError(
      `${caller}: the momentum's totalSteps is ${totalSteps}; expected the number of steps of the run, 1 or more.`,
    );
  }
  // A compiled step calls no JavaScript, so it looks the schedule up in a table of all its values.
  const table = Array.from({ length: totalSteps }, (_, step) => schedule(step, totalSteps));
  const unfit = table.find((value) => !(value >= 0 && value <= 1));
  if (unfit !== undefined) {
    throw new InvalidArgumentError(
      `${caller}: the momentum schedule gives ${unfit} at step ${table.indexOf(unfit)}; expected 0 to 1 at every step.`,
    );
  }
  return (seed) => {
    const step = tf.minimum(seed.slice([1], [1]).squeeze(), tf.scalar(totalSteps - 1, 'int32'));
    return tf.gather(tf.tensor1d(table), step.toInt() as tf.Scalar) as unknown as tf.Scalar;
  };
}
