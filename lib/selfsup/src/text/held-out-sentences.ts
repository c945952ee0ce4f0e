import { InvalidArgumentError } from '../runtime/errors';
import { tokenize } from './tokenize';

const HAS_LETTER_OR_NUMBER = /[\p{L}\p{N}]/u;

/**
 * What two spellings of a sentence have in common: its words and numbers in lower case, one space between them, without
 * punctuation. Contractions are parted, so that `It's good!` and SST-2's `it 's good .` are the same.
 *
 * @returns An empty text for a sentence without words and numbers.
 */
export function sentenceKey(sentence: string): string {
  return tokenize(sentence)
    .filter((token) => HAS_LETTER_OR_NUMBER.test(token))
    .join(' ');
}

/**
 * The sentences of a text that are none of the held-out ones, in their order: what a model may be pre-trained on that will
 * be judged on those. Sentences are compared by their {@link sentenceKey}, not letter by letter: the same sentence
 * from another source has other capitals, spaces and punctuation. Sentences without words are kept.
 *
 * Labels need not be seen for a test to be spoilt: a language model that has read the test sentences has learned words
 * and contexts that it would not have met in new text.
 *
 * @example withoutHeldOutSentences(['A fine film.', 'Too long.'], ['a fine film .']) // ['Too long.']
 */
export function withoutHeldOutSentences(
  sentences: readonly string[],
  heldOut: Iterable<string>,
): string[] {
  const keys = keysOf(heldOut);
  return sentences.filter((sentence) => !keys.has(sentenceKey(sentence)));
}

/**
 * Makes sure that a text holds none of the held-out sentences, as {@link withoutHeldOutSentences} compares them.
 *
 * @throws InvalidArgumentError when it does; the message says how many, and the first of them.
 */
export function assertNoHeldOutSentences(
  sentences: readonly string[],
  heldOut: Iterable<string>,
): void {
  const keys = keysOf(heldOut);
  const found = sentences.filter((sentence) => keys.has(sentenceKey(sentence)));
  if (found.length > 0) {
    throw new InvalidArgumentError(
      `${found.length} of ${sentences.length} sentences are held out, the first of them "${found[0]?.slice(0, 80)}"; ` +
        'expected none. Take them out with withoutHeldOutSentences.',
    );
  }
}

function keysOf(sentences: Iterable<string>): Set<string> {
  const keys = new Set<string>();
  for (const sentence of sentences) keys.add(sentenceKey(sentence));
  // Not a sentence: it would take out every line of dots.
  keys.delete('');
  return keys;
}
