import type * as tf from '../../runtime/tensorflow';
import { CheckpointError } from './checkpoint-error';
import { readSafetensors, storedTensors, writeSafetensors } from './safetensors-file';
import { assignStoredTensors } from './stored-state';

const FORMAT = 'selfsup-weights';

/**
 * Writes variables, for instance `model.weights`, to one file in the safetensors format. The file is replaced as a
 * whole or not at all.
 *
 * @throws CheckpointError when it cannot be written.
 */
export async function saveWeights(file: string, variables: readonly tf.Variable[]): Promise<void> {
  await writeSafetensors(file, {
    tensors: storedTensors(variables),
    metadata: { format: FORMAT, version: '1' },
  });
}

/**
 * Assigns what {@link saveWeights} has written to the variables of a model of the same architecture. Variables are
 * matched by their order and shape: names differ between two instances of one model.
 *
 * @throws CheckpointError when the file cannot be read, is damaged, or holds weights of another shape; the variables
 *   then keep their values.
 */
export async function loadWeights(file: string, variables: readonly tf.Variable[]): Promise<void> {
  const { tensors, metadata } = await readSafetensors(file);
  if (metadata.format !== FORMAT) {
    throw new CheckpointError(
      `${file} holds ${metadata.format ?? 'something else'}; expected weights written by saveWeights. ` +
        'A checkpoint is continued with train({ checkpoint: { file }, resume: true }).',
    );
  }
  assignStoredTensors(file, tensors, variables);
}
