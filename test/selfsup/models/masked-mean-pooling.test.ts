import { InvalidArgumentError, maskedMeanPooling, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

const tokens = () =>
  tf.tensor2d(
    [
      [3, 2, 0, 0],
      [4, 5, 6, 3],
      [7, 0, 0, 0],
      [0, 0, 0, 0],
    ],
    [4, 4],
    'int32',
  );
const hidden = () => tf.randomNormal([4, 4, 3], 0, 1, 'float32', 5) as tf.Tensor3D;

describe('maskedMeanPooling', () => {
  it('is the mean over the real tokens, [UNK] among them, by a naive double loop', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const [h, t] = [hidden(), tokens()];
      const found = maskedMeanPooling(h, t).arraySync();
      const [values, numbers] = [h.arraySync(), t.arraySync()];
      numbers.forEach((row, i) => {
        const real = row.flatMap((number, at) =>
          number === 0 ? [] : [values[i]?.[at] as number[]],
        );
        for (let d = 0; d < 3; d++) {
          const sum = real.reduce((total, vector) => total + (vector[d] as number), 0);
          expect(found[i]?.[d]).toBeCloseTo(sum / Math.max(1, real.length), 5);
        }
      });
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is the same however far a row is padded, and whatever stands at padding', () => {
    tf.tidy(() => {
      const [h, t] = [hidden(), tokens()];
      const further = maskedMeanPooling(
        tf.concat([h, tf.fill([4, 5, 3], 1e3)], 1) as tf.Tensor3D,
        t.pad([
          [0, 0],
          [0, 5],
        ]),
      );
      expect(further.sub(maskedMeanPooling(h, t)).abs().max().dataSync()[0]).toBeLessThan(1e-6);
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e38])(
    'lets %d at padding reach neither results nor gradients',
    (value) => {
      tf.tidy(() => {
        const [h, t] = [hidden(), tokens()];
        const isReal = tf.notEqual(t, 0).expandDims(2).tile([1, 1, 3]);
        const dirty = tf.where(isReal, h, tf.fill([4, 4, 3], value)) as tf.Tensor3D;
        const pooled = (x: tf.Tensor) => maskedMeanPooling(x as tf.Tensor3D, t);
        expect(pooled(dirty).arraySync()).toEqual(pooled(h).arraySync());
        const gradient = tf.grad((x) => pooled(x).square().sum());
        expect(gradient(dirty).arraySync()).toEqual(gradient(h).arraySync());
      });
    },
  );

  it('has the gradient 1 / (real tokens) at real tokens and 0 at padding', () => {
    tf.tidy(() => {
      const t = tokens();
      const gradient = tf.grad((h) => maskedMeanPooling(h as tf.Tensor3D, t).sum() as tf.Scalar)(
        hidden(),
      );
      const ofToken = gradient.mean(2).arraySync() as number[][];
      expect(ofToken.map((row) => row.map((value) => Number(value.toFixed(6))))).toEqual([
        [0.5, 0.5, 0, 0],
        [0.25, 0.25, 0.25, 0.25],
        [1, 0, 0, 0],
        [0, 0, 0, 0],
      ]);
    });
  });

  it('refuses shapes that do not go together', () => {
    tf.tidy(() => {
      const wrong = () => maskedMeanPooling(hidden(), tokens().slice([0, 0], [4, 3]));
      expect(wrong).toThrow(InvalidArgumentError);
      expect(wrong).toThrow('[4,4,3]');
    });
  });
});
