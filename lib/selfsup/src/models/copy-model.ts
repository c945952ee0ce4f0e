import * as tf from '../runtime/tensorflow';

/**
 * A model of the same layers with weights of its own, which begin with the values of the given one: what is trained
 * later changes the copy alone.
 *
 * @param model Made of layers that tf.layers can describe as JSON, such as an encoder of this library. Left alone.
 * @returns The caller disposes it.
 */
export function copyModel(model: tf.LayersModel): tf.LayersModel {
  const config = model.getConfig() as tf.serialization.ConfigDict;
  // The configuration still refers to parts of the model; through JSON it becomes plain data.
  const description = JSON.parse(JSON.stringify(config)) as tf.serialization.ConfigDict;
  const fromConfig = tf.LayersModel.fromConfig.bind(tf.LayersModel);
  const copy = fromConfig(tf.LayersModel, description) as tf.LayersModel;
  tf.tidy(() => copy.setWeights(model.getWeights()));
  return copy;
}
