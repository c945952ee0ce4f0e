import { InvalidArgumentError } from '../runtime/errors';
import type { OnProgress } from '../runtime/progress';
import * as tf from '../runtime/tensorflow';
import type { LabelledTokenSequences } from '../text/labelled-token-sequences';
import { assertBatchSize } from './labelled-features';

/** Options of {@link extractSentenceFeatures}. */
export interface ExtractSentenceFeaturesOptions {
  /** Sentences per forward pass. Default 256. */
  readonly batchSize?: number;
  readonly onProgress?: OnProgress;
}

/**
 * One row of numbers for each sentence, in their order: features for a linear probe, or a classifier's logits. It yields
 * to the event loop between batches.
 *
 * @param model From tokens `[N, T]` to `[N, d]`, without randomness.
 * @returns `[size, d]`, float32; the caller disposes it.
 * @throws InvalidArgumentError when the model returns something else than `[N, d]`, or `batchSize` is not a whole number
 *   from 1.
 *
 * @example
 * const features = await extractSentenceFeatures((tokens) => classifier.features(tokens), sentences);
 */
export async function extractSentenceFeatures(
  model: (tokens: tf.Tensor2D) => tf.Tensor2D,
  sentences: LabelledTokenSequences,
  { batchSize = 256, onProgress }: ExtractSentenceFeaturesOptions = {},
): Promise<tf.Tensor2D> {
  assertBatchSize('extractSentenceFeatures', batchSize);
  const { size } = sentences;
  const batches: tf.Tensor2D[] = [];
  try {
    for (let start = 0; start < size; start += batchSize) {
      const end = Math.min(start + batchSize, size);
      const indices = Int32Array.from({ length: end - start }, (_, i) => start + i);
      const features = tf.tidy(() => model(sentences.batch(indices).tokens));
      batches.push(features);
      if (features.rank !== 2 || features.shape[0] !== end - start) {
        throw new InvalidArgumentError(
          `extractSentenceFeatures: the model made [${(features.shape as number[]).join(', ')}] of ${end - start} ` +
            `sentences; expected [${end - start}, d]. Pool the tokens to one row per sentence.`,
        );
      }
      onProgress?.({ label: 'Features', done: end, total: size, unit: 'sentences' });
      await new Promise(setImmediate);
    }
    return tf.concat(batches);
  } finally {
    tf.dispose(batches);
  }
}
