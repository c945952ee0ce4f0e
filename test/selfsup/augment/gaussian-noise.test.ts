import { gaussianNoise, InvalidArgumentError, RandomStream, tf } from 'selfsup';
import { expect, test } from 'vitest';
import { exampleImages, take } from './example-images';

test('adds independent noise of mean 0 and the given deviation', () => {
  const images = tf.fill<tf.Rank.R4>([40, 10, 10, 3], 0.5);
  const noise = take(gaussianNoise({ standardDeviation: 0.05 })(images, new RandomStream([1, 2])))
    .flat(3)
    .map((value) => value - 0.5);
  images.dispose();
  const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
  const deviation = Math.sqrt(noise.reduce((sum, value) => sum + value * value, 0) / noise.length);
  // 12,000 draws: the mean's standard error is 0.0005, the deviation's 0.0003.
  expect(Math.abs(mean)).toBeLessThan(0.0025);
  expect(Math.abs(deviation - 0.05)).toBeLessThan(0.0016);
  expect(new Set(noise).size).toBeGreaterThan(10_000);
});

test('of deviation 0 changes nothing', () => {
  const images = exampleImages(2, 4);
  expect(take(gaussianNoise({ standardDeviation: 0 })(images, new RandomStream([1, 2])))).toEqual(
    images.arraySync(),
  );
  images.dispose();
});

test.each([-0.1, 2, Number.NaN])('refuses a deviation of %s', (standardDeviation) => {
  expect(() => gaussianNoise({ standardDeviation })).toThrow(InvalidArgumentError);
});
