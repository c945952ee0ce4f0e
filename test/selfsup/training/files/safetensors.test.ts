import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  encodeSafetensors,
  InvalidArgumentError,
  parseSafetensors,
  type SafetensorsContent,
  SafetensorsFormatError,
  type SafetensorsTensor,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const FIXTURES = join(__dirname, 'fixtures');
const fixture = (name: string): Buffer => readFileSync(join(FIXTURES, name));

/** A file with this header, and this many bytes of values. */
function fileWith(header: unknown, dataBytes = 0): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(dataBytes)]);
}

describe('parseSafetensors', () => {
  it('reads every type as Python wrote it, with its extremes', () => {
    const expected: Record<string, { shape: number[]; values: string[] }> = JSON.parse(
      fixture('every-type.json').toString(),
    );
    const { tensors, metadata } = parseSafetensors(fixture('every-type.safetensors'));
    expect(metadata).toEqual({ 'made by': 'Python’s safetensors 0.8.0' });
    expect(tensors.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort());
    const asNumber: Record<string, number> = {
      inf: Number.POSITIVE_INFINITY,
      '-inf': Number.NEGATIVE_INFINITY,
      nan: NaN,
    };
    for (const { name, shape, dtype, values } of tensors) {
      const one = expected[name] as { shape: number[]; values: string[] };
      expect(shape, name).toEqual(one.shape);
      if (dtype.endsWith('64') && dtype !== 'F64') {
        expect([...values], name).toEqual(one.values.map(BigInt));
      } else {
        expect([...values], name).toEqual(one.values.map((text) => asNumber[text] ?? Number(text)));
      }
      if (name in { F64: 1, F16: 1, BF16: 1, I64: 1, U8: 1, BOOL: 1 }) expect(dtype).toBe(name);
    }
  });

  it('reads what lies at any place in memory', () => {
    const bytes = fixture('every-type.safetensors');
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    expect(parseSafetensors(shifted)).toEqual(parseSafetensors(bytes));
  });

  it('reads a file without tensors', () => {
    expect(parseSafetensors(fixture('no-tensors.safetensors'))).toEqual({
      tensors: [],
      metadata: {},
    });
  });

  const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  it.each<[string, unknown, number, RegExp]>([
    ['a list', [], 0, /not a JSON object/],
    ['null', 'null', 0, /not a JSON object/],
    ['metadata that are numbers', { __metadata__: { a: 1 } }, 0, /object of texts/],
    ['an entry that is null', { a: null }, 0, /"a" has no type; types that are read/],
    ['a type not read here', { a: { ...entry, dtype: 'F8_E4M3' } }, 8, /"F8_E4M3".*F64, F32/],
    ['a type of the prototype', { a: { ...entry, dtype: 'toString' } }, 8, /"toString"/],
    ['a negative size', { a: { ...entry, shape: [-2, -1] } }, 8, /not a list of sizes/],
    ['a broken size', { a: { ...entry, shape: [1.5] } }, 8, /not a list of sizes/],
    ['a huge shape', { a: { ...entry, shape: [2 ** 40, 2 ** 40] } }, 8, /is given 8/],
    ['one offset', { a: { ...entry, data_offsets: [0] } }, 8, /not a list of sizes/],
    ['a wrong range', { a: { ...entry, data_offsets: [0, 4] } }, 8, /takes 8 bytes and is given 4/],
    ['a gap', { a: { ...entry, data_offsets: [4, 12] } }, 12, /begin at byte 4, expected 0/],
    ['an overlap', { a: entry, b: { ...entry, data_offsets: [4, 12] } }, 12, /expected 8/],
    ['bytes left over', { a: entry }, 9, /should have 8 bytes, not 9/],
    ['values cut off', { a: entry }, 7, /should have 8 bytes, not 7/],
  ])('refuses %s', (_what, header, dataBytes, message) => {
    const parse = () => parseSafetensors(fileWith(header, dataBytes));
    expect(parse).toThrow(SafetensorsFormatError);
    expect(parse).toThrow(message);
  });

  it('refuses a header longer than the file without making room for it', () => {
    const bytes = Buffer.alloc(64, 0xff);
    expect(() => parseSafetensors(bytes)).toThrow(/its header should have 18446744073709551615/);
  });

  it('answers any bytes and any header with content or its own error', () => {
    const parses = (bytes: Uint8Array): void => {
      try {
        parseSafetensors(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(SafetensorsFormatError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), parses), { numRuns: 500 });
    fc.assert(
      fc.property(fc.json(), fc.nat(32), (header, dataBytes) => {
        parses(fileWith(header, dataBytes));
      }),
      { numRuns: 500 },
    );
    // Near-valid entries reach further than arbitrary JSON does.
    const value = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null));
    const nearEntry = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom('F32', 'I64', 'BOOL', '__proto__'), fc.string()),
        shape: fc.oneof(fc.array(fc.nat(4), { maxLength: 3 }), fc.array(value), value),
        data_offsets: fc.oneof(fc.tuple(fc.nat(16), fc.nat(64)), fc.array(value), value),
      },
      { requiredKeys: [] },
    );
    const names = fc.oneof(fc.constantFrom('__proto__', '__metadata__', 'a'), fc.string());
    fc.assert(
      fc.property(fc.dictionary(names, nearEntry), fc.nat(64), (header, dataBytes) => {
        parses(fileWith(header, dataBytes));
      }),
      { numRuns: 1000 },
    );
    expect(Object.prototype).not.toHaveProperty('dtype');
  });

  it('answers every flipped bit of a valid file with content or its own error', () => {
    const bytes = fixture('positioned.safetensors');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      try {
        parseSafetensors(flipped);
      } catch (error) {
        expect(error, `bit ${bit}`).toBeInstanceOf(SafetensorsFormatError);
      }
    }
  });
});

