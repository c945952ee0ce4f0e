import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assertBuilt } from '../../models/copy-model';
import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';
import { CheckpointError } from './checkpoint-error';
import { replaceFile } from './replace-file';

/** What a page asks for; it names the file of weights. */
const DESCRIPTION = 'model.json';
const WEIGHTS = /^weights-[0-9a-f]{12}\.bin$/;

/**
 * Writes a model for the browser: a folder with `model.json` and one file of weights, the format that `tf.loadLayersModel`
 * of `@tensorflow/tfjs` reads from any address. No other library has to be in the page.
 *
 * The weights' file has a name of its own content, and `model.json` is replaced last, so it never names weights that are not
 * there. The weights of a model written there before are removed then: a page that has fetched the old `model.json` and not
 * yet its weights has to begin again.
 *
 * @param folder Made where it is missing.
 * @param model Any `tf.LayersModel` of tf.layers' own layers.
 * @throws InvalidArgumentError when the model is not built, or has a layer of this library, which tfjs alone cannot make, as
 *   a `visionTransformer` has; a layer of a class of your own is written, and the page has to register it. CheckpointError
 *   when the folder cannot be written.
 *
 * @example
 * await saveForBrowser('public/encoder', encoder);
 * // In the page: const encoder = await tf.loadLayersModel('encoder/model.json');
 */
export async function saveForBrowser(folder: string, model: tf.LayersModel): Promise<void> {
  assertBuilt('saveForBrowser', model);
  assertKnownLayers(model);
  const { modelTopology, weightSpecs, weightData } = await artifactsOf(model);
  const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const weights = `weights-${digest}.bin`;
  const description = {
    format: 'layers-model',
    generatedBy: `TensorFlow.js tfjs-layers v${tf.version['tfjs-layers']}`,
    convertedBy: null,
    modelTopology,
    weightsManifest: [{ paths: [weights], weights: weightSpecs }],
  };
  try {
    await replaceFile(join(folder, weights), bytes);
    await replaceFile(join(folder, DESCRIPTION), Buffer.from(JSON.stringify(description)));
    for (const name of await readdir(folder)) {
      if (WEIGHTS.test(name) && name !== weights) await rm(join(folder, name), { force: true });
    }
  } catch (cause) {
    throw new CheckpointError(
      `${folder} could not be written (${(cause as Error).message}). Check the folder's permissions and the free space on ` +
        'the disk, or name another folder.',
      { cause },
    );
  }
}

function assertKnownLayers(model: tf.LayersModel): void {
  for (const layer of model.layers) {
    if (layer instanceof tf.LayersModel) assertKnownLayers(layer);
    if (layer.getClassName().startsWith('Selfsup')) {
      throw new InvalidArgumentError(
        `saveForBrowser: the layer "${layer.name}" of the model "${model.name}" is a ${layer.getClassName()}, which ` +
          '@tensorflow/tfjs alone cannot make. Expected a model of tf.layers, such as residualEncoder(…) or tutorialEncoder(…).',
      );
    }
  }
}

type SaveHandler = Parameters<typeof tf.io.withSaveHandler>[0];
type ModelArtifacts = Parameters<SaveHandler>[0];

/** What tfjs would store of a model. */
async function artifactsOf(model: tf.LayersModel): Promise<ModelArtifacts> {
  let artifacts: ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  return artifacts as ModelArtifacts;
}
