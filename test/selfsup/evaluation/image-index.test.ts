import { centerCrop, InMemoryImageDataSet, imageIndex, RandomGenerator, tf } from 'selfsup';
import { afterEach, describe, expect, it } from 'vitest';

const SIZE = 4;
const random = new RandomGenerator(1);
const pixels = Uint8Array.from({ length: 20 * SIZE * SIZE * 3 }, () => random.nextInteger(256));
// Picture 13 is picture 4 again.
const one = SIZE * SIZE * 3;
pixels.copyWithin(13 * one, 4 * one, 5 * one);
const pictures = new InMemoryImageDataSet({
  name: 'noise',
  split: 'train',
  pixels,
  imageShape: [SIZE, SIZE, 3],
  source: 'drawn by the test',
});
const flattened = (images: tf.Tensor4D) =>
  tf.tidy(() => images.sub(0.5).reshape([images.shape[0], -1]) as tf.Tensor2D);

describe('imageIndex', () => {
  let before: number;
  afterEach(() => expect(tf.memory().numTensors).toBe(before));

  it('finds a picture by itself, its copy, and then the others by similarity', async () => {
    before = tf.memory().numTensors;
    const index = await imageIndex(flattened, pictures);
    expect(index.size).toBe(20);
    const query = pictures.images([4, 7]);
    const [matches, others] = await index.search(query, { k: 5 });
    expect(
      matches
        ?.map(({ position }) => position)
        .slice(0, 2)
        .sort((a, b) => a - b),
    ).toEqual([4, 13]);
    expect(matches?.[0]?.similarity).toBeCloseTo(1, 5);
    const similarities = matches?.map(({ similarity }) => similarity) ?? [];
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
    expect(similarities[2]).toBeLessThan(0.7);
    expect(others?.[0]?.position).toBe(7);
    expect(await index.nearDuplicates({ threshold: 0.99 })).toEqual([[4, 13]]);
    query.dispose();
    index.dispose();
  });

  it('transforms pictures and queries alike, and finds all where there are fewer than asked for', async () => {
    before = tf.memory().numTensors;
    const transform = centerCrop({ size: 2 });
    const index = await imageIndex(flattened, pictures.subset([0, 1, 2]), { transform });
    expect(index.features.shape).toEqual([3, 12]);
    const query = pictures.images([2]);
    const [matches] = await index.search(query);
    expect(matches).toHaveLength(3);
    expect(matches?.[0]?.position).toBe(2);
    query.dispose();
    index.dispose();
  });
});
