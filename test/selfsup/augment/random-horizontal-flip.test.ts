import { InvalidArgumentError, RandomStream, randomHorizontalFlip } from 'selfsup';
import { expect, test } from 'vitest';
import { exampleImages, take } from './example-images';

test('mirrors exactly, or leaves exactly as it is, about half of the images each', () => {
  const images = exampleImages(400, 4, 5);
  const source = images.arraySync();
  const flipped = take(randomHorizontalFlip()(images, new RandomStream([1, 2])));
  images.dispose();
  let mirrored = 0;
  flipped.forEach((image, i) => {
    const original = source[i] ?? [];
    if (JSON.stringify(image) === JSON.stringify(original)) return;
    expect(image).toEqual(original.map((row) => [...row].reverse()));
    mirrored++;
  });
  // Five standard deviations of 400 tosses are 50.
  expect(Math.abs(mirrored - 200)).toBeLessThan(50);
});

test('mirrors none with probability 0 and all with probability 1', () => {
  const images = exampleImages(10, 3, 4);
  const source = images.arraySync();
  expect(take(randomHorizontalFlip({ probability: 0 })(images, new RandomStream([1, 2])))).toEqual(
    source,
  );
  expect(take(randomHorizontalFlip({ probability: 1 })(images, new RandomStream([1, 2])))).toEqual(
    source.map((image) => image.map((row) => [...row].reverse())),
  );
  images.dispose();
});

test.each([-0.1, 1.1, Number.NaN])('refuses probability %s', (probability) => {
  expect(() => randomHorizontalFlip({ probability })).toThrow(InvalidArgumentError);
});
