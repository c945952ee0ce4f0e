import type { BatchSource } from '../data/batch-source';
import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { PAD, SPECIAL_TOKENS, type Vocabulary } from './vocabulary';

/** Options of {@link TokenSequences}. */
export interface TokenSequencesOptions {
  readonly vocabulary: Vocabulary;
  /** Tokens in each sequence: shorter sentences are filled up with `[PAD]`, longer ones cut into several sequences. */
  readonly length: number;
  /** Sequences with fewer real tokens are left out: there is too little context to guess from. Default: 1. */
  readonly shortest?: number;
}

/**
 * Sentences as rows of token numbers, all of one length: what a compiled training step needs. Padding stands at the end.
 * It is a source of batches `{ tokens: [N, length] }`, int32, for `train`.
 */
export class TokenSequences implements BatchSource<{ tokens: tf.Tensor2D }> {
  readonly vocabulary: Vocabulary;
  readonly length: number;
  /** `[size, length]`, row by row. */
  readonly numbers: Int32Array;

  /**
   * @param sentences Tokens of each sentence.
   * @throws InvalidArgumentError when an option is out of range, or no sentence is long enough.
   */
  constructor(
    sentences: Iterable<readonly string[]>,
    { vocabulary, length, shortest = 1 }: TokenSequencesOptions,
  ) {
    assertCount('TokenSequences', 'length', length);
    if (!(Number.isInteger(shortest) && shortest >= 1 && shortest <= length)) {
      throw new InvalidArgumentError(
        `TokenSequences: shortest is ${shortest}; expected a whole number from 1 to length, which is ${length}.`,
      );
    }
    const rows: Int32Array[] = [];
    for (const sentence of sentences) {
      const numbers = vocabulary.encode(sentence);
      for (let start = 0; start < numbers.length; start += length) {
        const piece = numbers.subarray(start, start + length);
        if (piece.length >= shortest) rows.push(piece);
      }
    }
    if (rows.length === 0) {
      throw new InvalidArgumentError(
        `TokenSequences found no sentence of at least ${shortest} tokens; give more text or a smaller shortest.`,
      );
    }
    this.vocabulary = vocabulary;
    this.length = length;
    this.numbers = new Int32Array(rows.length * length).fill(PAD);
    for (const [index, row] of rows.entries()) this.numbers.set(row, index * length);
  }

  /** Number of sequences. */
  get size(): number {
    return this.numbers.length / this.length;
  }

  /** Number of real tokens, without padding. */
  get tokenCount(): number {
    return this.numbers.reduce((count, number) => count + (number === PAD ? 0 : 1), 0);
  }

  /**
   * The share of each token of the vocabulary among all words, one added to each count; 0 for special tokens.
   * They sum to 1.
   */
  get wordFrequencies(): Float64Array {
    const counts = new Float64Array(this.vocabulary.size).fill(1);
    for (const number of this.numbers) counts[number] = (counts[number] as number) + 1;
    counts.fill(0, 0, SPECIAL_TOKENS.length);
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => count / total);
  }

  /** The numbers of one sequence, padding included. */
  row(index: number): Int32Array {
    return this.numbers.subarray(index * this.length, (index + 1) * this.length);
  }

  /** The sequences at these positions, `[N, length]`, int32; the caller disposes them. */
  batch(indices: ArrayLike<number>): { tokens: tf.Tensor2D } {
    const chosen = new Int32Array(indices.length * this.length);
    for (let place = 0; place < indices.length; place++) {
      const index = indices[place] as number;
      if (!(Number.isInteger(index) && index >= 0 && index < this.size)) {
        throw new InvalidArgumentError(
          `TokenSequences has no sequence ${index}; its ${this.size} sequences are numbered from 0 on.`,
        );
      }
      chosen.set(this.row(index), place * this.length);
    }
    return { tokens: tf.tensor2d(chosen, [indices.length, this.length], 'int32') };
  }
}
