import { InMemoryImageDataSet, RandomGenerator } from 'selfsup';

/** `size` images of 4×4 noise, brighter in class 1 than in class 0; the two classes alternate. */
export function syntheticImages(size: number, seed = 1): InMemoryImageDataSet {
  const random = new RandomGenerator(seed);
  const labels = Uint8Array.from({ length: size }, (_, i) => i % 2);
  const pixels = Uint8Array.from(
    { length: size * 48 },
    (_, p) => random.nextInteger(100) + 100 * (labels[Math.floor(p / 48)] as number),
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
