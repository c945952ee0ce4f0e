import { InMemoryImageDataSet, RandomGenerator } from 'selfsup';

/**
 * `size` images of 4×4 noise, brighter in class 1 than in class 0; the two classes alternate, or are drawn.
 *
 * @param brighter By how much of 255: 100 is impossible to miss, 20 hard to tell.
 */
export function syntheticImages(
  size: number,
  seed = 1,
  { brighter = 100, alternate = true }: { brighter?: number; alternate?: boolean } = {},
): InMemoryImageDataSet {
  const random = new RandomGenerator(seed);
  const labels = Uint8Array.from({ length: size }, (_, i) =>
    alternate ? i % 2 : random.nextInteger(2),
  );
  const pixels = Uint8Array.from(
    { length: size * 48 },
    (_, p) => random.nextInteger(100) + brighter * (labels[Math.floor(p / 48)] as number),
  );
  return new InMemoryImageDataSet({
    name: 'Synthetic',
    split: 'test',
    imageShape: [4, 4, 3],
    pixels,
    labels,
    labelNames: ['dark', 'bright'],
    captions: Array.from(labels, (label) => ['dark', 'bright'][label] as string),
    source: 'made for a test',
  });
}
