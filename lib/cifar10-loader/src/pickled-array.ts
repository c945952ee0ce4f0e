/** A NumPy array as its pickle describes it. */
export class PickledArray {
  shape: readonly unknown[] = [];
  type: unknown = null;
  /** Fortran order: the first index varies fastest. */
  columnMajor = false;
  data: unknown = null;

  __setstate__([, shape, type, columnMajor, data]: unknown[]): void {
    this.shape = Array.isArray(shape) ? shape : [];
    this.type = type;
    this.columnMajor = columnMajor === true;
    this.data = data;
  }
}

export class PickledType {
  constructor(readonly name: unknown) {}

  /** Byte order and alignment: without meaning for single bytes. */
  __setstate__(): void {}
}

/** Protocol 5 hands over the buffer of an array as it is. */
function fromBuffer(data: unknown, type: unknown, shape: unknown, order: unknown): PickledArray {
  const array = new PickledArray();
  array.__setstate__([1, shape, type, order === 'F', data]);
  return array;
}

/** The only names a CIFAR-10 pickle mentions; a pickle may name any function, so every other one is refused. */
const KNOWN_NAMES: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  'numpy.core.multiarray._reconstruct': () => new PickledArray(),
  'numpy._core.multiarray._reconstruct': () => new PickledArray(),
  'numpy.core.numeric._frombuffer': fromBuffer,
  'numpy._core.numeric._frombuffer': fromBuffer,
  'numpy.ndarray': () => new PickledArray(),
  'numpy.dtype': (name) => new PickledType(name),
  '_codecs.encode': (text) => text,
};

/**
 * The function that a pickle names. Each call gives one of its own, frozen: a pickle may set properties of whatever it
 * has named.
 *
 * @internal
 * @throws Error where no batch names it.
 */
export function knownName(module: unknown, name: unknown): (...args: unknown[]) => unknown {
  // Whatever lies on the pickle's stack; as text, a list within lists could be without end.
  if (typeof module !== 'string' || typeof name !== 'string') {
    throw new Error('what it names is no text');
  }
  const full = `${module}.${name}`;
  const known = Object.hasOwn(KNOWN_NAMES, full) ? KNOWN_NAMES[full] : undefined;
  if (known === undefined) throw new Error(`it names ${full.slice(0, 80)}`);
  return Object.freeze((...args: unknown[]) => known(...args));
}

/** The bytes of a text of latin-1, or of bytes; `null` for anything else. @internal */
export function toBytes(data: unknown): Uint8Array | null {
  if (typeof data === 'string') return Buffer.from(data, 'latin1');
  return data instanceof Uint8Array ? data : null;
}

/** A text or bytes as text; `null` for anything else. A pickle's lists may hold themselves. @internal */
export function toText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : null;
}

/**
 * Bytes of a matrix in rows, whatever order they come in; a copy only where it has to be turned.
 *
 * @internal
 */
export function inRows(
  bytes: Uint8Array,
  rows: number,
  columns: number,
  columnMajor: boolean,
): Uint8Array {
  if (!columnMajor) return bytes;
  const turned = new Uint8Array(bytes.length);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      turned[row * columns + column] = bytes[column * rows + row] as number;
    }
  }
  return turned;
}
