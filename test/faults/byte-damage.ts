import fc from 'fast-check';

/** One way to damage bytes; places are parts of the whole, from 0 to 1. */
export interface Damage {
  readonly how: 'flip' | 'cut' | 'zero' | 'insert' | 'repeat' | 'swap' | 'overwrite';
  readonly at: number;
  readonly size: number;
  readonly value: number;
}

const place = fc.double({ min: 0, max: 1, noNaN: true });

/** One to three damages. Bits are flipped most: what a disk and a network do. */
export const damages: fc.Arbitrary<Damage[]> = fc.array(
  fc.record({
    how: fc.oneof(
      { weight: 4, arbitrary: fc.constant<Damage['how']>('flip') },
      { weight: 2, arbitrary: fc.constant<Damage['how']>('cut') },
      {
        weight: 4,
        arbitrary: fc.constantFrom<Damage['how']>('zero', 'insert', 'repeat', 'swap', 'overwrite'),
      },
    ),
    // The beginning, where headers stand, is hit as often as all the rest.
    at: fc.oneof(
      place,
      place.map((x) => x * 0.02),
    ),
    size: fc.nat({ max: 64 }).map((size) => size + 1),
    value: fc.nat({ max: 255 }),
  }),
  { minLength: 1, maxLength: 3 },
);

/** Bytes with all the damages done, in their order. */
export function damaged(bytes: Buffer, list: readonly Damage[]): Buffer {
  let result = Buffer.from(bytes);
  for (const { how, at, size, value } of list) {
    const start = Math.min(Math.floor(at * result.length), Math.max(0, result.length - 1));
    const piece = Buffer.from(result.subarray(start, start + size));
    const before = result.subarray(0, start);
    const after = result.subarray(start + piece.length);
    if (how === 'flip' && piece.length > 0) {
      result[start] = (result[start] as number) ^ (1 << (value % 8));
    } else if (how === 'cut') result = Buffer.from(before);
    else if (how === 'zero') result.fill(0, start, start + piece.length);
    else if (how === 'overwrite') result.fill(value, start, start + piece.length);
    else if (how === 'insert') {
      result = Buffer.concat([before, Buffer.alloc(size, value), piece, after]);
    } else if (how === 'repeat') result = Buffer.concat([before, piece, piece, after]);
    else if (how === 'swap') result = Buffer.concat([before, piece.reverse(), after]);
  }
  return result;
}
