import {
  adjustColor,
  centerCrop,
  cutout,
  gaussianBlur,
  RandomStream,
  randomCrop,
  randomGreyscale,
  randomHorizontalFlip,
  resize,
  tf,
} from 'selfsup';
import { expect, test } from 'vitest';
import { resizeWindows } from '../../lib/selfsup/src/augment/resize-windows';
import { load, numbers, readFixture, relativeDifference, type StoredTensor } from './fixture';
import { row, tableUnder } from './table';

interface PictureCase {
  readonly images: StoredTensor;
  readonly result: StoredTensor;
}

const random = (seed = 1) => new RandomStream([seed, 2]);

function compare(
  agree: (difference: number, what: string) => void,
  { images, result }: PictureCase,
  augment: (images: tf.Tensor4D) => tf.Tensor4D,
  what: string,
): void {
  const ours = tf.tidy(() => augment(load<tf.Rank.R4>(images)));
  agree(relativeDifference(ours, result), what);
  ours.dispose();
}

test('resize', () => {
  const { cases, agree } = row<PictureCase & { size: number; scale: number }>(
    'augmentations',
    'resize',
  );
  for (const one of cases) {
    const what = `[${one.images.shape}] to ${one.size}, scale ${one.scale}`;
    compare(agree, one, resize({ size: one.size, scale: one.scale }), what);
  }
});

test('randomResizedCrop', () => {
  const { cases, agree } = row<PictureCase & { size: number; windows: StoredTensor }>(
    'augmentations',
    'randomResizedCrop',
  );
  for (const one of cases) {
    const windows = numbers(one.windows);
    const column = (i: number) => tf.tensor1d(windows.filter((_, at) => at % 4 === i));
    const crop = (images: tf.Tensor4D) =>
      resizeWindows(
        images,
        { start: column(0), length: column(2) },
        { start: column(1), length: column(3) },
        [one.size, one.size],
      );
    compare(agree, one, crop, `to ${one.size}`);
  }
});

/** Where `augment` puts 400 copies of a picture: each must be one of the peer's results, and each of those must occur. */
function compareDraws(
  name: 'randomCrop' | 'cutout',
  augment: (images: tf.Tensor4D) => tf.Tensor4D,
): void {
  const { cases, agree } = row<PictureCase>('augmentations', name);
  for (const { images, result } of cases) {
    const drawn = tf.tidy(() => augment(load<tf.Rank.R4>(images).tile([400, 1, 1, 1])));
    const width = drawn.size / 400;
    const [ours, theirs] = [[...drawn.dataSync()], numbers(result)];
    drawn.dispose();
    const places = Array.from({ length: theirs.length / width }, (_, place) =>
      theirs.slice(place * width, (place + 1) * width),
    );
    const seen = new Set<number>();
    for (let draw = 0; draw < 400; draw++) {
      const one = ours.slice(draw * width, (draw + 1) * width);
      const differences = places.map((place) => relativeDifference(one, place));
      const nearest = differences.indexOf(Math.min(...differences));
      agree(differences[nearest] as number, `draw ${draw}`);
      seen.add(nearest);
    }
    expect(seen.size, 'places that were drawn').toBe(places.length);
  }
}

test('randomCrop', () => {
  compareDraws('randomCrop', (images) => randomCrop({ size: 4, padding: 2 })(images, random()));
});

test('cutout', () => {
  compareDraws('cutout', (images) => cutout({ size: 3, fill: 0.5 })(images, random()));
});

test('centerCrop', () => {
  const { cases, agree } = row<PictureCase & { size: number }>('augmentations', 'centerCrop');
  for (const one of cases) {
    compare(agree, one, centerCrop({ size: one.size }), `[${one.images.shape}] to ${one.size}`);
  }
});

test('randomHorizontalFlip', () => {
  const { cases, agree } = row<PictureCase>('augmentations', 'randomHorizontalFlip');
  const flip = randomHorizontalFlip({ probability: 1 });
  for (const one of cases) compare(agree, one, (images) => flip(images, random()), 'all mirrored');
});

test('randomGreyscale', () => {
  const { cases, agree } = row<PictureCase>('augmentations', 'randomGreyscale');
  const grey = randomGreyscale({ probability: 1 });
  for (const one of cases) compare(agree, one, (images) => grey(images, random()), 'all grey');
});

