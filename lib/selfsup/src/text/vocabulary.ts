import { InvalidArgumentError } from '../runtime/errors';

/** The special tokens in the order of their numbers: padding, a word to be guessed, a word out of the vocabulary. */
export const SPECIAL_TOKENS = ['[PAD]', '[MASK]', '[UNK]'] as const;

/** Number of `[PAD]`, which fills a sequence up to its length. */
export const PAD = 0;
/** Number of `[MASK]`, which stands where a word is to be guessed. */
export const MASK = 1;
/** Number of `[UNK]`, which stands for every word that is not in the vocabulary. */
export const UNK = 2;

/** Options of {@link Vocabulary.build}. */
export interface BuildVocabularyOptions {
  /** The most tokens, the special ones included. Default: 10,000. */
  readonly size?: number;
  /** Words seen less often are left out. Default: 1. */
  readonly minimumCount?: number;
}

/** What {@link Vocabulary.toJSON} writes. */
export interface StoredVocabulary {
  readonly words: readonly string[];
}

/**
 * The words a language model knows, each with a number. Numbers 0, 1 and 2 are the {@link SPECIAL_TOKENS}; words
 * follow, in {@link Vocabulary.build} by frequency.
 */
export class Vocabulary {
  /** All tokens by number. */
  readonly tokens: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;

  /**
   * @param words The words in the order of their numbers, from 3 on.
   * @throws InvalidArgumentError when a word repeats or is a special token.
   */
  constructor(words: readonly string[]) {
    this.tokens = [...SPECIAL_TOKENS, ...words];
    const numbers = new Map<string, number>();
    this.tokens.forEach((token, number) => {
      if (numbers.has(token)) {
        throw new InvalidArgumentError(
          `Vocabulary was given "${token}" twice, as numbers ${numbers.get(token)} and ${number}; expected each word ` +
            `once, and none of ${SPECIAL_TOKENS.join(', ')}, which are always there.`,
        );
      }
      numbers.set(token, number);
    });
    this.#numbers = numbers;
  }

  /**
   * The most frequent words of a text. Words of equal frequency stand in alphabetical order, so that the same text always
   * gives the same numbers.
   *
   * @param sentences Tokens of each sentence, of the **training** split alone.
   * @throws InvalidArgumentError when `size` leaves no room for a word.
   */
  static build(
    sentences: Iterable<readonly string[]>,
    { size = 10_000, minimumCount = 1 }: BuildVocabularyOptions = {},
  ): Vocabulary {
    if (!(Number.isInteger(size) && size > SPECIAL_TOKENS.length)) {
      throw new InvalidArgumentError(
        `Vocabulary.build: size is ${size}; expected a whole number above ${SPECIAL_TOKENS.length}, the number of ` +
          'special tokens.',
      );
    }
    const counts = new Map<string, number>();
    for (const sentence of sentences) {
      for (const token of sentence) counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    for (const special of SPECIAL_TOKENS) counts.delete(special);
    const words = [...counts]
      .filter(([, count]) => count >= minimumCount)
      .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
      .slice(0, size - SPECIAL_TOKENS.length)
      .map(([word]) => word);
    return new Vocabulary(words);
  }

  /** @throws InvalidArgumentError when it is not what {@link toJSON} wrote. */
  static fromJSON(stored: StoredVocabulary): Vocabulary {
    const words: unknown = stored?.words;
    if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) {
      throw new InvalidArgumentError(
        'Vocabulary.fromJSON was given something else than a stored vocabulary; expected { words: [string, …] }, as ' +
          'JSON.stringify(vocabulary) writes it.',
      );
    }
    return new Vocabulary(words as string[]);
  }

  /** Number of tokens, the special ones included. */
  get size(): number {
    return this.tokens.length;
  }

  /** Whether the token, special ones included, is in the vocabulary. */
  has(token: string): boolean {
    return this.#numbers.has(token);
  }

  /** The number of a token; that of `[UNK]` for a word that is not in the vocabulary. */
  numberOf(token: string): number {
    return this.#numbers.get(token) ?? UNK;
  }

  /** @throws InvalidArgumentError when no token has this number. */
  tokenOf(number: number): string {
    const token = this.tokens[number];
    if (token === undefined) {
      throw new InvalidArgumentError(
        `Vocabulary has no token ${number}; its ${this.size} tokens are numbered from 0 to ${this.size - 1}.`,
      );
    }
    return token;
  }

  /** The numbers of tokens, in their order; see {@link numberOf}. */
  encode(tokens: readonly string[]): Int32Array {
    return Int32Array.from(tokens, (token) => this.numberOf(token));
  }

  /** @throws InvalidArgumentError when a number is not one of a token. */
  decode(numbers: ArrayLike<number>): string[] {
    return Array.from(numbers, (number) => this.tokenOf(number));
  }

  /** For `JSON.stringify`. */
  toJSON(): StoredVocabulary {
    return { words: this.tokens.slice(SPECIAL_TOKENS.length) };
  }
}
