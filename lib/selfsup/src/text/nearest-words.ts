import { l2Normalise } from '../losses/l2-normalise';
import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { SPECIAL_TOKENS, type Vocabulary } from './vocabulary';

/** One neighbour that {@link nearestWords} found. */
export interface NearWord {
  readonly word: string;
  /** Cosine of the two word vectors, −1 to 1. */
  readonly similarity: number;
}

/** Options of {@link nearestWords}. */
export interface NearestWordsOptions {
  /** Word vectors, `[V, d]`, for instance `model.encoder.embedding`. */
  readonly embedding: tf.Tensor2D;
  readonly vocabulary: Vocabulary;
  /** Number of neighbours. Default: 8. */
  readonly count?: number;
}

/**
 * The words whose vectors point most nearly in the direction of a word's vector. Special tokens are left out.
 *
 * @throws InvalidArgumentError when the word is not in the vocabulary, there is not one vector for each of its words, or
 *   `count` is not a whole number above 0.
 */
export function nearestWords(
  word: string,
  { embedding, vocabulary, count = 8 }: NearestWordsOptions,
): NearWord[] {
  if (embedding.shape[0] !== vocabulary.size) {
    throw new InvalidArgumentError(
      `nearestWords was given ${embedding.shape[0]} vectors and a vocabulary of ${vocabulary.size} words; expected one ` +
        'vector for each. Load the vocabulary that was saved with the model.',
    );
  }
  assertCount('nearestWords', 'count', count);
  const number = vocabulary.numberOf(word);
  const specials = SPECIAL_TOKENS.length;
  if (number < specials) {
    throw new InvalidArgumentError(
      `nearestWords was given "${word}", which is not in the vocabulary of ${vocabulary.size} words; choose a more ` +
        'frequent one, in lower case.',
    );
  }
  return tf.tidy(() => {
    const words = l2Normalise(embedding.slice([specials]));
    const itself = number - specials;
    const similarities = tf.matMul(words, words.slice([itself], [1]), false, true).flatten();
    const most = Math.min(count + 1, similarities.size);
    const { values, indices } = tf.topk(similarities, most);
    const cosines = values.dataSync();
    return Array.from(indices.dataSync(), (index, place) => ({
      word: vocabulary.tokenOf(index + specials),
      similarity: cosines[place] as number,
    }))
      .filter((near) => near.word !== word)
      .slice(0, count);
  });
}
