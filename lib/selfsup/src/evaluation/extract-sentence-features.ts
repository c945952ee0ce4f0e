import type { OnProgress } from '../runtime/progress';
import type * as tf from '../runtime/tensorflow';
import type { LabelledTokenSequences } from '../text/labelled-token-sequences';
import { featuresOf } from './features-of';

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
  return featuresOf(
    {
      size: sentences.size,
      batch: (indices) => sentences.batch(indices).tokens,
      model,
      batchSize,
      unit: 'sentences',
      onProgress,
    },
    'extractSentenceFeatures',
  );
}
