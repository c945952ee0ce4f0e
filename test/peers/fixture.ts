import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tf } from 'selfsup';

/** A tensor as `python/fixture.py` writes it: the bytes of its numbers, little-endian. */
export interface StoredTensor {
  readonly shape: number[];
  readonly float32?: string;
  readonly int32?: string;
}

/** What a script has written. */
export interface Fixture {
  /** Versions of Python and of the packages. */
  readonly made: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, readonly unknown[]>>;
}

export const FIXTURES = [
  'losses',
  'augmentations',
  'metrics',
  'training',
  'layers',
  'transformer',
  'models',
  'file-formats',
] as const;

export type FixtureName = (typeof FIXTURES)[number];

export function readFixture(name: FixtureName): Fixture {
  return JSON.parse(readFileSync(join(__dirname, 'fixtures', `${name}.json`), 'utf8')) as Fixture;
}

/** The numbers of a stored tensor. */
export function numbers({ float32, int32 }: StoredTensor): number[] {
  const bytes = new Uint8Array(Buffer.from(float32 ?? int32 ?? '', 'base64'));
  return float32 === undefined
    ? [...new Int32Array(bytes.buffer)]
    : [...new Float32Array(bytes.buffer)];
}

/** A stored tensor on the engine; the caller disposes it. */
export function load<R extends tf.Rank = tf.Rank>(stored: StoredTensor): tf.Tensor<R> {
  const dtype = stored.float32 === undefined ? 'int32' : 'float32';
  return tf.tensor(numbers(stored), stored.shape as tf.ShapeMap[R], dtype);
}

/**
 * The largest difference from the peer's numbers, as a share of the largest of them.
 *
 * @param scale What numbers are compared with where all of the peer's are smaller: where they cancel to 0, ours may differ
 *   from it by what the terms are rounded by.
 */
export function relativeDifference(
  ours: tf.Tensor | ArrayLike<number>,
  theirs: StoredTensor | ArrayLike<number>,
  scale = 0,
): number {
  const a = ours instanceof tf.Tensor ? ours.dataSync() : ours;
  const b = 'shape' in theirs ? numbers(theirs) : theirs;
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  if (ours instanceof tf.Tensor && 'shape' in theirs && ours.shape.join() !== theirs.shape.join()) {
    return Number.POSITIVE_INFINITY;
  }
  let [difference, largest] = [0, scale];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (!Number.isFinite(x) || !Number.isFinite(y)) return Number.NaN;
    difference = Math.max(difference, Math.abs(x - y));
    largest = Math.max(largest, Math.abs(y));
  }
  return largest === 0 ? difference : difference / largest;
}
