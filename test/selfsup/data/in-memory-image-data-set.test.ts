import { InMemoryImageDataSet, InvalidArgumentError, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

const SIZE = 300;
const SHAPE = [4, 5, 3] as const;
const IMAGE = 4 * 5 * 3;
const images = () => ({
  name: 'Test images',
  split: 'train' as const,
  imageShape: SHAPE,
  pixels: Uint8Array.from({ length: SIZE * IMAGE }, (_, p) => (p * 37 + (p >> 7)) % 256),
  labels: Uint8Array.from({ length: SIZE }, (_, i) => i % 3),
  labelNames: ['a', 'b', 'c'],
  captions: Array.from({ length: SIZE }, (_, i) => `image ${i}`),
  concepts: Int32Array.from({ length: SIZE }, (_, i) => i >> 1),
  artists: Uint8Array.from({ length: SIZE }, (_, i) => i & 1),
  artistNames: ['left', 'right'],
  source: 'Made by the test.',
});

describe('images()', () => {
  it('are float32 in [0, 1], the pixels divided by 255', () => {
    const set = new InMemoryImageDataSet(images());
    const tensor = set.images();
    expect(tensor.dtype).toBe('float32');
    expect(tensor.shape).toEqual([SIZE, ...SHAPE]);
    expect(tensor.dataSync()).toEqual(Float32Array.from(set.pixels, (value) => value / 255));
    expect(tensor.max().dataSync()[0]).toBe(1);
    tensor.dispose();
  });

  it('at positions come in that order, repeats allowed', () => {
    const set = new InMemoryImageDataSet(images());
    const tensor = set.images([7, 0, 7]);
    const expected = [7, 0, 7].flatMap((i) => [...set.pixels.slice(i * IMAGE, (i + 1) * IMAGE)]);
    expect(tensor.dataSync()).toEqual(Float32Array.from(expected, (value) => value / 255));
    tensor.dispose();
  });

  it('are the only tensor that is made', () => {
    const set = new InMemoryImageDataSet(images());
    const before = tf.memory().numTensors;
    for (let i = 0; i < 10; i++) {
      const tensor = set.subset([1, 2]).images([i % 2]);
      expect(tf.memory().numTensors).toBe(before + 1);
      tensor.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([-1, SIZE, 1.5, Number.NaN])('refuse position %s', (index) => {
    const set = new InMemoryImageDataSet(images());
    expect(() => set.images([index])).toThrow(InvalidArgumentError);
    expect(() => set.images([index])).toThrow(/0 to 299/);
  });
});

describe('subset()', () => {
  it('carries everything along, in the order given', () => {
    const set = new InMemoryImageDataSet(images());
    const subset = set.subset([10, 3, 299]);
    expect(subset).toMatchObject({
      size: 3,
      name: 'Test images',
      split: 'train',
      imageShape: SHAPE,
    });
    expect([...subset.labels]).toEqual([1, 0, 2]);
    expect(subset.captions).toEqual(['image 10', 'image 3', 'image 299']);
    expect([...(subset.concepts ?? [])]).toEqual([5, 1, 149]);
    expect([...(subset.artists ?? [])]).toEqual([0, 1, 1]);
    expect(subset.pixels.slice(IMAGE, 2 * IMAGE)).toEqual(set.pixels.slice(3 * IMAGE, 4 * IMAGE));
    const [whole, part] = [set.images([299]), subset.images([2])];
    expect(part.dataSync()).toEqual(whole.dataSync());
    tf.dispose([whole, part]);
  });

  it('of a subset counts within it', () => {
    const set = new InMemoryImageDataSet(images());
    const nested = set.subset([10, 3, 299]).subset([2, 0]);
    expect(nested.captions).toEqual(['image 299', 'image 10']);
    expect(nested.pixels.slice(0, IMAGE)).toEqual(set.pixels.slice(299 * IMAGE));
    expect(() => set.subset([10]).subset([1])).toThrow(InvalidArgumentError);
    expect(() => set.subset([10]).images([1])).toThrow(InvalidArgumentError);
  });

  it('may be empty', () => {
    const subset = new InMemoryImageDataSet(images()).subset([]);
    expect(subset.size).toBe(0);
    expect(subset.pixels).toHaveLength(0);
  });
});

it('has null concepts and artists where there are none', () => {
  const { concepts, artists, artistNames, ...rest } = images();
  const set = new InMemoryImageDataSet(rest).subset([1]);
  expect([set.concepts, set.artists, set.artistNames]).toEqual([null, null, []]);
  expect([concepts, artists, artistNames]).not.toContain(null);
});

it('refuses lengths that do not match', () => {
  const good = images();
  expect(() => new InMemoryImageDataSet({ ...good, pixels: good.pixels.slice(1) })).toThrow(
    /300 labels need 18000 pixel values.*given 17999/,
  );
  for (const name of ['captions', 'concepts', 'artists'] as const) {
    expect(() => new InMemoryImageDataSet({ ...good, [name]: good[name].slice(1) })).toThrow(
      InvalidArgumentError,
    );
  }
});
