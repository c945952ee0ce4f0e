import { InvalidArgumentError, maskedCrossEntropy, RandomStream, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

/** The definition, in double precision, position by position. */
function naive(logits: number[][], targets: number[], weights: number[]): number {
  let [sum, counted] = [0, 0];
  logits.forEach((row, i) => {
    const total = row.reduce((denominator, a) => denominator + Math.exp(a), 0);
    const probability = Math.exp(row[targets[i] as number] as number) / total;
    sum -= (weights[i] as number) * Math.log(probability);
    counted += weights[i] as number;
  });
  return sum / counted;
}

function example(positions: number, words: number, seed = 1) {
  const random = new RandomStream([seed, positions]);
  return {
    logits: random.normal([positions, words], 0, 3) as tf.Tensor2D,
    targets: random.integers([positions], 0, words) as tf.Tensor1D,
    weights: random.bernoulli([positions], 0.4) as tf.Tensor1D,
  };
}

const lossOf = (loss: tf.Scalar): number => loss.dataSync()[0] as number;

describe('maskedCrossEntropy', () => {
  it.each([
    [3, 2],
    [17, 5],
    [200, 50],
  ])('is the mean over the masked positions of the definition: %d positions, %d words', (n, v) => {
    tf.tidy(() => {
      const { logits, targets, weights } = example(n, v);
      const one = tf.oneHot(tf.scalar(0, 'int32'), n).cast('float32') as tf.Tensor1D;
      const counted = weights.maximum(one) as tf.Tensor1D;
      const expected = naive(logits.arraySync(), [...targets.dataSync()], [...counted.dataSync()]);
      expect(lossOf(maskedCrossEntropy(logits, targets, counted))).toBeCloseTo(expected, 4);
    });
  });

  it('is ln V where all words are equally likely', () => {
    tf.tidy(() => {
      for (const words of [2, 10, 10_000]) {
        const { targets, weights } = example(40, words);
        for (const level of [0, -700, 700]) {
          const loss = maskedCrossEntropy(
            tf.fill<tf.Rank.R2>([40, words], level),
            targets,
            weights,
          );
          expect(lossOf(loss)).toBeCloseTo(Math.log(words), 3);
        }
      }
    });
  });

  it('is the same for rows of sequences and for a list of positions', () => {
    tf.tidy(() => {
      const { logits, targets, weights } = example(24, 7);
      const flat = lossOf(maskedCrossEntropy(logits, targets, weights));
      const rows = maskedCrossEntropy(
        logits.reshape([4, 6, 7]),
        targets.reshape([4, 6]),
        weights.reshape([4, 6]),
      );
      expect(lossOf(rows)).toBeCloseTo(flat, 6);
    });
  });

  it('does not see what is not masked', () => {
    tf.tidy(() => {
      const { logits, targets, weights } = example(30, 6);
      const loss = lossOf(maskedCrossEntropy(logits, targets, weights));
      const hidden = weights.expandDims(1);
      const disturbed = logits.add(tf.sub(1, hidden).mul(1e6)) as tf.Tensor2D;
      const others = targets.mul(weights.cast('int32')) as tf.Tensor1D;
      expect(lossOf(maskedCrossEntropy(disturbed, others, weights))).toBeCloseTo(loss, 5);
    });
  });

  it('stays finite with enormous logits, and 0 where nothing is masked', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([
        [1e4, -1e4],
        [3e38, 0],
      ]);
      const targets = tf.tensor1d([1, 0], 'int32');
      expect(lossOf(maskedCrossEntropy(logits, targets, tf.tensor1d([1, 1])))).toBe(1e4);
      expect(lossOf(maskedCrossEntropy(logits, targets, tf.tensor1d([0, 0])))).toBe(0);
    });
  });

  it('has the gradient (softmax − one-hot) · weight / count, as finite differences confirm', () => {
    tf.tidy(() => {
      const { logits, targets, weights } = example(9, 4, 3);
      const loss = (a: tf.Tensor2D) => maskedCrossEntropy(a, targets, weights);
      const gradient = tf.grad((a: tf.Tensor) => loss(a as tf.Tensor2D))(logits);
      const expected = tf
        .softmax(logits)
        .sub(tf.oneHot(targets, 4))
        .mul(weights.expandDims(1))
        .div(weights.sum());
      expect(gradient.sub(expected).abs().max().dataSync()[0]).toBeLessThan(1e-6);
      const values = logits.arraySync();
      const step = 1e-2;
      for (const [i, j] of [
        [0, 0],
        [4, 3],
        [8, 1],
      ] as const) {
        const shifted = (by: number) =>
          naive(
            values.map((row, r) => row.map((a, c) => (r === i && c === j ? a + by : a))),
            [...targets.dataSync()],
            [...weights.dataSync()],
          );
        const slope = (shifted(step) - shifted(-step)) / (2 * step);
        expect(gradient.arraySync() as number[][]).toSatisfy(
          (found: number[][]) => Math.abs((found[i]?.[j] as number) - slope) < 1e-4,
        );
      }
    });
  });

  it('leaves no tensors', () => {
    const { logits, targets, weights } = example(9, 4);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) maskedCrossEntropy(logits, targets, weights).dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([logits, targets, weights]);
  });

  it('refuses shapes that do not fit and targets that are not whole numbers', () => {
    tf.tidy(() => {
      const { logits, targets, weights } = example(9, 4);
      const floats = targets.cast('float32') as tf.Tensor1D;
      expect(() => maskedCrossEntropy(logits, floats, weights)).toThrow(InvalidArgumentError);
      expect(() => maskedCrossEntropy(logits, floats, weights)).toThrow('float32 targets [9]');
      const short = weights.slice([1]);
      expect(() => maskedCrossEntropy(logits, targets, short)).toThrow('weights [8]');
    });
  });

  it('is the weighted mean also of tiny weights', () => {
    tf.tidy(() => {
      const { logits, targets, weights } = example(9, 4);
      const plain = maskedCrossEntropy(logits, targets, weights).dataSync()[0] as number;
      for (const scale of [1e-9, 1e-30, 1e20]) {
        const scaled = weights.mul(scale) as typeof weights;
        const found = maskedCrossEntropy(logits, targets, scaled).dataSync()[0];
        expect(found).toBeCloseTo(plain, 5);
        const gradientWith = (w: typeof weights) =>
          tf.grad((x) => maskedCrossEntropy(x as tf.Tensor2D, targets, w))(logits);
        const gap = gradientWith(scaled).sub(gradientWith(weights)).abs().max().dataSync()[0];
        expect(gap).toBeLessThan(1e-6);
      }
    });
  });
});
