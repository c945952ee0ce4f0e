import { enqueued, InvalidArgumentError, MemoryQueue, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

/** Rows that all point the same way, numbered by their second coordinate's size. */
const numbered = (...numbers: number[]) => tf.tensor2d(numbers.map((n) => [n, 1]));

describe('enqueued', () => {
  it('puts the batch in front and drops the oldest', () => {
    expect(enqueued(numbered(1, 2, 3, 4, 5), numbered(8, 9)).arraySync()).toEqual(
      numbered(8, 9, 1, 2, 3).arraySync(),
    );
  });

  it('replaces the whole queue by a batch as long', () => {
    expect(enqueued(numbered(1, 2), numbered(8, 9)).arraySync()).toEqual(
      numbered(8, 9).arraySync(),
    );
  });

  it('refuses keys of another width, and more keys than places', () => {
    expect(() => enqueued(numbered(1, 2), tf.ones([1, 3]))).toThrow(InvalidArgumentError);
    expect(() => enqueued(numbered(1, 2), numbered(7, 8, 9))).toThrow(/longer than a batch/);
  });
});

describe('MemoryQueue', () => {
  it('begins with random directions of length 1, the same for the same seed', () => {
    const [one, two, other] = [0, 0, 1].map((seed) => new MemoryQueue({ size: 50, dim: 8, seed }));
    const lengths = tf.norm(one?.keys as tf.Tensor, 2, 1).dataSync();
    for (const length of lengths) expect(length).toBeCloseTo(1, 5);
    expect(one?.keys.arraySync()).toEqual(two?.keys.arraySync());
    expect(one?.keys.arraySync()).not.toEqual(other?.keys.arraySync());
    // Spread over all directions: the mean of 50 unit vectors is short.
    expect(tf.norm(tf.mean(one?.keys as tf.Tensor, 0)).dataSync()[0]).toBeLessThan(0.3);
  });

  it('holds the last K keys, scaled to length 1, newest first', () => {
    const queue = new MemoryQueue({ size: 5, dim: 2 });
    for (const first of [1, 3, 5]) queue.enqueue(numbered(first, first + 1));
    const ratios = queue.keys
      .arraySync()
      .map(([a, b]) => Math.round((a as number) / (b as number)));
    expect(ratios).toEqual([5, 6, 3, 4, 1]);
    for (const length of tf.norm(queue.keys, 2, 1).dataSync()) expect(length).toBeCloseTo(1, 5);
  });

  it('takes batches whose size does not divide its own', () => {
    const queue = new MemoryQueue({ size: 7, dim: 2 });
    for (let i = 0; i < 5; i++) queue.enqueue(numbered(i, i, i));
    const ratios = queue.keys
      .arraySync()
      .map(([a, b]) => Math.round((a as number) / (b as number)));
    expect(ratios).toEqual([4, 4, 4, 3, 3, 3, 2]);
  });

  it('refuses sizes that are none', () => {
    expect(() => new MemoryQueue({ size: 0, dim: 2 })).toThrow(InvalidArgumentError);
    expect(() => new MemoryQueue({ dim: 1.5 })).toThrow(/dim 1.5/);
  });

  it('leaves no tensors, and gives its own back', () => {
    const empty = tf.memory().numTensors;
    const queue = new MemoryQueue({ size: 6, dim: 2 });
    const keys = numbered(1, 2);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) queue.enqueue(keys);
    expect(tf.memory().numTensors).toBe(before);
    keys.dispose();
    queue.dispose();
    expect(tf.memory().numTensors).toBe(empty);
  });
});
