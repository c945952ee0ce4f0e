import type { MaskedLanguageModel } from '../models/masked-language-model';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { tokenize } from '../text/tokenize';
import { MASK, SPECIAL_TOKENS, type Vocabulary } from '../text/vocabulary';
import type { WordCountModel } from '../text/word-count-model';

/** One guess of {@link fillMask}. */
export interface WordGuess {
  readonly word: string;
  readonly probability: number;
}

/** Options of {@link fillMask}. */
export interface FillMaskOptions {
  /** A network, or a baseline that counts. */
  readonly model: MaskedLanguageModel | WordCountModel;
  readonly vocabulary: Vocabulary;
  /** Guesses for each mask, from 1 to the number of words in the vocabulary. Default: 5, or all where there are fewer. */
  readonly count?: number;
}

const MASK_TOKEN = SPECIAL_TOKENS[MASK];

/**
 * Guesses the words that stand for each `[MASK]` of a text. Special tokens are no guesses, whatever the model gives them.
 *
 * @param text Any text, which is tokenized; `[MASK]` marks a word to be guessed.
 * @returns For each mask, in order, the most probable words. Their probabilities are the model's, hence 1 in sum only with
 *   those of the special tokens.
 * @throws InvalidArgumentError when the text has no `[MASK]`, the model was made for another number of words, or there are not as
 *   many words as are asked for.
 * @example fillMask('God bless the United [MASK] of America.', { model, vocabulary })[0][0].word // 'states'
 */
export function fillMask(
  text: string,
  { model, vocabulary, count }: FillMaskOptions,
): WordGuess[][] {
  const parts = text.split(MASK_TOKEN);
  if (parts.length < 2) {
    throw new InvalidArgumentError(
      `fillMask was given "${text}", which has no ${MASK_TOKEN}; write ${MASK_TOKEN} where a word is to be guessed.`,
    );
  }
  const words = 'encoder' in model ? model.encoder.embedding.shape[0] : model.vocabularySize;
  if (words !== vocabulary.size) {
    throw new InvalidArgumentError(
      `fillMask was given a vocabulary of ${vocabulary.size} words and a model made for ${words}; expected those of one ` +
        'training. Load the vocabulary that was saved with the model.',
    );
  }
  const most = words - SPECIAL_TOKENS.length;
  const guesses = count ?? Math.min(5, most);
  if (!(Number.isInteger(guesses) && guesses >= 1 && guesses <= most)) {
    throw new InvalidArgumentError(
      `fillMask: count is ${guesses}; expected a whole number from 1 to ${most}, the number of words in the vocabulary that ` +
        'are no special tokens.',
    );
  }
  const numbers = parts.flatMap((part, index) => [
    ...(index > 0 ? [MASK] : []),
    ...vocabulary.encode(tokenize(part)),
  ]);
  const positions = numbers.flatMap((number, position) => (number === MASK ? [position] : []));
  return tf.tidy(() => {
    const scores = model.callAt(
      tf.tensor2d([numbers], undefined, 'int32'),
      tf.tensor1d(positions, 'int32'),
    );
    const ofWords = tf.softmax(scores).slice([0, SPECIAL_TOKENS.length]) as tf.Tensor2D;
    const { values, indices } = tf.topk(ofWords, guesses);
    const probabilities = values.arraySync() as number[][];
    return (indices.arraySync() as number[][]).map((row, mask) =>
      row.map((number, place) => ({
        word: vocabulary.tokenOf(number + SPECIAL_TOKENS.length),
        probability: probabilities[mask]?.[place] as number,
      })),
    );
  });
}
