import * as tf from '../../runtime/tensorflow';
import { CheckpointError } from './checkpoint-error';
import type { StoredTensor } from './safetensors-file';

/**
 * Gives variables the values read from a file, matched by order, shape and type. Nothing is assigned unless all fit.
 *
 * @throws CheckpointError when they do not fit.
 */
export function assignStoredTensors(
  file: string,
  tensors: readonly StoredTensor[],
  variables: readonly tf.Variable[],
): void {
  if (tensors.length !== variables.length) {
    throw new CheckpointError(
      `${file} holds ${tensors.length} tensors, the model and optimizer have ${variables.length} variables. ` +
        'Build them as they were when the file was written, or name another file.',
    );
  }
  variables.forEach((variable, index) => {
    const { name, shape, dtype } = tensors[index] as StoredTensor;
    if (dtype !== variable.dtype || !tf.util.arraysEqual(shape as number[], variable.shape)) {
      throw new CheckpointError(
        `${file}: "${name}" is ${dtype} [${shape}], the variable at its place, "${variable.name}", is ` +
          `${variable.dtype} [${variable.shape}]. ` +
          'Build the model as it was when the file was written, or name another file.',
      );
    }
  });
  tf.tidy(() => {
    variables.forEach((variable, index) => {
      const { values, shape, dtype } = tensors[index] as StoredTensor;
      variable.assign(tf.tensor(values, shape as number[], dtype));
    });
  });
}
