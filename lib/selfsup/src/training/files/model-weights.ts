import type * as tf from '../../runtime/tensorflow';
import { readStateFile, writeStateFile } from './state-file';
import { assignStoredTensors, storedTensors } from './stored-state';

/**
 * Writes variables, for instance `model.weights`, to one file in the safetensors format. The file is replaced as a
 * whole or not at all.
 *
 * @throws CheckpointError when it cannot be written.
 */
export async function saveWeights(file: string, variables: readonly tf.Variable[]): Promise<void> {
  await writeStateFile(file, 'selfsup-weights', {
    tensors: storedTensors(variables),
    metadata: {},
  });
}

/**
 * Assigns what {@link saveWeights} has written to the variables of a model of the same architecture. Variables are
 * matched by their order and shape: names differ between two instances of one model. A safetensors file of another
 * program is read where its names begin with positions (`0000 kernel`), as those of `saveWeights` do; numbers of 16 bits
 * are widened.
 *
 * @throws CheckpointError when the file cannot be read, is damaged, or holds weights of another shape; the variables
 *   then keep their values.
 */
export async function loadWeights(file: string, variables: readonly tf.Variable[]): Promise<void> {
  const state = await readStateFile(file, 'selfsup-weights');
  assignStoredTensors(file, state, variables);
}
