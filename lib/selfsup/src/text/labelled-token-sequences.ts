import type { BatchSource } from '../data/batch-source';
import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { PAD, SPECIAL_TOKENS, type Vocabulary } from './vocabulary';

/** A batch of sentences with the number of each one's class. */
export type LabelledTokens = {
  /** `[N, T]`, int32, padding at the end of each row. */
  tokens: tf.Tensor2D;
  /** `[N]`, int32. */
  labels: tf.Tensor1D;
};

/** What {@link LabelledTokenSequences} is made of. */
export interface LabelledTokenSequencesOptions {
  /** Class of each sentence, whole numbers from 0. */
  readonly labels: ArrayLike<number>;
  readonly vocabulary: Vocabulary;
  /** Tokens in each row: shorter sentences are filled up with `[PAD]`, of longer ones the end is cut off. */
  readonly length: number;
}

/**
 * Labelled sentences as rows of token numbers, one row for each sentence, in their order. It is a source of batches
 * `{ tokens: [N, length], labels: [N] }` for `train`.
 */
export class LabelledTokenSequences implements BatchSource<LabelledTokens> {
  readonly vocabulary: Vocabulary;
  readonly length: number;
  /** `[size, length]`, row by row. */
  readonly numbers: Int32Array;
  readonly labels: Int32Array;
  /** Tokens of each sentence, as they were given, uncut. */
  readonly sentences: readonly (readonly string[])[];

  /**
   * @param sentences Tokens of each sentence.
   * @throws InvalidArgumentError when there are not as many labels as sentences, or none; a label is not a whole number
   *   from 0; a sentence has no tokens; or `length` is out of range.
   */
  constructor(
    sentences: readonly (readonly string[])[],
    { labels, vocabulary, length }: LabelledTokenSequencesOptions,
  ) {
    assertCount('LabelledTokenSequences', 'length', length);
    if (sentences.length !== labels.length || sentences.length === 0) {
      throw new InvalidArgumentError(
        `LabelledTokenSequences: ${sentences.length} sentences but ${labels.length} labels; expected as many of both, ` +
          'and at least one.',
      );
    }
    this.vocabulary = vocabulary;
    this.length = length;
    this.numbers = new Int32Array(sentences.length * length).fill(PAD);
    this.labels = Int32Array.from(labels);
    this.sentences = sentences;
    for (const [index, sentence] of sentences.entries()) {
      const label = labels[index] as number;
      if (!Number.isInteger(label) || label < 0) {
        throw new InvalidArgumentError(
          `LabelledTokenSequences: label ${index} is ${label}; expected a whole number from 0 on.`,
        );
      }
      if (sentence.length === 0) {
        throw new InvalidArgumentError(
          `LabelledTokenSequences: sentence ${index} has no tokens, so there is nothing to classify. Leave it out.`,
        );
      }
      this.numbers.set(vocabulary.encode(sentence.slice(0, length)), index * length);
    }
  }

  /** Number of sentences. */
  get size(): number {
    return this.labels.length;
  }

  /** The numbers of one sentence, padding included. */
  row(index: number): Int32Array {
    return this.numbers.subarray(index * this.length, (index + 1) * this.length);
  }

  /** The share of the real tokens that are not in the vocabulary, of all rows. */
  get unknownShare(): number {
    const unknown = SPECIAL_TOKENS.indexOf('[UNK]');
    let [real, missing] = [0, 0];
    for (const number of this.numbers) {
      if (number !== PAD) real++;
      if (number === unknown) missing++;
    }
    return missing / real;
  }

  /**
   * The sentences at these positions, in this order.
   *
   * @throws InvalidArgumentError when there is none, or a position is not one of a sentence.
   */
  subset(positions: ArrayLike<number>): LabelledTokenSequences {
    if (positions.length === 0) {
      throw new InvalidArgumentError(
        'LabelledTokenSequences.subset was given no positions; expected at least one.',
      );
    }
    const chosen = Array.from(positions, (position) => {
      this.#assertPosition(position);
      return position;
    });
    return new LabelledTokenSequences(
      chosen.map((position) => this.sentences[position] as readonly string[]),
      {
        labels: chosen.map((position) => this.labels[position] as number),
        vocabulary: this.vocabulary,
        length: this.length,
      },
    );
  }

  /** The sentences at these positions as tensors, which the caller disposes. */
  batch(indices: ArrayLike<number>): LabelledTokens {
    const numbers = new Int32Array(indices.length * this.length);
    const labels = new Int32Array(indices.length);
    for (let place = 0; place < indices.length; place++) {
      const index = indices[place] as number;
      this.#assertPosition(index);
      numbers.set(this.row(index), place * this.length);
      labels[place] = this.labels[index] as number;
    }
    return {
      tokens: tf.tensor2d(numbers, [indices.length, this.length], 'int32'),
      labels: tf.tensor1d(labels, 'int32'),
    };
  }

  #assertPosition(position: number): void {
    if (Number.isInteger(position) && position >= 0 && position < this.size) return;
    throw new InvalidArgumentError(
      `LabelledTokenSequences has no sentence ${position}; its ${this.size} sentences are numbered from 0 on.`,
    );
  }
}
