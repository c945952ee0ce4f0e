import { setImmediate as nextTurn } from 'node:timers/promises';
import { sparseSoftmaxCrossEntropy } from 'tfjs-compile';
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
  /** −log p(word) of each hidden word, in nats: two models on the same words can be compared word by word. */
  readonly losses: Float32Array;
  /** Place of each hidden word among the first five guesses, 1 to 5; 0 where it is none of them. */
  readonly places: Uint8Array;
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
  const n = positions.length;
  const losses = new Float32Array(n);
  const places = new Uint8Array(n);
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
      losses.set(sparseSoftmaxCrossEntropy(tf.tensor1d(words, 'int32'), scores).dataSync(), first);
      const guesses = tf
        .topk(scores, Math.min(5, scores.shape[1]))
        .indices.arraySync() as number[][];
      places.set(
        // Scores that are not numbers guess nothing, though the first of them stand first.
        guesses.map((guess, index) =>
          Number.isNaN(losses[first + index]) ? 0 : guess.indexOf(words[index] as number) + 1,
        ),
        first,
      );
    });
    first = end;
    await nextTurn();
  }
  const crossEntropy = losses.reduce((sum, loss) => sum + loss, 0) / n;
  const share = (isHit: (place: number) => boolean) => places.filter(isHit).length / n;
  return {
    crossEntropy,
    perplexity: Math.exp(crossEntropy),
    top1: share((place) => place === 1),
    top5: share((place) => place > 0),
    n,
    losses,
    places,
  };
}
