import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import type { LabelledTokenSequences } from './labelled-token-sequences';
import { assertTokenNumbers } from './token-numbers';
import { SPECIAL_TOKENS } from './vocabulary';

/**
 * How often each word of the vocabulary occurs in each sentence; the order of the words is lost. Special tokens are no
 * words: the columns of `[PAD]`, `[MASK]` and `[UNK]` are 0.
 *
 * It reads the tokens' values, so it cannot be part of a compiled step.
 *
 * @param tokens `[N, T]`, int32.
 * @param vocabularySize Number of columns, the special tokens' included.
 * @returns `[N, vocabularySize]`, float32; the caller disposes it.
 * @throws InvalidArgumentError when the tokens are not an int32 matrix, or a number is outside of the vocabulary.
 */
export function bagOfWords(tokens: tf.Tensor2D, vocabularySize: number): tf.Tensor2D {
  assertTokenNumbers('bagOfWords', tokens);
  if (!(Number.isInteger(vocabularySize) && vocabularySize > SPECIAL_TOKENS.length)) {
    throw new InvalidArgumentError(
      `bagOfWords: vocabularySize is ${vocabularySize}; expected a whole number above ${SPECIAL_TOKENS.length}, usually ` +
        'vocabulary.size.',
    );
  }
  const [rows, length] = tokens.shape;
  const counts = new Float32Array(rows * vocabularySize);
  tokens.dataSync().forEach((number, at) => {
    if (number < 0 || number >= vocabularySize) {
      throw new InvalidArgumentError(
        `bagOfWords: token ${number} is outside of a vocabulary of ${vocabularySize}; give the size of the vocabulary ` +
          'that the tokens were numbered with.',
      );
    }
    if (number < SPECIAL_TOKENS.length) return;
    const cell = Math.floor(at / length) * vocabularySize + number;
    counts[cell] = (counts[cell] as number) + 1;
  });
  return tf.tensor2d(counts, [rows, vocabularySize]);
}

/**
 * Bag-of-words features whose words count the more the fewer sentences they occur in (tf-idf):
 *
 * ```
 * x_iw = tf_iw · idf_w / ‖tf_i · idf‖,   idf_w = ln((1 + n) / (1 + n_w)) + 1
 * ```
 *
 * `tf_iw` is how often word `w` occurs in sentence `i`, `n_w` the number of the `n` fitted sentences that hold it. Each row
 * has the length 1; one without known words is 0. The same as scikit-learn's `TfidfTransformer` with its defaults.
 *
 * @see Spärck Jones, "A statistical interpretation of term specificity and its application in retrieval", 1972.
 */
export class TfIdf {
  /** `[vocabulary.size]`, known to every row. */
  readonly inverseDocumentFrequencies: Float32Array;
  readonly vocabularySize: number;

  /** @param sentences Of the **training** split alone; their labels are not used. */
  constructor(sentences: LabelledTokenSequences) {
    const { size, vocabulary } = sentences;
    this.vocabularySize = vocabulary.size;
    const holding = new Float64Array(vocabulary.size);
    for (let row = 0; row < size; row++) {
      for (const number of new Set(sentences.row(row))) {
        holding[number] = (holding[number] as number) + 1;
      }
    }
    this.inverseDocumentFrequencies = Float32Array.from(
      holding,
      (count) => Math.log((1 + size) / (1 + count)) + 1,
    );
  }

  /**
   * @param tokens `[N, T]`, int32.
   * @returns `[N, vocabulary.size]`, float32; the caller disposes it.
   * @throws InvalidArgumentError as {@link bagOfWords}.
   */
  features(tokens: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const weighted = bagOfWords(tokens, this.vocabularySize).mul(
        tf.tensor1d(this.inverseDocumentFrequencies),
      );
      const lengths = weighted.square().sum(1, true).sqrt();
      return weighted.div(tf.maximum(lengths, 1e-12)) as tf.Tensor2D;
    });
  }
}
