import {
  bagOfWords,
  InvalidArgumentError,
  LabelledTokenSequences,
  TfIdf,
  tf,
  tokenize,
  Vocabulary,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const texts = ['good good film', 'bad film .', 'good unseen', 'film film bad good .'];
const vocabulary = new Vocabulary(['good', 'bad', 'film', '.']);
const sentences = new LabelledTokenSequences(texts.map(tokenize), {
  labels: [1, 0, 1, 0],
  vocabulary,
  length: 6,
});
const all = () => sentences.batch([0, 1, 2, 3]).tokens;

describe('bagOfWords', () => {
  it('counts the words of each row, and no special token', () => {
    const tokens = all();
    const before = tf.memory().numTensors;
    const counts = bagOfWords(tokens, vocabulary.size);
    expect(counts.arraySync()).toEqual([
      [0, 0, 0, 2, 0, 1, 0],
      [0, 0, 0, 0, 1, 1, 1],
      [0, 0, 0, 1, 0, 0, 0],
      [0, 0, 0, 1, 1, 2, 1],
    ]);
    counts.dispose();
    expect(tf.memory().numTensors).toBe(before);
    tokens.dispose();
  });

  it('equals one-hot vectors summed over the row', () => {
    tf.tidy(() => {
      const tokens = tf.randomUniform([5, 8], 0, 12, 'int32', 3) as tf.Tensor2D;
      const words = tf.range(0, 12).greaterEqual(3).toFloat();
      const expected = tf.oneHot(tokens, 12).toFloat().sum(1).mul(words);
      expect(bagOfWords(tokens, 12).sub(expected).abs().max().dataSync()[0]).toBe(0);
    });
  });

  it('refuses what is no matrix of token numbers of the vocabulary', () => {
    tf.tidy(() => {
      const tokens = tf.tensor2d([[3, 9]], [1, 2], 'int32');
      expect(() => bagOfWords(tokens.toFloat(), 10)).toThrow('float32');
      expect(() => bagOfWords(tokens, 9)).toThrow('token 9 is outside');
      expect(() => bagOfWords(tokens, 2)).toThrow(InvalidArgumentError);
    });
  });
});

describe('TfIdf', () => {
  it('weighs words by the sentences they occur in, and scales rows to length 1', () => {
    // scikit-learn 1.7's TfidfTransformer() gives these numbers for the counts above.
    const tfIdf = new TfIdf(sentences);
    const idf = (holding: number) => Math.log(5 / (1 + holding)) + 1;
    const expected = [
      [2 * idf(3), 0, idf(3), 0],
      [0, idf(2), idf(3), idf(2)],
      [idf(3), 0, 0, 0],
      [idf(3), idf(2), 2 * idf(3), idf(2)],
    ].map((row) => row.map((value) => value / Math.hypot(...row)));
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const found = tfIdf.features(all()).arraySync();
      found.forEach((row, index) => {
        expect(row.slice(0, 3)).toEqual([0, 0, 0]);
        row.slice(3).forEach((value, word) => {
          expect(value).toBeCloseTo(expected[index]?.[word] as number, 5);
        });
      });
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives a row without known words zeros', () => {
    tf.tidy(() => {
      const tokens = tf.tensor2d([[2, 2, 0]], [1, 3], 'int32');
      expect(new TfIdf(sentences).features(tokens).abs().max().dataSync()[0]).toBe(0);
    });
  });
});
