import { InvalidArgumentError, nearDuplicates, RandomGenerator, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

/** Unit vectors at these angles, in degrees. */
const atAngles = (...degrees: number[]) =>
  tf.tensor2d(
    degrees.map((one) => [Math.cos((one * Math.PI) / 180), Math.sin((one * Math.PI) / 180)]),
  );

/** The same by a double loop and a search from each row. */
function byHand(rows: number[][], threshold: number): number[][] {
  const cosine = (a: number[], b: number[]) =>
    a.reduce((sum, v, d) => sum + v * (b[d] as number), 0) / (Math.hypot(...a) * Math.hypot(...b));
  const seen = new Set<number>();
  const groups: number[][] = [];
  rows.forEach((_, start) => {
    if (seen.has(start)) return;
    const group = [start];
    seen.add(start);
    for (const at of group) {
      rows.forEach((row, other) => {
        if (!seen.has(other) && cosine(rows[at] as number[], row) >= threshold) {
          seen.add(other);
          group.push(other);
        }
      });
    }
    if (group.length > 1) groups.push(group.sort((a, b) => a - b));
  });
  return groups;
}

describe('nearDuplicates', () => {
  it('groups what is close, also by a chain, and leaves the rest alone', async () => {
    // 0° and 10° are close, 10° and 20° too; 0° and 20° are not.
    const features = atAngles(0, 90, 20, 10, 95, 200);
    const threshold = Math.cos((12 * Math.PI) / 180);
    expect(await nearDuplicates(features, { threshold })).toEqual([
      [0, 2, 3],
      [1, 4],
    ]);
    expect(await nearDuplicates(features, { threshold: 0.9999 })).toEqual([]);
  });

  it('takes a cosine of 0.995 where none is given, as lesson 11 measured', async () => {
    // 5° have a cosine of 0.9962, 6° one of 0.9945.
    expect(await nearDuplicates(atAngles(0, 5, 90, 96))).toEqual([[0, 1]]);
  });

  it('finds equal rows at a threshold of 1, whatever their length, also far from the origin', async () => {
    const random = new RandomGenerator(2);
    const row = () => Array.from({ length: 16 }, () => 1000 + random.nextInteger(1000) / 1000);
    const [a, b] = [row(), row()];
    const rows = [a, b, a.map((v) => v * 3), row(), b];
    expect(await nearDuplicates(tf.tensor2d(rows), { threshold: 1 })).toContainEqual(
      expect.arrayContaining([0, 2]),
    );
    const centred = rows.map((one) => one.map((v) => v - 1000.5));
    const apart = [centred[0], centred[1], centred[0], centred[3], centred[1]] as number[][];
    expect(await nearDuplicates(tf.tensor2d(apart), { threshold: 1 })).toEqual([
      [0, 2],
      [1, 4],
    ]);
  });

  it.each([1, 7, 512])('equals a double loop over 60 rows, in batches of %d', async (batchSize) => {
    const random = new RandomGenerator(5);
    const rows = Array.from({ length: 60 }, () => [
      random.nextInteger(1000) / 1000 - 0.5,
      random.nextInteger(1000) / 1000 - 0.5,
      random.nextInteger(1000) / 1000 - 0.5,
    ]);
    const found = await nearDuplicates(tf.tensor2d(rows), { threshold: 0.985, batchSize });
    expect(found).toEqual(byHand(rows, 0.985));
    expect(found.length).toBeGreaterThan(2);
  });

  it('leaves no tensors, and says what is wrong with its input', async () => {
    const features = atAngles(0, 1, 2);
    const before = tf.memory().numTensors;
    await nearDuplicates(features);
    expect(tf.memory().numTensors).toBe(before);
    for (const threshold of [0, 1.1, Number.NaN]) {
      await expect(nearDuplicates(features, { threshold })).rejects.toThrow(InvalidArgumentError);
    }
    await expect(nearDuplicates(tf.tensor2d([[Number.NaN, 1]]))).rejects.toThrow(/finite|NaN/);
  });
});
