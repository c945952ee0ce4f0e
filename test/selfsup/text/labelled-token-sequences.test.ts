import { InvalidArgumentError, LabelledTokenSequences, tf, Vocabulary } from 'selfsup';
import { describe, expect, it } from 'vitest';

const vocabulary = new Vocabulary(['a', 'b', 'c']);
const options = { labels: [1, 0, 1], vocabulary, length: 3 };
const sentences = [['a', 'b'], ['c', 'x', 'a', 'b', 'b'], ['b']];
const data = new LabelledTokenSequences(sentences, options);

describe('LabelledTokenSequences', () => {
  it('gives every sentence one row: padded, or its end cut off', () => {
    expect(data.size).toBe(3);
    expect([...data.numbers]).toEqual([3, 4, 0, 5, 2, 3, 4, 0, 0]);
    expect([...data.row(1)]).toEqual([5, 2, 3]);
    expect(data.sentences).toEqual(sentences);
    expect(data.unknownShare).toBeCloseTo(1 / 6);
  });

  it('makes batches of tokens and labels in the order asked for', () => {
    const before = tf.memory().numTensors;
    const { tokens, labels } = data.batch([2, 0]);
    expect(tokens.dtype).toBe('int32');
    expect(tokens.arraySync()).toEqual([
      [4, 0, 0],
      [3, 4, 0],
    ]);
    expect([...labels.dataSync()]).toEqual([1, 1]);
    tf.dispose([tokens, labels]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives a subset with its own labels', () => {
    const part = data.subset([2, 1]);
    expect([...part.labels]).toEqual([1, 0]);
    expect([...part.numbers]).toEqual([4, 0, 0, 5, 2, 3]);
    expect([...part.subset([1]).labels]).toEqual([0]);
  });

  it.each([
    ['as many of both', () => new LabelledTokenSequences(sentences, { ...options, labels: [1] })],
    [
      'whole number from 0',
      () => new LabelledTokenSequences(sentences, { ...options, labels: [1, -1, 0] }),
    ],
    ['length is 0', () => new LabelledTokenSequences(sentences, { ...options, length: 0 })],
    ['no tokens', () => new LabelledTokenSequences([['a'], [], ['b']], options)],
    ['no positions', () => data.subset([])],
    ['no sentence 3', () => data.subset([3])],
    ['no sentence 1.5', () => data.batch([1.5])],
  ])('refuses what cannot be: %s', (message, make) => {
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(message);
  });
});
