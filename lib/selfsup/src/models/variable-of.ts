import type * as tf from '../runtime/tensorflow';

/** The variable itself, which tf.layers wraps and `read` hands out. */
export function variableOf(weight: tf.LayerVariable): tf.Variable {
  return weight.read() as tf.Variable;
}

/** What an optimizer changes in some models, in their order. */
export function trainableVariablesOf(models: readonly tf.LayersModel[]): tf.Variable[] {
  return models.flatMap((model) => model.trainableWeights.map(variableOf));
}

/** All variables of some models, moving averages included, in their order. */
export function variablesOf(models: readonly tf.LayersModel[]): tf.Variable[] {
  return models.flatMap((model) => model.weights.map(variableOf));
}
