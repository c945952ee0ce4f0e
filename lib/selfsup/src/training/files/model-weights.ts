import { variableOf, variablesOf } from '../../models/variable-of';
import * as tf from '../../runtime/tensorflow';
import { readStateFile, writeStateFile } from './state-file';
import { assignStoredTensors, storedTensors } from './stored-state';

/** Variables, or what has them: a model of this library or a `tf.LayersModel`. */
export type ModelWeights =
  | readonly tf.Variable[]
  | { readonly weights: readonly (tf.Variable | tf.LayerVariable)[] };

/**
 * Writes the weights of a model to one file in the safetensors format. The file is replaced as a
 * whole or not at all.
 *
 * @throws CheckpointError when it cannot be written.
 */
export async function saveWeights(file: string, model: ModelWeights): Promise<void> {
  await writeStateFile(file, 'selfsup-weights', {
    tensors: storedTensors(variablesIn(model)),
    metadata: {},
  });
}

/**
 * Assigns what {@link saveWeights} has written to a model of the same architecture. Variables are
 * matched by their order and shape, whatever of either model is frozen: names differ between two instances of one model. A safetensors file of another
 * program is read where its names begin with positions (`0000 kernel`), as those of `saveWeights` do; numbers of 16 bits
 * are widened.
 *
 * @throws CheckpointError when the file cannot be read, is damaged, or holds weights of another shape; the variables
 *   then keep their values.
 */
export async function loadWeights(file: string, model: ModelWeights): Promise<void> {
  const state = await readStateFile(file, 'selfsup-weights');
  assignStoredTensors(file, state, variablesIn(model));
}

function variablesIn(model: ModelWeights): tf.Variable[] {
  if (model instanceof tf.LayersModel) return variablesOf([model]);
  const weights: readonly (tf.Variable | tf.LayerVariable)[] =
    'weights' in model ? model.weights : model;
  return weights.map((one) => (one instanceof tf.Variable ? one : variableOf(one)));
}
