import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { captionedBy } from './caption-templates';
import { tokenize } from './tokenize';
import { PAD, type Vocabulary } from './vocabulary';

/** Options of {@link PromptedCaptions}. */
export interface PromptedCaptionsOptions {
  /** Sentences with `{}` in the place of the caption, at least one. */
  readonly templates: readonly string[];
  readonly vocabulary: Vocabulary;
  /** Tokens in a row; longer sentences are cut. Default: as many as the longest sentence of these captions has. */
  readonly length?: number;
}

/**
 * The distinct captions of a set of images, numbered in alphabetical order, each in every template and as token numbers.
 * Two images with the same caption get the same number, which is how a loss knows of false negatives.
 */
export class PromptedCaptions {
  /** The distinct captions by number. */
  readonly texts: readonly string[];
  readonly templates: readonly string[];
  readonly vocabulary: Vocabulary;
  /** Tokens in a row. */
  readonly length: number;
  readonly #numbers: ReadonlyMap<string, number>;
  /** `[size, templates, length]`, row by row. */
  readonly #tokens: Int32Array;

  /**
   * @param captions May repeat.
   * @throws InvalidArgumentError when there is no caption or no template, a template has no `{}`, or the length is none.
   */
  constructor(
    captions: Iterable<string>,
    { templates, vocabulary, length }: PromptedCaptionsOptions,
  ) {
    const texts = [...new Set(captions)].sort();
    const unfit = templates.find((template) => !template.includes('{}'));
    if (texts.length === 0 || templates.length === 0 || unfit !== undefined) {
      throw new InvalidArgumentError(
        `PromptedCaptions was given ${texts.length} captions and the templates ${JSON.stringify(templates)}; expected ` +
          'at least one of each, and {} in every template where the caption stands.',
      );
    }
    const rows = texts.flatMap((text) =>
      templates.map((template) => vocabulary.encode(tokenize(captionedBy(template, text)))),
    );
    const longest = length ?? rows.reduce((most, row) => Math.max(most, row.length), 0);
    assertCount('PromptedCaptions', 'length', longest);
    this.texts = texts;
    this.templates = templates;
    this.vocabulary = vocabulary;
    this.length = longest;
    this.#numbers = new Map(texts.map((text, number) => [text, number]));
    this.#tokens = new Int32Array(rows.length * longest).fill(PAD);
    for (const [index, row] of rows.entries()) {
      this.#tokens.set(row.subarray(0, longest), index * longest);
    }
  }

  /** Number of distinct captions. */
  get size(): number {
    return this.texts.length;
  }

  /**
   * The number of each caption.
   *
   * @throws InvalidArgumentError when one is not among them.
   */
  numbersOf(captions: readonly string[]): Int32Array {
    return Int32Array.from(captions, (caption) => {
      const number = this.#numbers.get(caption);
      if (number === undefined) {
        throw new InvalidArgumentError(
          `PromptedCaptions does not hold "${caption}"; it was made of ${this.size} captions, such as ` +
            `"${this.texts[0]}". Make it of all captions it will be asked for.`,
        );
      }
      return number;
    });
  }

  /**
   * The token numbers of captions in every template.
   *
   * @param numbers Captions by number; default: all.
   * @returns `[N, templates, length]`, int32, padding at the end of each row; the caller disposes it.
   * @throws InvalidArgumentError when no caption has such a number.
   */
  tokens(numbers: ArrayLike<number> = Int32Array.from(this.texts.keys())): tf.Tensor3D {
    const perCaption = this.templates.length * this.length;
    const chosen = new Int32Array(numbers.length * perCaption);
    for (let place = 0; place < numbers.length; place++) {
      const number = numbers[place] as number;
      if (!(number in this.texts)) {
        throw new InvalidArgumentError(
          `PromptedCaptions has no caption ${number}; its ${this.size} captions are numbered from 0 on.`,
        );
      }
      const row = this.#tokens.subarray(number * perCaption, (number + 1) * perCaption);
      chosen.set(row, place * perCaption);
    }
    return tf.tensor3d(chosen, [numbers.length, this.templates.length, this.length], 'int32');
  }
}
