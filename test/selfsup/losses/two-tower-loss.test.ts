import {
  InvalidArgumentError,
  RandomStream,
  type SameCaptionPairs,
  tf,
  twoTowerLoss,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

type Pair = [tf.Tensor2D, tf.Tensor2D];

function embeddings(count: number, width: number): Pair {
  const random = new RandomStream([3, count]);
  return [random.normal([count, width]), random.normal([count, width])] as Pair;
}

const numbered = (captions: number[]) => tf.tensor1d(captions, 'int32');

const value = (
  [images, texts]: Pair,
  captions: number[],
  options: { temperature?: number; sameCaption?: SameCaptionPairs } = {},
): number => twoTowerLoss(images, texts, numbered(captions), options).dataSync()[0] as number;

/** The definition as a plain double loop, in double precision. */
function definition(
  images: number[][],
  texts: number[][],
  captions: number[],
  temperature: number,
  sameCaption: SameCaptionPairs,
): number {
  const unit = (rows: number[][]) => rows.map((row) => row.map((x) => x / Math.hypot(...row)));
  const [v, t] = [unit(images), unit(texts)];
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, d) => sum + x * (b[d] as number), 0);
  const all = captions.map((_, i) => i);
  let total = 0;
  for (const [from, to] of [
    [v, t],
    [t, v],
  ] as const) {
    for (const i of all) {
      const same = all.filter((j) => captions[j] === captions[i]);
      const positives = sameCaption === 'positives' ? same : [i];
      const seen = sameCaption === 'masked' ? all.filter((j) => j === i || !same.includes(j)) : all;
      const logit = (j: number) => dot(from[i] as number[], to[j] as number[]) / temperature;
      const largest = Math.max(...seen.map(logit));
      const log = largest + Math.log(seen.reduce((s, j) => s + Math.exp(logit(j) - largest), 0));
      total += positives.reduce((sum, p) => sum + log - logit(p), 0) / positives.length;
    }
  }
  return total / (2 * captions.length);
}

const HANDLINGS: SameCaptionPairs[] = ['positives', 'masked', 'negatives'];

