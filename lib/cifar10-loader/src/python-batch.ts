import { Parser } from 'pickleparser';
import type { Batch } from './batch';
import { CIFAR10_LABEL_NAMES, IMAGE_BYTES } from './cifar10-archive';
import { DamagedDataError, GET_AGAIN } from './errors';
import { BoundedPickleReader } from './pickle-reader';
import { inRows, knownName, PickledArray, PickledType, toBytes, toText } from './pickled-array';

/** Parts of a pickle (opcodes, short numbers) for each image, and beside them; real ones have 5 to 15. */
const PARTS_PER_IMAGE = 40;
const OTHER_PARTS = 10_000;

/** What a file is that begins like this, or `null`; nothing that is read begins so. */
const OTHER_KINDS: readonly (readonly [what: string, magic: string])[] = [
  ['a gzip file: unpack it first', '\x1f\x8b'],
  ['a zip archive: unpack it first', 'PK\x03\x04'],
  ["a NumPy file; expected a pickle, as CIFAR-10's authors publish it", '\x93NUMPY'],
  ['a web page', '<'],
];

/** A pickle may name objects that its writer kept elsewhere; a batch has none. */
function noPersistentObject(): never {
  throw new Error('it names an object that is kept outside of the file');
}

function unpickle(bytes: Uint8Array, imagesPerBatch: number): unknown {
  const reader = new BoundedPickleReader(bytes, imagesPerBatch * PARTS_PER_IMAGE + OTHER_PARTS);
  return new Parser({
    unpicklingTypeOfDictionary: 'Map',
    nameResolver: { resolve: knownName },
    persistentResolver: { resolve: noPersistentObject },
  }).read<unknown>(reader);
}

/** Python 3 keys may be bytes (`b'data'`), Python 2 keys are strings. */
function entry(dictionary: ReadonlyMap<unknown, unknown>, name: string): unknown {
  for (const [key, value] of dictionary) if (toText(key) === name) return value;
  return undefined;
}

/** An array's type and shape for the reader. */
function describeArray({ type, shape, columnMajor }: PickledArray): string {
  const name =
    type instanceof PickledType ? (toText(type.name) ?? 'of an unknown type') : 'untyped';
  const sizes = shape.map((size) => (typeof size === 'number' ? size : '?')).join(', ');
  return `${name.slice(0, 20)} [${sizes}]${columnMajor ? ' in Fortran order' : ''}`;
}

/** The images of the batch in rows. @throws Error that says what is there instead. */
function pixelsOf(content: ReadonlyMap<unknown, unknown>, imagesPerBatch: number): Uint8Array {
  const array = entry(content, 'data');
  if (!(array instanceof PickledArray)) throw new Error('its "data" is not a NumPy array');
  const typeName = array.type instanceof PickledType ? toText(array.type.name) : null;
  const [rows, columns] = array.shape;
  const isByte = typeName !== null && /^(\|?u1|uint8)$/.test(typeName);
  const isMatrix = array.shape.length === 2 && rows === imagesPerBatch && columns === IMAGE_BYTES;
  const expected = `u1 [${imagesPerBatch}, ${IMAGE_BYTES}]`;
  if (!isByte || !isMatrix) {
    throw new Error(`its "data" is ${describeArray(array)}, expected ${expected}`);
  }
  const bytes = toBytes(array.data);
  if (bytes?.length !== imagesPerBatch * IMAGE_BYTES) {
    const size = bytes === null ? 'no bytes' : `${bytes.length} bytes`;
    throw new Error(`its "data" claims to be ${expected}, and has ${size}`);
  }
  return inRows(bytes, imagesPerBatch, IMAGE_BYTES, array.columnMajor);
}

function labelsOf(content: ReadonlyMap<unknown, unknown>, imagesPerBatch: number): Uint8Array {
  const labels = entry(content, 'labels');
  const isLabel = (label: unknown): label is number =>
    Number.isInteger(label) &&
    (label as number) >= 0 &&
    (label as number) < CIFAR10_LABEL_NAMES.length;
  if (!Array.isArray(labels) || labels.length !== imagesPerBatch || !labels.every(isLabel)) {
    const other = entry(content, 'fine_labels') === undefined ? '' : ': it is CIFAR-100';
    throw new Error(`its "labels" are not ${imagesPerBatch} numbers from 0 to 9${other}`);
  }
  return Uint8Array.from(labels as number[]);
}

function fileNamesOf(content: ReadonlyMap<unknown, unknown>, imagesPerBatch: number): string[] {
  const fileNames = entry(content, 'filenames');
  const names = Array.isArray(fileNames) ? fileNames.map(toText) : [];
  if (names.length !== imagesPerBatch || !names.every((name) => name !== null)) {
    throw new Error(`its "filenames" are not ${imagesPerBatch} names`);
  }
  return names;
}

/**
 * Reads a batch of the Python version: a pickled dictionary with `data` (a NumPy array `[N, 3072]` of bytes, in rows or in
 * Fortran order), `labels` and `filenames`, in any of pickle's protocols 0 to 5.
 *
 * @internal
 * @throws DamagedDataError when the pickle cannot be read or holds something else; it says what.
 */
export function parsePythonBatch(bytes: Uint8Array, path: string, imagesPerBatch: number): Batch {
  try {
    const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
    const other = OTHER_KINDS.find(([, magic]) => head.trimStart().startsWith(magic));
    if (other !== undefined) throw new Error(`it is ${other[0]}`);
    const content = unpickle(bytes, imagesPerBatch);
    if (!(content instanceof Map)) throw new Error('it does not hold a dictionary');
    return {
      bytes: pixelsOf(content, imagesPerBatch),
      labels: labelsOf(content, imagesPerBatch),
      fileNames: fileNamesOf(content, imagesPerBatch),
      offset: 0,
      stride: IMAGE_BYTES,
    };
  } catch (cause) {
    // Whatever the parser or a forged object throws (RangeError, TypeError): the file is at fault.
    const isOurs =
      cause instanceof Error && !(cause instanceof TypeError || cause instanceof RangeError);
    const what = isOurs ? cause.message.replace(/\.$/, '') : 'its parts do not fit together';
    throw new DamagedDataError(
      `${path} is not a batch of CIFAR-10's Python version: ${what}.`,
      path,
      { advice: GET_AGAIN, cause },
    );
  }
}
