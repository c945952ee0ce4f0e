import { InMemoryImageDataSet, imageBatches } from 'selfsup';
import { expect, it } from 'vitest';

it('imageBatches hands out the images at the positions asked for, in their order', () => {
  const dataSet = new InMemoryImageDataSet({
    name: 'two shades',
    split: 'train',
    imageShape: [1, 1, 3],
    pixels: Uint8Array.from([0, 0, 0, 255, 255, 255, 51, 51, 51]),
    labels: Uint8Array.from([0, 1, 0]),
    labelNames: ['dark', 'light'],
    captions: ['black', 'white', 'grey'],
    source: 'made for a test',
  });
  const batches = imageBatches(dataSet);
  const { images } = batches.batch([1, 2]);
  expect(batches.size).toBe(3);
  expect(images.shape).toEqual([2, 1, 1, 3]);
  [1, 1, 1, 0.2, 0.2, 0.2].forEach((value, k) => {
    expect(images.dataSync()[k]).toBeCloseTo(value, 6);
  });
  images.dispose();
});
