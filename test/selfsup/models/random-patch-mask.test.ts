import { RandomStream, randomPatchMask, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

const random = (seed = 1) => new RandomStream([seed, 5]);
const rows = (mask: tf.Tensor2D) => mask.arraySync();

describe('randomPatchMask', () => {
  it.each([1, 4, 15])('leaves %d of 16 patches of each image visible', (visible) => {
    const mask = rows(randomPatchMask({ images: 50, patches: 16, visible }, random()));
    for (const row of mask) {
      expect(new Set(row)).toEqual(new Set([0, 1]));
      expect(row.filter((hidden) => hidden === 0)).toHaveLength(visible);
    }
  });

  it('hides each patch, and each pair of patches, as often as the others', () => {
    const [images, patches, visible] = [4000, 8, 3];
    const mask = rows(randomPatchMask({ images, patches, visible }, random()));
    const hides = (...places: number[]) =>
      mask.filter((row) => places.every((place) => row[place] === 1)).length / images;
    const one = 5 / 8;
    const two = (5 / 8) * (4 / 7);
    for (let a = 0; a < patches; a++) {
      expect(Math.abs(hides(a) - one)).toBeLessThan(5 * Math.sqrt((one * (1 - one)) / images));
      for (let b = 0; b < a; b++) {
        expect(Math.abs(hides(a, b) - two)).toBeLessThan(5 * Math.sqrt((two * (1 - two)) / images));
      }
    }
  });

  it('is decided by its stream', () => {
    const sizes = { images: 6, patches: 16, visible: 4 };
    const first = rows(randomPatchMask(sizes, random()));
    expect(rows(randomPatchMask(sizes, random()))).toEqual(first);
    expect(rows(randomPatchMask(sizes, random(2)))).not.toEqual(first);
    const before = tf.memory().numTensors;
    randomPatchMask(sizes, random()).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
