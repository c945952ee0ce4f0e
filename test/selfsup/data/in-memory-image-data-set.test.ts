import {
  InMemoryImageDataSet,
  InvalidArgumentError,
  imageBatches,
  labelledImageBatches,
  labelSubset,
  tf,
} from 'selfsup';
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

it('refuses lengths that do not match', () => {
  const good = images();
  expect(() => new InMemoryImageDataSet({ ...good, pixels: good.pixels.slice(1) })).toThrow(
    /300 labels need 18000 pixel values.*given 17999/,
  );
  expect(() => new InMemoryImageDataSet({ ...good, captions: good.captions.slice(1) })).toThrow(
    InvalidArgumentError,
  );
});

describe('images without labels', () => {
  const { labels: _, labelNames: __, captions: ___, source: ____, ...unlabelled } = images();

  it('are a set of their own, which says so where labels are asked for', () => {
    const set = new InMemoryImageDataSet(unlabelled).subset([2, 1]);
    expect(set).toMatchObject({ size: 2, isLabelled: false, labelNames: [], captions: ['', ''] });
    expect(set.pixels.slice(IMAGE)).toEqual(unlabelled.pixels.slice(IMAGE, 2 * IMAGE));
    expect(() => set.labels).toThrow(/Test images: these images have no labels/);
    expect(() => labelSubset(set, { perClass: 1 })).toThrow(InvalidArgumentError);
    expect(() => labelledImageBatches(set).batch([0])).toThrow(/no labels/);
    expect(imageBatches(set).size).toBe(2);
  });

  it('must fill their pixels', () => {
    const pixels = unlabelled.pixels.slice(1);
    expect(() => new InMemoryImageDataSet({ ...unlabelled, pixels })).toThrow(
      /299 images need 17940 pixel values.*given 17999/,
    );
  });
});

describe('labels', () => {
  it('may go beyond 255, in subsets too', () => {
    const labels = Int32Array.from({ length: SIZE }, (_, i) => 70_000 + i);
    const set = new InMemoryImageDataSet({ ...images(), labels, labelNames: [] }).subset([5, 299]);
    expect([...set.labels]).toEqual([70_005, 70_299]);
    const batch = labelledImageBatches(set).batch([1]);
    expect([...batch.labels.dataSync()]).toEqual([70_299]);
    tf.dispose(batch);
  });

  it('are named by their numbers, and are the captions, where nothing else is given', () => {
    const { labelNames: _, captions: __, ...rest } = images();
    const set = new InMemoryImageDataSet(rest).subset([4, 2]);
    expect(set).toMatchObject({
      isLabelled: true,
      labelNames: ['0', '1', '2'],
      captions: ['1', '2'],
    });
  });

  it('are refused below 0', () => {
    const labels = Int32Array.from({ length: SIZE }, (_, i) => (i === 7 ? -1 : 0));
    expect(() => new InMemoryImageDataSet({ ...images(), labels })).toThrow(/label 7 is -1/);
  });
});