describe('encodeSafetensors', () => {
  it('writes what parseSafetensors reads, every type of Python’s file', () => {
    const content = parseSafetensors(fixture('every-type.safetensors'));
    const bytes = encodeSafetensors(content);
    expect(Number(Buffer.from(bytes).readBigUInt64LE()) % 8).toBe(0);
    expect(parseSafetensors(bytes)).toEqual(content);
  });

  it('keeps any names, shapes and values', () => {
    const tensor = fc
      .tuple(fc.string({ unit: 'grapheme' }), fc.array(fc.float(), { maxLength: 20 }))
      .filter(([name]) => name !== '__metadata__')
      .map(
        ([name, values]): SafetensorsTensor => ({
          name,
          dtype: 'F32',
          shape: [values.length],
          values: Float32Array.from(values),
        }),
      );
    const content: fc.Arbitrary<SafetensorsContent> = fc.record({
      tensors: fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 6 }),
      metadata: fc.constantFrom({}, { a: 'b', 'é"\\': '\n' }),
    });
    fc.assert(
      fc.property(content, (one) => {
        const read = parseSafetensors(encodeSafetensors(one));
        const byName = (list: readonly SafetensorsTensor[]) =>
          new Map(list.map((each) => [each.name, each]));
        expect(byName(read.tensors)).toEqual(byName(one.tensors));
        expect(read.metadata).toEqual(one.metadata);
      }),
    );
    const odd = { name: '__proto__', dtype: 'U8', shape: [1], values: Uint8Array.of(7) } as const;
    expect(parseSafetensors(encodeSafetensors({ tensors: [odd], metadata: {} })).tensors).toEqual([
      odd,
    ]);
  });

  it.each(['F16', 'BF16'] as const)('rounds to the nearest %s, ties to even', (dtype) => {
    const digits = dtype === 'F16' ? 10 : 7;
    const ulp = 2 ** -digits;
    const rounded = (...values: number[]): number[] => {
      const tensor = {
        name: 'a',
        dtype,
        shape: [values.length],
        values: Float32Array.from(values),
      } as const;
      const bytes = encodeSafetensors({ tensors: [tensor], metadata: {} });
      const [read] = parseSafetensors(bytes).tensors;
      return Array.from(read?.values as Float32Array);
    };
    expect(rounded(1 + ulp / 2, 1 + 1.5 * ulp, 1 + 0.51 * ulp, -1 - 0.49 * ulp)).toEqual([
      1,
      1 + 2 * ulp,
      1 + ulp,
      -1,
    ]);
    // Rounding up may carry into the exponent.
    expect(rounded(2 - ulp / 4, 0, -0, 3.39e38, NaN, Number.NEGATIVE_INFINITY)).toEqual([
      2,
      0,
      -0,
      dtype === 'F16' ? Number.POSITIVE_INFINITY : 3.3895313892515355e38,
      NaN,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it('rounds every half-precision number to itself', () => {
    const values = new Float32Array(2 ** 16);
    const bits = Uint16Array.from(values, (_, index) => index);
    for (const dtype of ['F16', 'BF16'] as const) {
      const header = { a: { dtype, shape: [2 ** 16], data_offsets: [0, 2 ** 17] } };
      const bytes = Buffer.concat([fileWith(header), Buffer.from(bits.buffer)]);
      const read = parseSafetensors(bytes);
      expect(parseSafetensors(encodeSafetensors(read))).toEqual(read);
    }
  });

  it('refuses names used twice and values that do not fill their shape', () => {
    const tensor: SafetensorsTensor = {
      name: 'a',
      dtype: 'F32',
      shape: [2],
      values: Float32Array.of(1, 2),
    };
    const encode = (...tensors: SafetensorsTensor[]) =>
      encodeSafetensors({ tensors, metadata: {} });
    expect(() => encode(tensor, tensor)).toThrow(InvalidArgumentError);
    expect(() => encode(tensor, tensor)).toThrow(/named "a"/);
    expect(() => encode({ ...tensor, name: '__metadata__' })).toThrow(/keeps for itself/);
    expect(() => encode({ ...tensor, shape: [3] })).toThrow(/has 2 values and the shape \[3\]/);
  });
});

it('writes no header that no reader accepts', () => {
  const metadata = { history: 'x'.repeat(100_000_001) };
  expect(() => encodeSafetensors({ tensors: [], metadata })).toThrow(/the format allows 100000000/);
});
