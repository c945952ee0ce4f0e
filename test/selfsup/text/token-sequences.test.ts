import { InvalidArgumentError, PAD, TokenSequences, tf, UNK, Vocabulary } from 'selfsup';
import { describe, expect, it } from 'vitest';

const vocabulary = new Vocabulary(['a', 'b', 'c']);
const sentences = [['a', 'b'], ['a', 'b', 'c', 'c', 'x'], ['c']];

describe('TokenSequences', () => {
  it('fills short sentences up and cuts long ones', () => {
    const sequences = new TokenSequences(sentences, { vocabulary, length: 3 });
    expect(sequences.size).toBe(4);
    expect([...sequences.numbers]).toEqual([3, 4, PAD, 3, 4, 5, 5, UNK, PAD, 5, PAD, PAD]);
    expect(sequences.tokenCount).toBe(8);
    expect([...sequences.row(1)]).toEqual([3, 4, 5]);
  });

  it('leaves out what is too short', () => {
    const sequences = new TokenSequences(sentences, { vocabulary, length: 3, shortest: 3 });
    expect([...sequences.numbers]).toEqual([3, 4, 5]);
  });

  it('gives batches in the order asked for and keeps none', () => {
    const sequences = new TokenSequences(sentences, { vocabulary, length: 3 });
    const before = tf.memory().numTensors;
    const { tokens } = sequences.batch([3, 0]);
    expect(tokens.dtype).toBe('int32');
    expect(tokens.arraySync()).toEqual([
      [5, PAD, PAD],
      [3, 4, PAD],
    ]);
    tokens.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('counts word frequencies with one added, special tokens left out', () => {
    const { wordFrequencies } = new TokenSequences(sentences, { vocabulary, length: 3 });
    // a and b occur twice, c three times.
    expect([...wordFrequencies]).toEqual([0, 0, 0, 3 / 10, 3 / 10, 4 / 10]);
  });

  it.each([
    [{ length: 0 }, 'length is 0'],
    [{ length: 3, shortest: 4 }, 'shortest is 4'],
    [{ length: 8, shortest: 7 }, 'no sentence of at least 7 tokens'],
  ])('refuses %j', (options, message) => {
    const act = () => new TokenSequences(sentences, { vocabulary, ...options });
    expect(act).toThrow(InvalidArgumentError);
    expect(act).toThrow(message);
  });

  it('refuses an index out of range', () => {
    const sequences = new TokenSequences(sentences, { vocabulary, length: 3 });
    expect(() => sequences.batch([4])).toThrow('no sequence 4');
  });
});
