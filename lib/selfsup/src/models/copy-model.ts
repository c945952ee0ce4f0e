import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';

/** How tf.layers makes a model of a class from its description. */
interface ModelClass {
  readonly className: string;
  fromConfig(ofClass: unknown, config: unknown): tf.LayersModel;
}

/**
 * A model of the same layers with weights of its own, which begin with the values of the given one: what is trained
 * later changes the copy alone. A layer that the model uses twice is one layer in the copy, too; what is frozen is frozen.
 *
 * @param model Any `tf.LayersModel`, functional or `tf.sequential`, with other models among its layers or not; built, so that
 *   its weights exist. Left alone.
 * @returns The caller disposes it.
 * @throws InvalidArgumentError when the model is not built, or has a layer that tf.layers cannot describe or make again: one
 *   of a class of your own that is not registered.
 */
export function copyModel(model: tf.LayersModel): tf.LayersModel {
  assertBuilt('copyModel', model);
  const modelClass = model.constructor as unknown as ModelClass;
  let copy: tf.LayersModel;
  try {
    // The configuration still refers to parts of the model; through JSON it becomes plain data.
    const config: unknown = JSON.parse(JSON.stringify(model.getConfig()));
    copy = modelClass.fromConfig(modelClass, config);
  } catch (cause) {
    throw uncopied(model, (cause as Error).message.split('\n')[0] as string, cause);
  }
  try {
    copyLayers(model, copy);
  } catch (cause) {
    copy.dispose();
    throw uncopied(model, (cause as Error).message.split('\n')[0] as string, cause);
  }
  return copy;
}

/**
 * Checks that a model has its layers' weights.
 *
 * @internal
 * @throws InvalidArgumentError when it has not, or is no model of tf.layers.
 */
export function assertBuilt(caller: string, model: tf.LayersModel): void {
  if (typeof model?.getConfig !== 'function' || !Array.isArray(model.layers)) {
    throw new InvalidArgumentError(
      `${caller} was given ${model?.constructor?.name ?? String(model)}; expected a tf.LayersModel: tf.model(...) or ` +
        'tf.sequential(...). A tf.GraphModel has no layers that could be trained.',
    );
  }
  // What tf.sequential makes calls itself built only once it has been called; its weights exist before.
  if (!model.inputs?.length || !model.outputs?.length) {
    throw new InvalidArgumentError(
      `${caller}: the model "${model.name}" is not built, so its weights do not exist yet. Give its first layer an ` +
        'inputShape, for instance inputShape: [32, 32, 3].',
    );
  }
}

function uncopied(model: tf.LayersModel, why: string, cause: unknown): InvalidArgumentError {
  return new InvalidArgumentError(
    `The model "${model.name}" cannot be copied (${why}). A layer of a class of your own needs a static className, a ` +
      'getConfig() that names its options, and to be registered: tf.serialization.registerClass(MyLayer).',
    { cause },
  );
}

/** Gives each layer of a copy the weights of the layer of that name. */
function copyLayers(from: tf.LayersModel, to: tf.LayersModel): void {
  const copies = new Map(to.layers.map((layer) => [layer.name, layer]));
  for (const layer of from.layers) {
    const copy = copies.get(layer.name);
    if (copy === undefined) throw new Error(`the copy has no layer "${layer.name}"`);
    if (layer instanceof tf.LayersModel) {
      copyLayers(layer, copy as tf.LayersModel);
    } else {
      // Frozen weights stand after the others, so this comes before the weights.
      copy.trainable = layer.trainable;
      tf.tidy(() => copy.setWeights(layer.getWeights()));
    }
  }
  // A whole model that is frozen; its layers do not say so.
  if (!from.trainable) to.trainable = false;
}