describe('twoTowerLoss', () => {
  for (const sameCaption of HANDLINGS) {
    for (const captions of [
      [0, 1, 2, 3, 4],
      [7, 7, 2, 7, 2, 9],
      [1, 1],
    ]) {
      for (const temperature of [0.01, 0.07, 1]) {
        it(`equals the plain loops: captions ${captions}, same caption as ${sameCaption}, τ = ${temperature}`, () => {
          const given = embeddings(captions.length, 4);
          const [images, texts] = given.map((one) => one.arraySync()) as [number[][], number[][]];
          const expected = definition(images, texts, captions, temperature, sameCaption);
          const found = value(given, captions, { temperature, sameCaption });
          expect(Math.abs(found - expected)).toBeLessThan(2e-5 * Math.max(1, expected));
        });
      }
    }
  }

  it('is ln N when all similarities are equal, whatever the captions', () => {
    const same: Pair = [tf.ones([6, 3]), tf.ones([6, 3])];
    for (const sameCaption of ['positives', 'negatives'] as const) {
      expect(value(same, [0, 1, 1, 1, 2, 0], { sameCaption })).toBeCloseTo(Math.log(6), 5);
    }
    // Of six texts, those of the other two images with this caption are taken out.
    expect(value(same, [0, 0, 0, 1, 1, 1], { sameCaption: 'masked' })).toBeCloseTo(Math.log(4), 5);
  });

  it('comes down to the entropy of the targets, and to 0 where duplicates are masked', () => {
    const captions = [0, 0, 1, 2, 2, 2];
    const perfect = tf.oneHot(numbered(captions), 3).toFloat() as tf.Tensor2D;
    const loss = (sameCaption: SameCaptionPairs) =>
      value([perfect, perfect], captions, { temperature: 0.01, sameCaption });
    const entropy = (2 * Math.log(2) + 3 * Math.log(3)) / 6;
    expect(loss('positives')).toBeCloseTo(entropy, 5);
    expect(loss('negatives')).toBeCloseTo(entropy, 5);
    expect(loss('masked')).toBeCloseTo(0, 5);
  });

  it('is the same for all three where no caption repeats, and differs where one does', () => {
    const given = embeddings(5, 4);
    const of = (captions: number[]) =>
      HANDLINGS.map((sameCaption) => value(given, captions, { sameCaption }));
    const [one, two, three] = of([5, 4, 3, 2, 1]);
    expect(two).toBe(one);
    expect(three).toBe(one);
    expect(new Set(of([5, 4, 5, 2, 1]).map((loss) => loss.toFixed(4))).size).toBe(3);
  });

  it('depends on directions only, treats both sides alike, and takes examples in any order', () => {
    const [images, texts] = embeddings(5, 4);
    const captions = [0, 1, 1, 2, 0];
    const loss = value([images, texts], captions);
    expect(value([images.mul(9), texts.mul(0.1)], captions)).toBeCloseTo(loss, 4);
    expect(value([texts, images], captions)).toBeCloseTo(loss, 4);
    expect(value([images.reverse(0), texts.reverse(0)], [...captions].reverse())).toBeCloseTo(
      loss,
      4,
    );
    expect(value([images, texts.reverse(0)], captions)).not.toBeCloseTo(loss, 2);
  });

  it('has the gradient of finite differences in images, texts and the temperature', () => {
    const captions = [0, 1, 0];
    const given = embeddings(3, 2);
    const start = [...given.map((one) => one.arraySync()), 0.3] as [number[][], number[][], number];
    for (const sameCaption of HANDLINGS) {
      const gradients = tf.grads((images, texts, temperature) =>
        twoTowerLoss(images as tf.Tensor2D, texts as tf.Tensor2D, numbered(captions), {
          temperature: temperature as tf.Scalar,
          sameCaption,
        }),
      )([...given, tf.scalar(0.3)]);
      const at = (which: number, i: number, d: number, delta: number) => {
        const [images, texts, temperature] = structuredClone(start);
        if (which === 2)
          return definition(images, texts, captions, temperature + delta, sameCaption);
        const row = [images, texts][which]?.[i] as number[];
        row[d] = (row[d] as number) + delta;
        return definition(images, texts, captions, temperature, sameCaption);
      };
      gradients.forEach((gradient, which) => {
        gradient.dataSync().forEach((found, place) => {
          const [i, d] = [Math.floor(place / 2), place % 2];
          const expected = (at(which, i, d, 1e-5) - at(which, i, d, -1e-5)) / 2e-5;
          expect(Math.abs(found - expected)).toBeLessThan(2e-4 * Math.max(1, Math.abs(expected)));
        });
      });
    }
  });

  it('is the same for positives and negatives, gradient by the images included, where equal captions are equal texts', () => {
    const captions = [0, 1, 0, 2, 1, 0];
    const [images, three] = [embeddings(6, 4)[0], embeddings(3, 4)[1]];
    const texts = tf.gather(three, captions) as tf.Tensor2D;
    const of = (sameCaption: SameCaptionPairs) =>
      tf
        .grad((v: tf.Tensor) =>
          twoTowerLoss(v as tf.Tensor2D, texts, numbered(captions), { sameCaption }),
        )(images)
        .dataSync();
    expect(value([images, texts], captions, { sameCaption: 'negatives' })).toBeCloseTo(
      value([images, texts], captions),
      4,
    );
    const [positives, negatives, masked] = (['positives', 'negatives', 'masked'] as const).map(of);
    positives?.forEach((gradient, i) => {
      expect(negatives?.[i]).toBeCloseTo(gradient, 4);
    });
    expect(
      positives?.some((gradient, i) => Math.abs(gradient - (masked?.[i] as number)) > 0.1),
    ).toBe(true);
  });

  it('stays finite at the coldest temperature and for rows of zeros', () => {
    const [images, texts] = embeddings(4, 3);
    expect(value([images, images], [0, 1, 0, 2], { temperature: 1e-3 })).toBeGreaterThan(0);
    expect(value([tf.zerosLike(images), texts], [0, 1, 0, 2])).toBeCloseTo(Math.log(4), 5);
  });

  it('says what is wrong with its input', () => {
    const [images, texts] = embeddings(4, 3);
    const captions = numbered([0, 1, 2, 3]);
    expect(() => twoTowerLoss(images, embeddings(4, 5)[1], captions)).toThrow(
      /images are \[4, 3\]/,
    );
    expect(() => twoTowerLoss(images, texts, numbered([0, 1]))).toThrow(InvalidArgumentError);
    expect(() => twoTowerLoss(images, texts, captions.toFloat())).toThrow(/float32 \[4\]/);
    const one: Pair = [images.slice([0], [1]), texts.slice([0], [1])];
    expect(() => twoTowerLoss(...one, numbered([0]))).toThrow(/N at least 2/);
    for (const temperature of [0, -1, Number.NaN]) {
      expect(() => twoTowerLoss(images, texts, captions, { temperature })).toThrow(/temperature/);
    }
  });

  it('leaves one tensor, and its gradient one', () => {
    const [images, texts] = embeddings(4, 3);
    const captions = numbered([0, 1, 0, 3]);
    const run = () => {
      tf.dispose(twoTowerLoss(images, texts, captions));
      const gradient = tf.grad((v: tf.Tensor) => twoTowerLoss(v as tf.Tensor2D, texts, captions));
      tf.dispose(gradient(images));
    };
    run();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) run();
    expect(tf.memory().numTensors).toBe(before);
  });
});
