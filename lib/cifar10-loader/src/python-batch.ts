import { BufferReader, Parser } from 'pickleparser';
import type { Batch } from './batch';
import { CIFAR10_LABEL_NAMES, IMAGE_BYTES } from './cifar10-archive';
import { DamagedDataError } from './errors';

/**
 * Python 2 wrote pixels as a `str`, one character per byte. The parser's own decoder for such strings follows the
 * web's "ascii", which is windows-1252 and changes the bytes 128 to 159; latin-1 keeps every byte.
 */
class ByteKeepingReader extends BufferReader {
  override string(size: number, encoding: 'ascii' | 'utf-8'): string {
    const bytes = this.bytes(size);
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return buffer.toString(encoding === 'utf-8' ? 'utf8' : 'latin1');
  }
}

/** A NumPy array as its pickle describes it. */
class PickledArray {
  shape: readonly unknown[] = [];
  type: unknown = null;
  columnMajor = false;
  data: unknown = null;

  __setstate__([, shape, type, columnMajor, data]: unknown[]): void {
    this.shape = Array.isArray(shape) ? shape : [];
    this.type = type;
    this.columnMajor = columnMajor === true;
    this.data = data;
  }
}

class PickledType {
  constructor(readonly name: unknown) {}

  /** Byte order and alignment: without meaning for single bytes. */
  __setstate__(): void {}
}

/** The only names a CIFAR-10 pickle mentions; a pickle may name any function, so every other one is refused. */
const KNOWN_NAMES: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  'numpy.core.multiarray._reconstruct': () => new PickledArray(),
  'numpy._core.multiarray._reconstruct': () => new PickledArray(),
  'numpy.ndarray': () => new PickledArray(),
  'numpy.dtype': (name) => new PickledType(name),
  '_codecs.encode': (text) => text,
};

function toBytes(data: unknown): Uint8Array | null {
  if (typeof data === 'string') return Buffer.from(data, 'latin1');
  return data instanceof Uint8Array ? data : null;
}

function toText(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);
}

/** Python 3 keys may be bytes (`b'data'`), Python 2 keys are strings. */
function entry(dictionary: Map<unknown, unknown>, name: string): unknown {
  for (const [key, value] of dictionary) if (toText(key) === name) return value;
  return undefined;
}

/**
 * Reads a batch of the Python version: a pickled dictionary with `data` (a NumPy array `[N, 3072]` of bytes),
 * `labels` and `filenames`.
 *
 * @internal
 * @throws DamagedDataError when the pickle cannot be read or holds something else.
 */
export function parsePythonBatch(bytes: Uint8Array, path: string, imagesPerBatch: number): Batch {
  const refuse = (what: string, cause?: unknown): never => {
    throw new DamagedDataError(
      `${path} is not a batch of CIFAR-10's Python version: ${what}. Delete it and get the data set again.`,
      path,
      { cause },
    );
  };
  let content: unknown;
  try {
    content = new Parser({
      unpicklingTypeOfDictionary: 'Map',
      nameResolver: {
        resolve: (module, name) => {
          const known = KNOWN_NAMES[`${module}.${name}`];
          if (known === undefined) throw new Error(`it names ${module}.${name}`);
          return known;
        },
      },
    }).read<unknown>(new ByteKeepingReader(bytes));
  } catch (error) {
    refuse((error as Error).message.replace(/\.$/, ''), error);
  }
  if (!(content instanceof Map)) return refuse('it does not hold a dictionary');

  const array: unknown = entry(content, 'data');
  if (!(array instanceof PickledArray)) return refuse('its "data" is not a NumPy array');
  const typeName = array.type instanceof PickledType ? array.type.name : null;
  const [rows, columns] = array.shape;
  const pixels = toBytes(array.data);
  if (
    toText(typeName) !== 'u1' ||
    array.columnMajor ||
    array.shape.length !== 2 ||
    rows !== imagesPerBatch ||
    columns !== IMAGE_BYTES ||
    pixels?.length !== imagesPerBatch * IMAGE_BYTES
  ) {
    return refuse(
      `its "data" is ${toText(typeName)} [${array.shape.join(', ')}], expected u1 [${imagesPerBatch}, ${IMAGE_BYTES}]`,
    );
  }
  const labels: unknown = entry(content, 'labels');
  if (
    !Array.isArray(labels) ||
    labels.length !== imagesPerBatch ||
    !labels.every(
      (label) => Number.isInteger(label) && label >= 0 && label < CIFAR10_LABEL_NAMES.length,
    )
  ) {
    return refuse(`its "labels" are not ${imagesPerBatch} numbers from 0 to 9`);
  }
  const fileNames: unknown = entry(content, 'filenames');
  if (!Array.isArray(fileNames) || fileNames.length !== imagesPerBatch) {
    return refuse(`its "filenames" are not ${imagesPerBatch} names`);
  }
  return {
    labels: Uint8Array.from(labels as number[]),
    bytes: pixels,
    offset: 0,
    stride: IMAGE_BYTES,
    fileNames: fileNames.map(toText),
  };
}
