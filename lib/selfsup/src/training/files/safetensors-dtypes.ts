import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half-precision';

/** Values of each type, as JavaScript holds them. `F16` and `BF16` are widened to float32, which is exact. */
export interface SafetensorsValues {
  readonly F64: Float64Array;
  readonly F32: Float32Array;
  readonly F16: Float32Array;
  readonly BF16: Float32Array;
  readonly I64: BigInt64Array;
  readonly I32: Int32Array;
  readonly I16: Int16Array;
  readonly I8: Int8Array;
  readonly U64: BigUint64Array;
  readonly U32: Uint32Array;
  readonly U16: Uint16Array;
  readonly U8: Uint8Array;
  /** 0 or 1. */
  readonly BOOL: Uint8Array;
}

/** A type of number, by the format's name for it. */
export type SafetensorsDtype = keyof SafetensorsValues;

interface Codec<V> {
  readonly bytesPerValue: number;
  /** Reads values from a buffer of their own, which begins at its start. */
  readonly decode: (buffer: ArrayBuffer) => V;
  readonly encode: (values: V) => ArrayBufferView;
}

/** A type whose values lie in memory as they lie in the file. */
function plain<V extends ArrayBufferView>(
  decode: (buffer: ArrayBuffer) => V,
  bytesPerValue: number,
): Codec<V> {
  return { bytesPerValue, decode, encode: (values) => values };
}

/** How each type is read and written. The format is little-endian, as every processor that TensorFlow runs on. */
export const CODECS: { readonly [D in SafetensorsDtype]: Codec<SafetensorsValues[D]> } = {
  F64: plain((buffer): Float64Array => new Float64Array(buffer), 8),
  F32: plain((buffer): Float32Array => new Float32Array(buffer), 4),
  F16: {
    bytesPerValue: 2,
    decode: (buffer) => fromFloat16(new Uint16Array(buffer)),
    encode: toFloat16,
  },
  BF16: {
    bytesPerValue: 2,
    decode: (buffer) => fromBfloat16(new Uint16Array(buffer)),
    encode: toBfloat16,
  },
  I64: plain((buffer): BigInt64Array => new BigInt64Array(buffer), 8),
  I32: plain((buffer): Int32Array => new Int32Array(buffer), 4),
  I16: plain((buffer): Int16Array => new Int16Array(buffer), 2),
  I8: plain((buffer): Int8Array => new Int8Array(buffer), 1),
  U64: plain((buffer): BigUint64Array => new BigUint64Array(buffer), 8),
  U32: plain((buffer): Uint32Array => new Uint32Array(buffer), 4),
  U16: plain((buffer): Uint16Array => new Uint16Array(buffer), 2),
  U8: plain((buffer): Uint8Array => new Uint8Array(buffer), 1),
  BOOL: plain((buffer): Uint8Array => new Uint8Array(buffer), 1),
};

/** Whether this name of a type is one that is read and written here. */
export function isSafetensorsDtype(name: unknown): name is SafetensorsDtype {
  return typeof name === 'string' && Object.hasOwn(CODECS, name);
}
