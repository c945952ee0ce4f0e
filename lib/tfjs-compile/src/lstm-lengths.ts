import * as tf from '@tensorflow/tfjs';
import { CompileArgumentError } from './errors';
import { native } from './native-operations';
import { isTracing } from './trace';

/**
 * The lengths, known to be from 0 to `time`. An eager call reads them. A graph cannot: there they are looked up in a table of
 * the lengths that are allowed, which TensorFlow refuses for any other.
 *
 * @throws CompileArgumentError when one is out of range, in an eager call.
 */
export function checkedLengths(caller: string, lengths: tf.Tensor1D, time: number): tf.Tensor1D {
  if (isTracing()) {
    return native('GatherV2', { table: tf.range(0, time + 1, 1, 'int32'), lengths }) as tf.Tensor1D;
  }
  const values = lengths.dataSync<'int32'>();
  const at = values.findIndex((length) => length < 0 || length > time);
  if (at >= 0) {
    throw new CompileArgumentError(
      `${caller} was given the length ${values[at]} for sequence ${at}; expected 0 to ${time}, the number of steps.`,
    );
  }
  return lengths;
}

/** Which steps `[T, N, 1]` of sequences are real: the first `lengths[n]` of each. */
export function isReal(lengths: tf.Tensor1D, time: number): tf.Tensor3D {
  const stepNumber = tf.reshape(tf.range(0, time, 1, 'int32'), [time, 1, 1]);
  return tf.less(stepNumber, tf.reshape(lengths, [1, lengths.size, 1]));
}

/** Which step `[T, N, 1]` of each sequence is its last real one; none where the length is 0. */
export function isLast(lengths: tf.Tensor1D, time: number): tf.Tensor3D {
  const stepNumber = tf.reshape(tf.range(0, time, 1, 'int32'), [time, 1, 1]);
  return tf.equal(stepNumber, tf.sub(tf.reshape(lengths, [1, lengths.size, 1]), 1));
}

/** The steps `[T, N, …]` with 0 in the place of padding, whatever it holds: NaN times 0 would be NaN. */
export function withoutPadding(steps: tf.Tensor3D, real: tf.Tensor3D): tf.Tensor3D {
  return tf.where(real, steps, tf.zerosLike(steps)) as tf.Tensor3D;
}
