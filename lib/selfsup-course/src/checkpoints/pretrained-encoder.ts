import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  InvalidArgumentError,
  loadWeights,
  residualEncoder,
  SelfSupError,
  type tf,
  tutorialEncoder,
} from 'selfsup';
import { courseDataFolder } from '../data/course-data-folder';
import type { EncoderCard, PretrainedEncoderName } from './encoder-card';

/** A shipped encoder could not be read. */
export class PretrainedEncoderError extends SelfSupError {}

/** An encoder with trained weights, and what is known of it. */
export interface PretrainedEncoder {
  /** From `[N, H, W, 3]`, float32 in [0, 1], of any height and width, to `[N, embeddingDim]`; the caller disposes it. */
  readonly encoder: tf.LayersModel;
  readonly card: EncoderCard;
}

/** Options of {@link pretrainedEncoder}. */
export interface PretrainedEncoderOptions {
  /** Folder of the weights and cards. Default: `data/checkpoints` of the course. */
  readonly dir?: string;
}

const NAMES: readonly PretrainedEncoderName[] = ['cifar10', 'emoji'];
const RESTORE = 'Restore it with "git checkout -- data/checkpoints"';
const ARCHITECTURES = { residualEncoder, tutorialEncoder };

/**
 * An untrained network of the architecture that a card names.
 *
 * @param seed Of the initial weights.
 */
export function untrainedEncoder(
  { architecture, embeddingDim }: Pick<EncoderCard, 'architecture' | 'embeddingDim'>,
  seed: number,
): tf.LayersModel {
  return ARCHITECTURES[architecture]({ inputShape: [null, null, 3], embeddingDim, seed });
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new PretrainedEncoderError(
      `${file} could not be read (${(cause as Error).message}). The encoders come with a clone of the course, in ` +
        'data/checkpoints: run "git checkout -- data/checkpoints" there, or name their folder with the option dir.',
      { cause },
    );
  }
}

async function readCard(file: string): Promise<EncoderCard> {
  const text = (await read(file)).toString();
  try {
    return JSON.parse(text) as EncoderCard;
  } catch (cause) {
    throw new PretrainedEncoderError(
      `${file} is damaged (${(cause as Error).message}). ${RESTORE}.`,
      { cause },
    );
  }
}

/**
 * An encoder that ships with the course: trained without labels for some minutes on two processor cores, on the
 * training images of CIFAR-10 or of the Emoji. Its card says how, and how good its features are beside those of the same
 * network untrained. The file is read only when its SHA-256 digest is the card's.
 *
 * @param name of the data set it was trained on.
 * @throws InvalidArgumentError for another name; PretrainedEncoderError when the file is missing or damaged.
 *
 * @example
 * const { encoder, card } = await pretrainedEncoder('emoji');
 * const features = await extractFeatures(encoder, data.test);
 */
export async function pretrainedEncoder(
  name: PretrainedEncoderName,
  { dir = join(courseDataFolder(), 'checkpoints') }: PretrainedEncoderOptions = {},
): Promise<PretrainedEncoder> {
  if (!NAMES.includes(name)) {
    throw new InvalidArgumentError(
      `pretrainedEncoder: the name is "${name}"; expected ${NAMES.map((one) => `"${one}"`).join(' or ')}.`,
    );
  }
  const file = join(dir, `${name}.safetensors`);
  const card = await readCard(join(dir, `${name}.json`));
  const digest = createHash('sha256')
    .update(await read(file))
    .digest('hex');
  if (digest !== card.sha256) {
    throw new PretrainedEncoderError(
      `${file} is not the file its card describes (SHA-256 ${digest.slice(0, 12)}…, expected ${card.sha256.slice(0, 12)}…). ` +
        `${RESTORE}.`,
    );
  }
  const encoder = untrainedEncoder(card, 0);
  try {
    await loadWeights(file, encoder);
  } catch (error) {
    encoder.dispose();
    throw error;
  }
  return { encoder, card };
}
