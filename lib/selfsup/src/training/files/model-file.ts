import { assertBuilt } from '../../models/copy-model';
import { registerLayers } from '../../models/register-layers';
import { variableOf } from '../../models/variable-of';
import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';
import { CheckpointError } from './checkpoint-error';
import { readStateFile, writeStateFile } from './state-file';
import { assignStoredTensors, storedTensors } from './stored-state';

/**
 * Writes a model to one file in the safetensors format: its weights, and its architecture as tf.layers describes it (the
 * topology of Keras, in the metadata entry `architecture`). {@link loadModel} needs nothing else to make it again. The
 * file is replaced as a whole or not at all.
 *
 * @param model Any `tf.LayersModel`, functional or `tf.sequential`, such as an encoder.
 * @throws InvalidArgumentError when the model is not built or has a layer that cannot be described; CheckpointError when the
 *   file cannot be written.
 *
 * @example
 * await saveModel('encoder.safetensors', encoder);
 * const same = await loadModel('encoder.safetensors');
 */
export async function saveModel(file: string, model: tf.LayersModel): Promise<void> {
  assertBuilt('saveModel', model);
  await writeStateFile(file, 'selfsup-model', {
    tensors: storedTensors(variablesByLayer(model)),
    metadata: {
      architecture: JSON.stringify(describedArchitecture(model)),
      frozen: JSON.stringify(modelsWithin(model).map((one) => !one.trainable)),
    },
  });
}

/**
 * Reads a model that {@link saveModel} has written. Layers that were frozen are frozen, and so are whole models among them.
 *
 * @returns The caller disposes it.
 * @throws CheckpointError when the file cannot be read, is damaged, is something else, or names a layer of a class that is not
 *   registered (`tf.serialization.registerClass`); those of tf.layers and of this library are.
 */
export async function loadModel(file: string): Promise<tf.LayersModel> {
  const state = await readStateFile(file, 'selfsup-model');
  if (state.writer !== 'selfsup') {
    throw new CheckpointError(
      `${file} is a safetensors file of another program, which does not say what model its weights belong to. Build the ` +
        'model and read them with loadWeights.',
    );
  }
  const model = await modelOf(file, state.metadata.architecture);
  try {
    assignStoredTensors(file, state, variablesByLayer(model));
    freeze(model, JSON.parse(state.metadata.frozen ?? '[]') as boolean[]);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/** The topology of a model, as tf.layers and Keras write it into `model.json`. */
function describedArchitecture(model: tf.LayersModel): object {
  try {
    return model.toJSON(undefined, false) as object;
  } catch (cause) {
    throw new InvalidArgumentError(
      `saveModel: the model "${model.name}" cannot be described (${(cause as Error).message.split('\n')[0]}). A layer of ` +
        'a class of your own needs a static className and a getConfig() that names its options.',
      { cause },
    );
  }
}

async function modelOf(file: string, architecture: string | undefined): Promise<tf.LayersModel> {
  registerLayers();
  try {
    const modelTopology: unknown = JSON.parse(architecture ?? '');
    return await tf.loadLayersModel({
      load: async () => ({ modelTopology: modelTopology as object }),
    });
  } catch (cause) {
    throw new CheckpointError(
      `${file} names an architecture that cannot be made (${(cause as Error).message.split('\n')[0]}). Was it written by a ` +
        'newer version, or has it a layer of your own, whose class tf.serialization.registerClass has to know first?',
      { cause },
    );
  }
}

/** A model, and those among its layers, theirs included. */
function modelsWithin(model: tf.LayersModel): tf.LayersModel[] {
  const inner = model.layers.filter((layer) => layer instanceof tf.LayersModel);
  return [model, ...inner.flatMap((one) => modelsWithin(one as tf.LayersModel))];
}

/** tf.layers describes which layers are frozen, but not which models. */
function freeze(model: tf.LayersModel, frozen: readonly boolean[]): void {
  for (const [index, one] of modelsWithin(model).entries()) {
    if (frozen[index]) one.trainable = false;
  }
}

/**
 * The variables of a model, layer after layer. Those of `model.weights` stand in another order where something is frozen.
 */
function variablesByLayer(model: tf.LayersModel): tf.Variable[] {
  return model.layers.flatMap((layer) =>
    layer instanceof tf.LayersModel ? variablesByLayer(layer) : layer.weights.map(variableOf),
  );
}
