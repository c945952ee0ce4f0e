import {
  extractSentenceFeatures,
  InvalidArgumentError,
  LabelledTokenSequences,
  type Progress,
  tf,
  Vocabulary,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const vocabulary = new Vocabulary(['a', 'b', 'c']);
const sentences = new LabelledTokenSequences(
  [['a'], ['a', 'b'], ['c'], ['b', 'b', 'c'], ['c', 'a']],
  { labels: [0, 1, 0, 1, 0], vocabulary, length: 3 },
);

describe('extractSentenceFeatures', () => {
  it('gives a row for each sentence in their order, whatever the batches', async () => {
    const before = tf.memory().numTensors;
    const seen: Progress[] = [];
    const features = await extractSentenceFeatures(
      (tokens) => tokens.toFloat().mul(2) as tf.Tensor2D,
      sentences,
      { batchSize: 2, onProgress: (progress) => seen.push(progress) },
    );
    expect([...features.dataSync()]).toEqual([...sentences.numbers].map((number) => 2 * number));
    expect(seen.map(({ done }) => done)).toEqual([2, 4, 5]);
    features.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a model that does not make one row for each sentence', async () => {
    const before = tf.memory().numTensors;
    const run = extractSentenceFeatures(
      (tokens) => tokens.toFloat().sum(0) as tf.Tensor2D,
      sentences,
    );
    await expect(run).rejects.toThrow(InvalidArgumentError);
    await expect(run).rejects.toThrow('the model made [3] of 5 sentences');
    await expect(
      extractSentenceFeatures((tokens) => tokens.toFloat(), sentences, { batchSize: 0 }),
    ).rejects.toThrow('batchSize is 0');
    expect(tf.memory().numTensors).toBe(before);
  });
});
