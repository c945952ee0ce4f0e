/**
 * Writes an encoder for use elsewhere: one file for Node, a folder for a page in the browser. Each is read back and compared.
 *
 *   npx ts-node examples/export.ts cifar10
 *   npx ts-node examples/export.ts data/pretrained/encoder.safetensors --out public/encoder
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadModel, SelfSupError, saveForBrowser, saveModel, tf } from 'selfsup';
import { embeddingDimOf, encoderOption, openEncoder } from './open-encoder';
import { PICTURE_SIZE } from './read-folder';
import { runCommand, UsageError } from './run-command';

const HELP = `Writes an encoder for use elsewhere.

  npx ts-node examples/export.ts ENCODER [options]

  ENCODER        cifar10 or emoji (they ship with the course), a file that examples/pretrain.ts has saved, or random
                 (untrained)
  --out FOLDER   where it is written (default: data/exported)
  --help         this text

FOLDER/encoder.safetensors holds the weights and the architecture: loadModel of selfsup reads it. FOLDER/browser holds what
tf.loadLayersModel of @tensorflow/tfjs reads in a page, from any server of files.`;

interface Options {
  readonly encoder: string;
  readonly out: string;
}

/** An export that was read back gave other features. */
class ExportError extends SelfSupError {}

/** Float32 sums in another order differ by so much; another model by far more. */
const TOLERANCE = 1e-4;

/** @throws UsageError naming the option that is wrong; `null` where help was asked for. */
function commandLine(): Options | null {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string', default: join(__dirname, '../data/exported') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const [encoder, ...more] = positionals;
  if (encoder === undefined) throw new UsageError('Name an encoder.');
  if (more.length > 0) {
    throw new UsageError(`"${more[0]}" is one word too many; expected one encoder.`);
  }
  return { encoder: encoderOption('ENCODER', encoder), out: resolve(values.out) };
}

/** The largest difference between the features that two encoders make of eight images. */
function difference(a: tf.LayersModel, b: tf.LayersModel): number {
  return tf.tidy(() => {
    const images = tf.randomUniform([8, PICTURE_SIZE, PICTURE_SIZE, 3], 0, 1, 'float32', 1);
    const [here, there] = [a, b].map((model) => model.predict(images) as tf.Tensor2D);
    return tf.max(tf.abs(tf.sub(here as tf.Tensor2D, there as tf.Tensor2D))).arraySync() as number;
  });
}

/** What a page would load from the folder, without a server. */
async function readLikeAPage(folder: string): Promise<tf.LayersModel> {
  const { modelTopology, weightsManifest } = JSON.parse(
    await readFile(join(folder, 'model.json'), 'utf8'),
  );
  const [{ paths, weights }] = weightsManifest;
  const bytes = await readFile(join(folder, paths[0]));
  const weightData = new Uint8Array(bytes).buffer;
  return tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs: weights, weightData }));
}

function assertSame(what: string, encoder: tf.LayersModel, again: tf.LayersModel): void {
  const found = difference(encoder, again);
  again.dispose();
  if (!(found <= TOLERANCE)) {
    throw new ExportError(
      `${what} was read back and gives features that differ by ${found}; expected at most ${TOLERANCE}. Please report this.`,
    );
  }
  console.log(`${what}: read back, features differ by at most ${found.toPrecision(1)}.`);
}

async function main({ encoder: given, out }: Options): Promise<void> {
  const opened = await openEncoder(given);
  const { model, name } = opened;
  console.log(
    `${name[0]?.toUpperCase()}${name.slice(1)}: ${embeddingDimOf(opened)} numbers for each image.`,
  );
  const file = join(out, 'encoder.safetensors');
  await saveModel(file, model);
  assertSame(file, model, await loadModel(file));
  const page = join(out, 'browser');
  await saveForBrowser(page, model);
  assertSame(join(page, 'model.json'), model, await readLikeAPage(page));
  console.log(`
In Node:    const encoder = await loadModel('${file}');      // import { loadModel } from 'selfsup'
In a page:  const encoder = await tf.loadLayersModel('browser/model.json');   // @tensorflow/tfjs, the folder served
Both take [N, H, W, 3], float32 in [0, 1]: encoder.predict(images).`);
  opened.dispose();
}

void runCommand(HELP, commandLine, main);
