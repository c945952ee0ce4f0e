import { InvalidArgumentError } from '../runtime/errors';
import { RandomGenerator } from '../runtime/random-generator';
import type { TokenSequences } from './token-sequences';
import { MASK, SPECIAL_TOKENS } from './vocabulary';

/** Options of {@link maskForEvaluation}. */
export interface MaskForEvaluationOptions {
  /** Equal seeds hide the same words. Default: 0. */
  readonly seed?: number;
  /** Probability that a word is hidden. Default: 0.15. */
  readonly rate?: number;
  /** At most this many sequences, spread evenly over all. Default: all. */
  readonly limit?: number | undefined;
}

/** Sequences with hidden words, and the words: the same questions for every model. */
export interface MaskedWords {
  /** `[size, length]`, row by row: hidden words are `[MASK]`. */
  readonly inputs: Int32Array;
  /** Number of sequences. */
  readonly size: number;
  /** Tokens in each sequence, padding included. */
  readonly length: number;
  /** Where the hidden words stand, in ascending order: row · length + column. */
  readonly positions: Int32Array;
  /** The hidden words, in the order of `positions`. */
  readonly targets: Int32Array;
}

/**
 * Hides words of held-out sequences once and for all: each word with the given probability, every one of them as
 * `[MASK]`. Special tokens are never hidden.
 *
 * @throws InvalidArgumentError when an option is out of range, or no word was hidden.
 */
export function maskForEvaluation(
  sequences: TokenSequences,
  { seed = 0, rate = 0.15, limit }: MaskForEvaluationOptions = {},
): MaskedWords {
  if (!(rate > 0 && rate <= 1)) {
    throw new InvalidArgumentError(
      `maskForEvaluation: rate is ${rate}; expected a probability above 0, at most 1.`,
    );
  }
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) {
    throw new InvalidArgumentError(
      `maskForEvaluation: limit is ${limit}; expected a whole number, 1 or more. Leave it out for all sequences.`,
    );
  }
  const size = Math.min(sequences.size, limit ?? sequences.size);
  const { length } = sequences;
  const inputs = new Int32Array(size * length);
  for (let row = 0; row < size; row++) {
    inputs.set(sequences.row(Math.floor((row * sequences.size) / size)), row * length);
  }
  const random = new RandomGenerator(seed);
  const threshold = rate * 2 ** 32;
  const positions: number[] = [];
  const targets: number[] = [];
  inputs.forEach((token, position) => {
    if (token < SPECIAL_TOKENS.length || random.nextUint32() >= threshold) return;
    positions.push(position);
    targets.push(token);
    inputs[position] = MASK;
  });
  if (positions.length === 0) {
    throw new InvalidArgumentError(
      `maskForEvaluation hid no word of ${size} sequences at the rate ${rate}; give more sequences or a higher rate.`,
    );
  }
  return {
    inputs,
    size,
    length,
    positions: Int32Array.from(positions),
    targets: Int32Array.from(targets),
  };
}