interface BlurCase extends PictureCase {
  readonly sigma: number;
}

function blur({ images, sigma }: BlurCase): tf.Tensor4D {
  return tf.tidy(() => gaussianBlur({ sigma: [sigma, sigma] })(load(images), random()));
}

test('gaussianBlur', () => {
  const { cases, agree } = row<BlurCase>('augmentations', 'gaussianBlur');
  for (const one of cases) {
    // Seven deviations from the border, where the peer mirrors the picture and we renormalise the weights.
    const inside = (images: tf.Tensor4D) => images.slice([0, 14, 14, 0], [1, 12, 12, 1]);
    const [ours, theirs] = tf.tidy(() => [inside(blur(one)), inside(load(one.result))]) as [
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    agree(relativeDifference(ours, theirs.dataSync()), `σ = ${one.sigma}, inside`);
    tf.dispose([ours, theirs]);
  }
});

test.each(['brightness', 'contrast', 'saturation'] as const)('adjustColor %s', (quantity) => {
  const name = `adjustColor ${quantity}`;
  const { cases, agree } = row<PictureCase & { factor: number }>('augmentations', name);
  for (const one of cases) {
    const adjust = (images: tf.Tensor4D) => adjustColor(images, { [quantity]: one.factor });
    compare(agree, one, adjust, `factor ${one.factor}`);
  }
});

/** Mean and largest absolute difference of what we make of pictures from what the peer makes of them. */
const DIFFERENCES: Record<string, () => [tf.Tensor, StoredTensor][]> = {
  'adjustColor hue, a tenth of a turn': () => hueCases((factor) => Math.abs(factor) === 0.1),
  'adjustColor hue, a twentieth of a turn': () => hueCases((factor) => Math.abs(factor) === 0.05),
  'adjustColor hue, half a turn': () => hueCases((factor) => factor === 0.5),
  'colorJitter, strength 0.4': () =>
    casesOf<PictureCase & Record<'brightness' | 'contrast' | 'saturation' | 'hue', StoredTensor>>(
      'colorJitter',
    ).map((one) => {
      const [brightness, contrast, saturation, hue] = [
        load<tf.Rank.R1>(one.brightness),
        load<tf.Rank.R1>(one.contrast),
        load<tf.Rank.R1>(one.saturation),
        load<tf.Rank.R1>(one.hue),
      ];
      return [adjustColor(load(one.images), { brightness, contrast, saturation, hue }), one.result];
    }),
  'gaussianBlur at the border, σ = 2': () =>
    casesOf<BlurCase>('gaussianBlur')
      .filter(({ sigma }) => sigma === 2)
      .map((one) => [blur(one), one.result]),
};

function casesOf<C>(name: string): readonly C[] {
  return readFixture('augmentations').rows[name] as readonly C[];
}

function hueCases(chosen: (factor: number) => boolean): [tf.Tensor, StoredTensor][] {
  return casesOf<PictureCase & { factor: number }>('adjustColor hue')
    .filter(({ factor }) => chosen(factor))
    .map(({ images, factor, result }) => [adjustColor(load(images), { hue: factor }), result]);
}

test.each(Object.entries(DIFFERENCES))('differs as documented: %s', (name, pairs) => {
  const cells = tableUnder('Where we differ by more than rounding').find(([cell]) =>
    cell?.replaceAll('`', '').startsWith(name),
  );
  expect(cells, `the row "${name}" of PEERS.md`).toBeDefined();
  tf.tidy(() => {
    const differences = pairs().flatMap(([ours, theirs]) => [
      ...tf.abs(tf.sub(ours, load(theirs))).dataSync(),
    ]);
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    const largest = Math.max(...differences);
    const found = `mean ${mean.toFixed(4)}, largest ${largest.toFixed(4)}`;
    // Printed to three digits; what another processor rounds in another way changes no digit by more than one.
    expect(Math.abs(mean - Number(cells?.[2])), found).toBeLessThan(0.0006);
    expect(Math.abs(largest - Number(cells?.[3])), found).toBeLessThan(0.0006);
  });
});
