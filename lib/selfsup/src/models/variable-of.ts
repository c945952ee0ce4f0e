import * as tf from '../runtime/tensorflow';

/** The variable itself, which tf.layers wraps and `read` hands out. */
export function variableOf(weight: tf.LayerVariable): tf.Variable {
  return weight.read() as tf.Variable;
}

/** What an optimizer changes in some models, in their order. */
export function trainableVariablesOf(models: readonly tf.LayersModel[]): tf.Variable[] {
  return models.flatMap((model) => model.trainableWeights.map(variableOf));
}

/** All variables of some models, moving averages included, in their order, whatever of them is frozen. */
export function variablesOf(models: readonly tf.LayersModel[]): tf.Variable[] {
  return models.flatMap((model) => weightsAsBuilt(model).map(variableOf));
}

/** Gives variables the values of others of the same shapes, in their order. */
export function copyValues(from: readonly tf.Variable[], to: readonly tf.Variable[]): void {
  to.forEach((variable, index) => {
    variable.assign(from[index] as tf.Variable);
  });
}

/**
 * The weights of a model in the order of `model.weights` where nothing is frozen. That of tf.layers puts what is frozen last,
 * so that two models of one architecture may list the same weights in two orders.
 */
function weightsAsBuilt(model: tf.LayersModel): tf.LayerVariable[] {
  const parts = partsOf(model);
  if (parts.every(({ trainable }) => trainable)) return model.weights;
  const weights = model.weights.map((weight) => ({ weight, trainable: weight.trainable }));
  const frozen = parts.filter(({ trainable }) => !trainable);
  for (const part of frozen) part.trainable = true;
  try {
    return model.weights;
  } finally {
    for (const part of frozen) part.trainable = false;
    // A part's setter sets all of its weights.
    for (const { weight, trainable } of weights) weight.trainable = trainable;
  }
}

/** A model, its layers, and those of the models among them. */
function partsOf(model: tf.LayersModel): tf.LayersModel['layers'] {
  return [
    model,
    ...model.layers.flatMap((layer) => (layer instanceof tf.LayersModel ? partsOf(layer) : layer)),
  ];
}
