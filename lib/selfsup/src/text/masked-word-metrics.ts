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
  /** Share of hidden words that are the model's first guess, 0 to 1; a word that shares the best score is none. */
  readonly top1: number;
  /** Share of hidden words with a place among the model's first five guesses, 0 to 1. */
  readonly top5: number;
  /** Number of hidden words. */
  readonly n: number;
  /** −log p(word) of each hidden word, in nats: two models on the same words can be compared word by word. */
  readonly losses: Float32Array;
  /**
   * Place of each hidden word among the first five guesses, 1 to 5; 0 where it is none of them. It is the number of words of the
   * vocabulary, itself included, whose score is at least its own.
   */
  readonly places: Uint8Array;
}

const ROWS_AT_ONCE = 64;

/** Places that are told. */
const GUESSES = 5;

/**
 * How well hidden words are guessed. The softmax of a predictor's scores is its distribution; models measured on the same
 * {@link MaskedWords} answer the same questions.
 *
 * A tie counts against the predictor, as in `retrievalRanks`: with score `s_v` of word v, the hidden word w has the place
 * `|{ v : s_v ≥ s_w }|`, so that it stands behind all words with the same score. Equal scores for all words find nothing.
 * Scores that are not numbers find nothing either.
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
      const cells = words.map((word, index) => index * scores.shape[1] + word);
      const ofWords = tf.gather(scores.flatten(), tf.tensor1d(cells, 'int32')).expandDims(1);
      const asGood = tf.sum(tf.greaterEqual(scores, ofWords).toInt(), 1).dataSync();
      places.set(
        Array.from(asGood, (place, index) =>
          Number.isNaN(losses[first + index]) || place > GUESSES ? 0 : place,
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
