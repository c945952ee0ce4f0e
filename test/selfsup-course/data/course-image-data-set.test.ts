import { InvalidArgumentError, imageBatches } from 'selfsup';
import { CourseImageDataSet } from 'selfsup-course';
import { describe, expect, it } from 'vitest';

const SIZE = 300;
const images = () => ({
  name: 'Test images',
  split: 'train' as const,
  imageShape: [2, 2, 3] as const,
  pixels: Uint8Array.from({ length: SIZE * 12 }, (_, p) => p % 256),
  labels: Uint8Array.from({ length: SIZE }, (_, i) => i % 3),
  labelNames: ['a', 'b', 'c'],
  captions: Array.from({ length: SIZE }, (_, i) => `image ${i}`),
  concepts: Int32Array.from({ length: SIZE }, (_, i) => i >> 1),
  artists: Uint8Array.from({ length: SIZE }, (_, i) => i & 1),
  artistNames: ['left', 'right'],
  source: 'Made by the test.',
});

describe('subset()', () => {
  it('carries concepts and artists along, in the order given, also of a subset', () => {
    const subset = new CourseImageDataSet(images()).subset([10, 3, 299]);
    expect([...(subset.concepts ?? [])]).toEqual([5, 1, 149]);
    expect([...(subset.artists ?? [])]).toEqual([0, 1, 1]);
    expect([...subset.labels]).toEqual([1, 0, 2]);
    const nested = subset.subset([2, 0]);
    expect([...(nested.concepts ?? [])]).toEqual([149, 5]);
    expect(nested).toMatchObject({
      captions: ['image 299', 'image 10'],
      artistNames: ['left', 'right'],
    });
    expect(imageBatches(nested).size).toBe(2);
  });
});

it('has null concepts and artists where there are none', () => {
  const { concepts, artists, artistNames, ...rest } = images();
  const set = new CourseImageDataSet(rest).subset([1]);
  expect([set.concepts, set.artists, set.artistNames]).toEqual([null, null, []]);
  expect([concepts, artists, artistNames]).not.toContain(null);
});

it('refuses lengths that do not match', () => {
  const good = images();
  for (const name of ['captions', 'concepts', 'artists'] as const) {
    expect(() => new CourseImageDataSet({ ...good, [name]: good[name].slice(1) })).toThrow(
      InvalidArgumentError,
    );
  }
});
