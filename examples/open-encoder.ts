import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidArgumentError, loadWeights, type tf } from 'selfsup';
import { type EncoderCard, pretrainedEncoder, untrainedEncoder } from 'selfsup-course';
import { UsageError } from './run-command';

/** The text of `--help` for what {@link openEncoder} takes. */
export const ENCODER_HELP = `cifar10 or emoji (they ship with the course), a file that examples/pretrain.ts has saved, or one of
                      the controls: random (untrained), pixels`;

/** What kind of network a file of weights belongs to: written beside it as JSON. */
export type Architecture = Pick<EncoderCard, 'architecture' | 'embeddingDim'>;

/** What turns images into features. */
export interface OpenEncoder {
  readonly name: string;
  readonly model: tf.LayersModel | ((images: tf.Tensor4D) => tf.Tensor2D);
  /** Another one for other features. */
  readonly digest: string;
  readonly architecture: Architecture;
  dispose(): void;
}

const SHIPPED = ['cifar10', 'emoji'] as const;
/** Of the untrained network, and of a file with no JSON beside it, which an older pretrain.ts has saved. */
const TUTORIAL: Architecture = { architecture: 'tutorialEncoder', embeddingDim: 128 };

/** The file beside a file of weights that says what network they belong to. */
export function architectureFile(weights: string): string {
  return `${weights.replace(/\.safetensors$/, '')}.json`;
}

/** @throws UsageError unless the option names an encoder; a file is looked for, not opened. */
export function encoderOption(given: string, option = 'encoder'): string {
  const known: readonly string[] = [...SHIPPED, 'random', 'pixels'];
  if (known.includes(given) || existsSync(given)) return given;
  throw new UsageError(
    `--${option} is "${given}", and there is no file ${resolve(given)}; expected ${known.join(', ')}, or a file that ` +
      'examples/pretrain.ts has saved.',
  );
}

/**
 * Opens an encoder by {@link ENCODER_HELP}.
 *
 * @param seed Of the untrained network.
 * @throws PretrainedEncoderError, CheckpointError or InvalidArgumentError when it cannot be read.
 */
export async function openEncoder(given: string, seed = 1): Promise<OpenEncoder> {
  const shipped = SHIPPED.find((name) => name === given);
  if (shipped !== undefined) {
    const { encoder, card } = await pretrainedEncoder(shipped);
    return opened(`the encoder trained on ${card.data}`, encoder, card.sha256, card);
  }
  if (given === 'pixels') {
    const model = (images: tf.Tensor4D) => images.reshape<tf.Tensor2D>([images.shape[0], -1]);
    return { name: 'pixels', model, digest: 'pixels', architecture: TUTORIAL, dispose: () => {} };
  }
  if (given === 'random') {
    const encoder = untrainedEncoder(TUTORIAL, seed);
    return opened('an untrained encoder', encoder, `random ${seed}`, TUTORIAL);
  }
  const architecture = await architectureOf(given);
  const encoder = untrainedEncoder(architecture, 0);
  try {
    await loadWeights(given, encoder);
  } catch (error) {
    encoder.dispose();
    throw error;
  }
  const digest = createHash('sha256')
    .update(await readFile(given))
    .digest('hex');
  return opened(`the encoder in ${given}`, encoder, digest, architecture);
}

function opened(
  name: string,
  model: tf.LayersModel,
  digest: string,
  { architecture, embeddingDim }: Architecture,
): OpenEncoder {
  const dispose = () => void model.dispose();
  return { name, model, digest, architecture: { architecture, embeddingDim }, dispose };
}

async function architectureOf(weights: string): Promise<Architecture> {
  const file = architectureFile(weights);
  if (!existsSync(file)) return TUTORIAL;
  try {
    const { architecture, embeddingDim } = JSON.parse(await readFile(file, 'utf8'));
    if (architecture === 'tutorialEncoder' || architecture === 'residualEncoder') {
      if (Number.isInteger(embeddingDim)) return { architecture, embeddingDim };
    }
  } catch {
    // Said below, as for any other content.
  }
  throw new InvalidArgumentError(
    `${file} does not say what network ${weights} belongs to; expected what examples/pretrain.ts writes. Train again, or ` +
      'remove it if the weights are of a tutorialEncoder().',
  );
}
