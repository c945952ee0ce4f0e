import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidArgumentError, loadModel, type tf } from 'selfsup';
import { pretrainedEncoder, untrainedEncoder } from 'selfsup-course';
import { UsageError } from './run-command';

/** The text of `--help` for what {@link openFeatures} takes. */
export const ENCODER_HELP = `
                        cifar10, emoji   trained on those pictures; they ship with the course
                        FILE             what examples/pretrain.ts has saved
                        random, pixels   controls: an untrained network, the bare colours`;

/** What turns images into features. */
export interface OpenFeatures {
  readonly name: string;
  readonly model: tf.LayersModel | ((images: tf.Tensor4D) => tf.Tensor2D);
  /** Another one for other features; `null` where they are computed anew as soon as they are read. */
  readonly digest: string | null;
  dispose(): void;
}

/** An {@link OpenFeatures} that is a network. */
export interface OpenEncoder extends OpenFeatures {
  readonly model: tf.LayersModel;
}

const SHIPPED = ['cifar10', 'emoji'] as const;

const NETWORKS: readonly string[] = [...SHIPPED, 'random'];

/** @throws UsageError unless the option names what {@link openFeatures} takes; a file is looked for, not opened. */
export function featuresOption(option: string, given: string): string {
  return known(option, given, [...NETWORKS, 'pixels']);
}

/** @throws UsageError unless the option names what {@link openEncoder} takes; a file is looked for, not opened. */
export function encoderOption(option: string, given: string): string {
  if (given !== 'pixels') return known(option, given, NETWORKS);
  throw new UsageError(
    `${option} is "pixels", which has no weights; expected ${listed(NETWORKS)}.`,
  );
}

function known(option: string, given: string, names: readonly string[]): string {
  if (names.includes(given) || existsSync(given)) return given;
  throw new UsageError(
    `${option} is "${given}", and there is no file ${resolve(given)}; expected ${listed(names)}.`,
  );
}

const listed = (names: readonly string[]) =>
  `${names.join(', ')}, or a file that examples/pretrain.ts has saved`;

/**
 * What turns images into features: a network, or pixels, by {@link featuresOption}.
 *
 * @param seed Of the untrained network.
 * @throws PretrainedEncoderError, CheckpointError or InvalidArgumentError when it cannot be read.
 */
export async function openFeatures(given: string, seed = 1): Promise<OpenFeatures> {
  if (given !== 'pixels') return openEncoder(given, seed);
  // Around mid-grey: of colours that are all positive every two pictures are similar.
  const model = (images: tf.Tensor4D) =>
    images.sub(0.5).reshape<tf.Tensor2D>([images.shape[0], -1]);
  return { name: 'pixels', model, digest: null, dispose: () => {} };
}

/**
 * Opens a network, by {@link encoderOption}.
 *
 * @param seed Of the untrained network.
 * @throws PretrainedEncoderError, CheckpointError or InvalidArgumentError when it cannot be read.
 */
export async function openEncoder(given: string, seed = 1): Promise<OpenEncoder> {
  const shipped = SHIPPED.find((name) => name === given);
  if (shipped !== undefined) {
    const { encoder, card } = await pretrainedEncoder(shipped);
    return opened(`the encoder trained on ${card.data}`, encoder, card.sha256);
  }
  if (given === 'random') {
    const untrained = { architecture: 'tutorialEncoder', embeddingDim: 128 } as const;
    return opened('an untrained encoder', untrainedEncoder(untrained, seed), `random ${seed}`);
  }
  const encoder = await loadModel(given);
  const [from, to] = [encoder.inputs[0]?.shape, encoder.outputs[0]?.shape];
  if (String(from) !== String([null, null, null, 3]) || to?.length !== 2) {
    encoder.dispose();
    throw new InvalidArgumentError(
      `${given} holds a model from [${asText(from)}] to [${asText(to)}]; expected an encoder of colour images of any size, from ` +
        '[N, H, W, 3] to [N, D], such as tutorialEncoder({ inputShape: [null, null, 3] }).',
    );
  }
  const digest = createHash('sha256')
    .update(await readFile(given))
    .digest('hex');
  return opened(`the encoder in ${given}`, encoder, digest);
}

function opened(name: string, model: tf.LayersModel, digest: string): OpenEncoder {
  return { name, model, digest, dispose: () => void model.dispose() };
}

const asText = (shape: tf.Shape | undefined) => shape?.map((size) => size ?? 'any').join(', ');

/** Numbers that an encoder makes of an image. */
export function embeddingDimOf({ model }: OpenEncoder): number {
  return model.outputs[0]?.shape[1] as number;
}
