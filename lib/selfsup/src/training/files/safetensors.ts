import { InvalidArgumentError, SelfSupError } from '../../runtime/errors';
import {
  CODECS,
  isSafetensorsDtype,
  type SafetensorsDtype,
  type SafetensorsValues,
} from './safetensors-dtypes';

/** One named tensor: its type decides which array holds its values. */
export type SafetensorsTensor = {
  readonly [D in SafetensorsDtype]: {
    readonly name: string;
    readonly dtype: D;
    readonly shape: readonly number[];
    /** The values in row-major order. */
    readonly values: SafetensorsValues[D];
  };
}[SafetensorsDtype];

/** What one file in the safetensors format holds. */
export interface SafetensorsContent {
  /** In the order of the header. */
  readonly tensors: readonly SafetensorsTensor[];
  /** Texts stored beside the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes are not, or not completely, a file in the safetensors format. */
export class SafetensorsFormatError extends SelfSupError {}

const LENGTH_BYTES = 8;
/** The format's own limit; without one, eight damaged bytes could ask for any amount of memory. */
const LARGEST_HEADER = 100_000_000;

/**
 * The bytes of a file in the safetensors format: eight bytes with the length of a JSON header, the header, the values.
 * Python (`safetensors`), Rust and others read it.
 *
 * @throws InvalidArgumentError when a name is used twice or is `__metadata__`, values do not fit their shape, or names and
 *   texts need a header of more than 100 MB, which no reader accepts.
 */
export function encodeSafetensors({ tensors, metadata }: SafetensorsContent): Uint8Array {
  // Without a prototype, a tensor named __proto__ is an entry like any other.
  const header: Record<string, unknown> = Object.create(null);
  header.__metadata__ = metadata;
  let offset = 0;
  const parts = tensors.map((tensor) => {
    const { name, dtype, shape } = tensor;
    if (name in header) {
      throw new InvalidArgumentError(
        `Two tensors are named "${name}", or it is the name the format keeps for itself; give each a name of its own.`,
      );
    }
    const bytes = encodedValues(tensor);
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.byteLength] };
    offset += bytes.byteLength;
    return bytes;
  });
  const text = Buffer.from(JSON.stringify(header));
  // Values begin at a multiple of eight, so that others can map them into memory.
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, ' ');
  if (padded.length > LARGEST_HEADER) {
    throw new InvalidArgumentError(
      `The names and texts need a header of ${padded.length} bytes; the format allows ${LARGEST_HEADER}. Store long texts in a file of their own.`,
    );
  }
  text.copy(padded);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}

function encodedValues(tensor: SafetensorsTensor): Uint8Array {
  const { name, dtype, shape, values } = tensor;
  const size = shape.reduce((product, length) => product * length, 1);
  if (values.length !== size) {
    throw new InvalidArgumentError(
      `Tensor "${name}" has ${values.length} values and the shape [${shape}], which holds ${size}.`,
    );
  }
  const encode = CODECS[dtype].encode as (values: SafetensorsTensor['values']) => ArrayBufferView;
  const { buffer, byteOffset, byteLength } = encode(values);
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/**
 * Reads the bytes of a file in the safetensors format, whoever wrote it.
 *
 * @throws SafetensorsFormatError when they are not complete and consistent: the tensors must fill the file without gaps
 *   and overlaps, as the format demands; also for a type that is not read here (numbers of 8 bits and fewer, complex).
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsContent {
  const { header, dataStart } = parseHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isTexts(metadata)) {
    throw new SafetensorsFormatError('its __metadata__ is not an object of texts');
  }
  const laidOut = Object.entries(entries).map(([name, entry]) => checkedEntry(name, entry));
  assertLayout(laidOut, bytes.length - dataStart);
  const tensors = laidOut.map(({ name, dtype, shape, range: [begin, end] }) => {
    // A copy, because a typed array must begin at a multiple of its element's size.
    const { buffer } = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end));
    return { name, dtype, shape, values: CODECS[dtype].decode(buffer) } as SafetensorsTensor;
  });
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < LENGTH_BYTES) {
    throw new SafetensorsFormatError(`it has only ${bytes.length} bytes`);
  }
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.readBigUInt64LE();
  if (size > BigInt(Math.min(bytes.length - LENGTH_BYTES, LARGEST_HEADER))) {
    throw new SafetensorsFormatError(
      `its header should have ${size} bytes, the file has ${bytes.length}`,
    );
  }
  const dataStart = LENGTH_BYTES + Number(size);
  let header: unknown;
  try {
    header = JSON.parse(view.toString('utf8', LENGTH_BYTES, dataStart));
  } catch {
    throw new SafetensorsFormatError('its header is not JSON');
  }
  if (!isObject(header)) throw new SafetensorsFormatError('its header is not a JSON object');
  return { header, dataStart };
}

interface Entry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** First byte of the values and the one after the last, counted from the end of the header. */
  readonly range: readonly [number, number];
}

function checkedEntry(name: string, entry: unknown): Entry {
  const { dtype, shape, data_offsets: range } = isObject(entry) ? entry : {};
  const named = JSON.stringify(name.slice(0, 80));
  if (!isSafetensorsDtype(dtype)) {
    const type =
      dtype === undefined ? 'no type' : `the type ${JSON.stringify(dtype)?.slice(0, 80)}`;
    throw new SafetensorsFormatError(
      `${named} has ${type}; types that are read: ${Object.keys(CODECS).join(', ')}`,
    );
  }
  if (!isSizes(shape) || !isSizes(range) || range.length !== 2) {
    throw new SafetensorsFormatError(`the shape or the place of ${named} is not a list of sizes`);
  }
  const bytes = shape.reduce((product, size) => product * size, CODECS[dtype].bytesPerValue);
  const [begin, end] = range as [number, number];
  if (end - begin !== bytes) {
    throw new SafetensorsFormatError(
      `${named}, ${dtype} of shape [${shape}], takes ${bytes} bytes and is given ${end - begin}`,
    );
  }
  return { name, dtype, shape, range: [begin, end] };
}

function assertLayout(entries: readonly Entry[], dataBytes: number): void {
  let reached = 0;
  const inOrder = [...entries].sort((a, b) => a.range[0] - b.range[0] || a.range[1] - b.range[1]);
  for (const { name, range } of inOrder) {
    if (range[0] !== reached) {
      throw new SafetensorsFormatError(
        `the values of ${JSON.stringify(name.slice(0, 80))} begin at byte ${range[0]}, expected ${reached}`,
      );
    }
    reached = range[1];
  }
  if (reached !== dataBytes) {
    throw new SafetensorsFormatError(`its values should have ${reached} bytes, not ${dataBytes}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
