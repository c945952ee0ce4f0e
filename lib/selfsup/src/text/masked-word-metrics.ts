import { setImmediate as nextTurn } from 'node:timers/promises';
import { maskedCrossEntropy } from '../losses/masked-cross-entropy';
import * as tf from '../runtime/tensorflow';
import type { MaskedWords } from './masked-words';

/**
 * Scores (logits, log-probabilities) of every word of the vocabulary, `[M, V]`, at some positions of `tokens [N, T]`:
 * a model's `callAt`, or a baseline.
 */
export type MaskedWordPredictor = (tokens: tf.Tensor2D, positions: tf.Tensor1D) => tf.Tensor2D;

/** What {@link maskedWordMetrics} measures. */
export interface MaskedWordMetrics {
  /** Mean of −log p(word), in nats. */
  readonly crossEntropy: number;
  /** exp(cross-entropy): as if the model chose among so many equally likely words. */
  readonly perplexity: number;
  /** Share of hidden words that are the model's first guess, 0 to 1. */
  readonly top1: number;
  /** Share of hidden words among the model's first five guesses, 0 to 1. */
  readonly top5: number;
  /** Number of hidden words. */
  readonly n: number;
}

const ROWS_AT_ONCE = 64;

/**
 * How well hidden words are guessed. The softmax of a predictor's scores is its distribution; models measured on the same
 * {@link MaskedWords} answer the same questions.
 */
export async function maskedWordMetrics(
  predict: MaskedWordPredictor,
  { inputs, size, length, positions, targets }: MaskedWords,
): Promise<MaskedWordMetrics> {
  const sums = { crossEntropy: 0, top1: 0, top5: 0 };
  let first = 0;
  for (let row = 0; row < size; row += ROWS_AT_ONCE) {
    const rows = Math.min(ROWS_AT_ONCE, size - row);
    let end = first;
    while (end < positions.length && (positions[end] as number) < (row + rows) * length) end++;
    if (end === first) continue;
    const here = positions.subarray(first, end).map((position) => position - row * length);
    const words = targets.subarray(first, end);
    tf.tidy(() => {
      const tokens = tf.tensor2d(
        inputs.subarray(row * length, (row + rows) * length),
        [rows, length],
        'int32',
      );
      const scores = predict(tokens, tf.tensor1d(here, 'int32'));
      const loss = maskedCrossEntropy(
        scores,
        tf.tensor1d(words, 'int32'),
        tf.ones<tf.Rank.R1>([here.length]),
      );
      sums.crossEntropy += (loss.dataSync()[0] as number) * here.length;
      const guesses = tf
        .topk(scores, Math.min(5, scores.shape[1]))
        .indices.arraySync() as number[][];
      guesses.forEach((guess, index) => {
        if (guess[0] === words[index]) sums.top1++;
        if (guess.includes(words[index] as number)) sums.top5++;
      });
    });
    first = end;
    await nextTurn();
  }
  const n = positions.length;
  const crossEntropy = sums.crossEntropy / n;
  return {
    crossEntropy,
    perplexity: Math.exp(crossEntropy),
    top1: sums.top1 / n,
    top5: sums.top5 / n,
    n,
  };
}
