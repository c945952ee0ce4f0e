import { RandomStream, tf, zeroShotClasses, zeroShotWeights } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('zeroShotWeights', () => {
  it('is the renormalised mean of normalised embeddings', () => {
    const sentences = new RandomStream([1, 1]).normal([3, 4, 5]) as tf.Tensor3D;
    const found = zeroShotWeights(sentences).arraySync();
    const unit = (row: number[]) => row.map((x) => x / Math.hypot(...row));
    sentences.arraySync().forEach((templates, c) => {
      const units = templates.map(unit);
      const mean = (units[0] as number[]).map(
        (_, d) => units.reduce((sum, row) => sum + (row[d] as number), 0) / units.length,
      );
      unit(mean).forEach((expected, d) => {
        expect(found[c]?.[d]).toBeCloseTo(expected, 5);
      });
    });
  });

  it('does not let a long vector outvote a short one', () => {
    const [row] = zeroShotWeights(
      tf.tensor3d([
        [
          [100, 0],
          [0, 0.01],
        ],
      ]),
    ).arraySync();
    expect(row?.[0]).toBeCloseTo(Math.SQRT1_2, 5);
    expect(row?.[1]).toBeCloseTo(Math.SQRT1_2, 5);
  });

  it('says what is wrong, and leaves one tensor', () => {
    expect(() => zeroShotWeights(tf.ones([2, 3]) as unknown as tf.Tensor3D)).toThrow(
      /\[classes, templates, d\]/,
    );
    const sentences = tf.ones<tf.Rank.R3>([2, 3, 4]);
    const before = tf.memory().numTensors;
    zeroShotWeights(sentences).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('zeroShotClasses', () => {
  it('gives each image the class of the largest cosine, whatever the lengths', () => {
    const images = tf.tensor2d([
      [9, 1],
      [0.1, 0.9],
      [-1, 0.1],
    ]);
    const weights = tf.tensor2d([
      [1, 0],
      [0, 50],
      [-3, 0],
    ]);
    expect([...zeroShotClasses(images, weights)]).toEqual([0, 1, 2]);
    expect(() => zeroShotClasses(images, tf.ones([2, 3]))).toThrow(/equally long/);
  });
});

it('refuses embeddings that are not finite', () => {
  const [whole, broken] = [tf.eye(2), tf.tensor2d([[Number.NaN, 1]])];
  expect(() => zeroShotClasses(broken, whole)).toThrow(/images are NaN or infinite/);
  expect(() => zeroShotClasses(whole, broken)).toThrow(/weights are NaN or infinite/);
  tf.dispose([whole, broken]);
});
