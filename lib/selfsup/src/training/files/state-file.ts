import { readFile } from 'node:fs/promises';
import { plural } from '../../runtime/plural';
import { CheckpointError } from './checkpoint-error';
import { fileKind } from './file-kind';
import { replaceFile } from './replace-file';
import { parseSafetensors, type SafetensorsContent, SafetensorsFormatError } from './safetensors';
import { digestState, encodeWithDigest } from './safetensors-digest';

/** The kinds of file that this library writes, by their metadata entry `format`. */
export type StateFormat = 'selfsup-checkpoint' | 'selfsup-weights' | 'selfsup-model';

const WHAT: Readonly<Record<StateFormat, string>> = {
  'selfsup-checkpoint': 'a checkpoint written by train()',
  'selfsup-weights': 'weights written by saveWeights()',
  'selfsup-model': 'a model written by saveModel()',
};

/** What a reader should do instead, when the file is of the other kind. */
const ELSEWHERE: Readonly<Record<StateFormat, string>> = {
  'selfsup-checkpoint':
    'A checkpoint is continued with train({ checkpoint: { file }, resume: true }).',
  'selfsup-weights': 'Weights are read with loadWeights, into a model of their architecture.',
  'selfsup-model': 'A model is read with loadModel.',
};

/** The newest arrangement of metadata this library knows. */
const VERSION = 2;

/** The content of a file of state. */
export interface StateFile extends SafetensorsContent {
  /** Who wrote it: this library, in which case the digest fits, or another program. */
  readonly writer: 'selfsup' | 'other';
}

/**
 * Writes a file of state with a digest, replacing it as a whole or not at all.
 *
 * @throws CheckpointError when it cannot be written.
 */
export async function writeStateFile(
  file: string,
  format: StateFormat,
  { tensors, metadata }: SafetensorsContent,
): Promise<void> {
  const bytes = encodeWithDigest({
    tensors,
    metadata: { format, version: String(VERSION), ...metadata },
  });
  try {
    await replaceFile(file, bytes);
  } catch (cause) {
    throw new CheckpointError(
      `${file} could not be written (${(cause as Error).message}). Check the folder's permissions and the free ` +
        'space on the disk, or name another file.',
      { cause },
    );
  }
}

/**
 * Reads a file of state: one of this library, whose digest is verified and whose format must be the expected one, or any
 * valid safetensors file of another program.
 *
 * @throws CheckpointError when it cannot be read, is damaged, or is something else; the message says what it is.
 */
export async function readStateFile(file: string, expected: StateFormat): Promise<StateFile> {
  const bytes = await readBytes(file);
  let content: SafetensorsContent;
  try {
    content = parseSafetensors(bytes);
  } catch (cause) {
    if (!(cause instanceof SafetensorsFormatError)) throw cause;
    throw unreadable(file, bytes, expected, cause);
  }
  const { format, version } = content.metadata;
  const digest = digestState(bytes);
  const ours = format !== undefined && format in WHAT;
  if (ours && digest !== 'fits') {
    const why =
      digest === 'absent'
        ? 'its header has no SHA-256 digest'
        : 'its SHA-256 digest does not fit its content';
    throw damaged(file, why);
  }
  if (!ours) {
    if (digest === 'differs') {
      throw new CheckpointError(
        `${file} holds a SHA-256 digest that does not fit its content, and ${described(content)}: it was altered, or ` +
          `another program wrote it. Expected ${WHAT[expected]}. Name another file, or restore this one from a copy.`,
      );
    }
    return { ...content, writer: 'other' };
  }
  if (format !== expected) {
    throw new CheckpointError(
      `${file} holds ${format}; expected ${WHAT[expected]}. ${ELSEWHERE[format as StateFormat]}`,
    );
  }
  if (!(Number(version) >= 1 && Number(version) <= VERSION)) {
    throw new CheckpointError(
      `${file} has version ${version} of ${format}, and this library reads 1 to ${VERSION}. Update the library.`,
    );
  }
  return { ...content, writer: 'selfsup' };
}

/** What a file of another program holds, in half a sentence. */
export function described({ tensors, metadata }: SafetensorsContent): string {
  const first = tensors[0];
  const example =
    first === undefined ? '' : ` (the first: "${first.name}", ${first.dtype} [${first.shape}])`;
  const format = metadata.format === undefined ? '' : `, format "${metadata.format}"`;
  return `${tensors.length} ${plural(tensors.length, 'tensor')}${example}${format}`;
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new CheckpointError(
      `${file} could not be read (${(cause as Error).message}). Check the name.`,
      { cause },
    );
  }
}

/** A file of ours, damaged; or something else altogether, named where its first bytes tell. */
function unreadable(
  file: string,
  bytes: Buffer,
  expected: StateFormat,
  cause: SafetensorsFormatError,
): CheckpointError {
  const isOurs = bytes.subarray(0, 128).includes('"format":"selfsup-');
  if (isOurs) {
    const digest =
      digestState(bytes) === 'differs' ? 'its SHA-256 digest does not fit its content; ' : '';
    return damaged(file, `${digest}${cause.message}`);
  }
  const kind = fileKind(bytes);
  const what =
    kind === null
      ? `no safetensors file, or one that is damaged: ${cause.message}`
      : `${kind} and no safetensors file`;
  return new CheckpointError(
    `${file} is ${what}. Expected ${WHAT[expected]}. Nothing was changed; name another file.`,
    { cause },
  );
}

function damaged(file: string, why: string): CheckpointError {
  return new CheckpointError(
    `${file} is damaged: ${why}. Restore it from a copy, or delete it and train again from the start.`,
  );
}
