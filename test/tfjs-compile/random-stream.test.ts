import { tf } from 'selfsup';
import { CompileArgumentError, compile, RandomStream } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

const SIZE = 20_000;

function sample(
  draw: (stream: RandomStream) => tf.Tensor,
  seed: [number, number] = [1, 2],
): number[] {
  return tf.tidy(() => Array.from(draw(new RandomStream(seed)).dataSync()));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/** All kinds of draws of one stream, in one vector. */
function everything(stream: RandomStream): tf.Tensor {
  return tf.concat([
    stream.uniform([5]),
    stream.normal([5]),
    stream.truncatedNormal([5]),
    stream.integers([5], 0, 1000).toFloat(),
    stream.bernoulli([5], 0.5),
    stream.dropout(tf.ones([5]), 0.5),
  ]);
}

describe('RandomStream', () => {
  it('draws uniformly', () => {
    const values = sample((s) => s.uniform([SIZE], -1, 3));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...values)).toBeLessThanOrEqual(3);
    expect(mean(values)).toBeCloseTo(1, 1);
    expect(deviation(values)).toBeCloseTo(4 / Math.sqrt(12), 1);
    // Each tenth holds a tenth of the draws, within five standard deviations.
    for (let bin = 0; bin < 10; bin++) {
      const count = values.filter((value) => Math.floor((value + 1) / 0.4) === bin).length;
      expect(Math.abs(count - SIZE / 10)).toBeLessThan(5 * Math.sqrt(SIZE * 0.1 * 0.9));
    }
  });

  it('draws normally, truncated or not', () => {
    const values = sample((s) => s.normal([SIZE], 2, 3));
    expect(mean(values)).toBeCloseTo(2, 0);
    expect(deviation(values)).toBeCloseTo(3, 0);
    const within = (sigmas: number): number =>
      values.filter((v) => Math.abs(v - 2) < 3 * sigmas).length / SIZE;
    expect(within(1)).toBeCloseTo(0.683, 1);
    expect(within(2)).toBeCloseTo(0.954, 1);
    const truncated = sample((s) => s.truncatedNormal([SIZE], 2, 3));
    expect(Math.max(...truncated.map((value) => Math.abs(value - 2)))).toBeLessThanOrEqual(6);
    expect(deviation(truncated)).toBeCloseTo(3 * 0.88, 0);
  });

  it('draws whole numbers, and ones with a probability', () => {
    const values = sample((s) => s.integers([SIZE], 3, 7));
    for (const value of [3, 4, 5, 6]) {
      expect(values.filter((v) => v === value).length / SIZE).toBeCloseTo(0.25, 1);
    }
    expect(new Set(values).size).toBe(4);
    expect(mean(sample((s) => s.bernoulli([SIZE], 0.3)))).toBeCloseTo(0.3, 1);
    const dropped = sample((s) => s.dropout(tf.ones([SIZE]), 0.25));
    expect(mean(dropped)).toBeCloseTo(1, 1);
    expect([...new Set(dropped)].sort()).toEqual([0, Math.fround(1 / 0.75)]);
  });

  it('repeats itself for equal seeds and differs for others, between its draws too', () => {
    const first = sample(everything);
    expect(sample(everything)).toEqual(first);
    expect(sample(everything, [1, 3])).not.toEqual(first);
    expect(sample(everything, [2, 2])).not.toEqual(first);
    const [a, b] = tf.tidy(() => {
      const stream = new RandomStream([1, 2]);
      return [stream.uniform([100]).dataSync(), stream.uniform([100]).dataSync()];
    });
    const correlation =
      mean([...a].map((value, i) => (value - 0.5) * ((b[i] as number) - 0.5))) * 12;
    expect(Math.abs(correlation)).toBeLessThan(0.5);
  });

  it('draws the same numbers eagerly and compiled, other ones for each seed', () => {
    const draw = (seed: tf.Tensor): tf.Tensor => everything(new RandomStream(seed as tf.Tensor1D));
    const compiled = compile(draw);
    const seen = new Set<string>();
    for (let step = 0; step < 5; step++) {
      const seed = tf.tensor1d([5, step], 'int32');
      const values = Array.from(compiled(seed).dataSync());
      expect(values).toEqual(Array.from(draw(seed).dataSync()));
      expect(values).toEqual(sample(everything, [5, step]));
      seen.add(values.join());
    }
    expect(seen.size).toBe(5);
  });

  it('refuses in a compiled function to be one stream for all calls', () => {
    const stream = new RandomStream([1, 2]);
    const compiled = compile((x: tf.Tensor) => x.add(stream.uniform([2])));
    compiled(tf.scalar(1));
    expect(() => compiled(tf.scalar(1))).toThrow(/changed from one call to the next/);
  });

  it('disposes of what it makes on the way', () => {
    const stream = new RandomStream([1, 2]);
    const now = tf.memory().numTensors;
    const drawn = [
      stream.uniform([2]),
      stream.normal([2]),
      stream.integers([2], 0, 3),
      stream.bernoulli([2], 0.5),
    ];
    expect(tf.memory().numTensors - now).toBe(drawn.length);
  });

  it('reports wrong seeds and ranges', () => {
    expect(() => new RandomStream(tf.tensor1d([1, 2]))).toThrow(CompileArgumentError);
    expect(() => new RandomStream([1.5, 2])).toThrow(/the seed \[1\.5,2\]/);
    expect(() => new RandomStream([1, 2]).integers([1], 3, 3)).toThrow(/range from 3 to 3/);
    expect(() => new RandomStream([1, 2]).dropout(tf.ones([1]), 1)).toThrow(/the rate 1/);
    for (const probability of [1.1, -0.1, Number.NaN]) {
      expect(() => new RandomStream([1, 2]).bernoulli([1], probability)).toThrow(/expected 0 to 1/);
    }
  });
});
