import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidArgumentError } from '../../runtime/errors';
import type * as tf from '../../runtime/tensorflow';
import { CheckpointError } from './checkpoint-error';

/** A tensor's values outside of TensorFlow. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** Content of one file in the safetensors format. */
export interface SafetensorsContent {
  readonly tensors: readonly StoredTensor[];
  /** Free text entries, stored beside the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format's names of the types, and how many bytes a value takes. */
const TYPES = {
  float32: { code: 'F32', bytes: 4 },
  int32: { code: 'I32', bytes: 4 },
  bool: { code: 'BOOL', bytes: 1 },
} as const;

const HEADER_SIZE_BYTES = 8;
const NO_DIGEST = '0'.repeat(64);

/** The values of variables, ready to be stored. Names get their position in front, which keeps them unique. */
export function storedTensors(variables: readonly tf.Variable[]): StoredTensor[] {
  return variables.map((variable, index) => {
    const { dtype } = variable;
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
      throw new InvalidArgumentError(
        `Variable "${variable.name}" is ${dtype}; only float32, int32 and bool can be stored.`,
      );
    }
    const name = `${String(index).padStart(4, '0')} ${variable.name}`;
    return { name, shape: variable.shape, dtype, values: variable.dataSync() };
  });
}

/**
 * Writes tensors in the safetensors format (eight bytes with the length of a JSON header, the header, the values),
 * which Python and other languages read as well. The header's entry `sha256` is the digest of the whole file with
 * that entry zeroed. The file appears under its name only when it is complete.
 *
 * @throws CheckpointError when it cannot be written.
 */
export async function writeSafetensors(file: string, content: SafetensorsContent): Promise<void> {
  const header: Record<string, unknown> = {
    __metadata__: { ...content.metadata, sha256: NO_DIGEST },
  };
  let offset = 0;
  for (const { name, shape, dtype, values } of content.tensors) {
    header[name] = {
      dtype: TYPES[dtype].code,
      shape,
      data_offsets: [offset, offset + values.byteLength],
    };
    offset += values.byteLength;
  }
  const unpadded = Buffer.from(JSON.stringify(header));
  const headerBytes = Buffer.alloc(Math.ceil(unpadded.length / 8) * 8, ' ');
  unpadded.copy(headerBytes);
  const size = Buffer.alloc(HEADER_SIZE_BYTES);
  size.writeBigUInt64LE(BigInt(headerBytes.length));
  const values = content.tensors.map((tensor) =>
    Buffer.from(tensor.values.buffer, tensor.values.byteOffset, tensor.values.byteLength),
  );
  const bytes = Buffer.concat([size, headerBytes, ...values]);
  bytes.write(digest(bytes), digestPosition(bytes, headerBytes.length));
  try {
    await mkdir(dirname(file), { recursive: true });
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
 * Reads a file written by {@link writeSafetensors} and verifies its digest.
 *
 * @throws CheckpointError when it cannot be read, is cut short, or has been altered.
 */
export async function readSafetensors(file: string): Promise<SafetensorsContent> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new CheckpointError(
      `${file} could not be read (${(cause as Error).message}). Check the name.`,
      { cause },
    );
  }
  const damaged = (why: string): CheckpointError =>
    new CheckpointError(`${file} is damaged: ${why}. Delete it and train again from the start.`);

  if (bytes.length < HEADER_SIZE_BYTES) throw damaged(`it has only ${bytes.length} bytes`);
  const headerSize = Number(bytes.readBigUInt64LE());
  const dataStart = HEADER_SIZE_BYTES + headerSize;
  if (dataStart > bytes.length) {
    throw damaged(`its header should have ${headerSize} bytes, the file has ${bytes.length}`);
  }
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(bytes.toString('utf8', HEADER_SIZE_BYTES, dataStart));
  } catch {
    throw damaged('its header is not JSON');
  }
  const { __metadata__, ...entries } = header;
  const { sha256, ...metadata } = (__metadata__ ?? {}) as Record<string, string>;
  if (sha256 === undefined) throw damaged('its header has no SHA-256 digest');
  bytes.write(NO_DIGEST, digestPosition(bytes, headerSize));
  if (digest(bytes) !== sha256) throw damaged('its SHA-256 digest does not fit its content');

  const tensors = Object.entries(entries).map(([name, entry]) => {
    const { dtype: code, shape, data_offsets: range } = entry as HeaderEntry;
    const dtype = (['float32', 'int32', 'bool'] as const).find((type) => TYPES[type].code === code);
    if (dtype === undefined) {
      throw new CheckpointError(
        `${file}: "${name}" has the type ${code}; expected F32, I32 or BOOL. The file was not written by this library.`,
      );
    }
    // A copy, because a typed array must begin at a multiple of its element's size.
    const copy = new Uint8Array(bytes.subarray(dataStart + range[0], dataStart + range[1])).buffer;
    const values =
      dtype === 'float32'
        ? new Float32Array(copy)
        : dtype === 'int32'
          ? new Int32Array(copy)
          : new Uint8Array(copy);
    return { name, shape, dtype, values };
  });
  return { tensors, metadata };
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Writes beside the file, then renames: a reader finds the old content or the new, never half of it. One fixed name,
 * so that a process killed while writing leaves at most one such file, which the next one replaces. The package
 * write-file-atomic is no choice here: while it writes it answers SIGINT by ending the process.
 */
async function replaceFile(file: string, bytes: Buffer): Promise<void> {
  const partial = `${file}.partial`;
  try {
    const handle = await open(partial, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause;
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The digest is the last entry of the metadata, which is the first entry of the header. */
function digestPosition(bytes: Buffer, headerSize: number): number {
  const header = bytes.subarray(HEADER_SIZE_BYTES, HEADER_SIZE_BYTES + headerSize);
  return HEADER_SIZE_BYTES + header.indexOf('"sha256":"') + '"sha256":"'.length;
}
