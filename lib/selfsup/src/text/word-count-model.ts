import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import type { TokenSequences } from './token-sequences';
import { MASK, PAD, SPECIAL_TOKENS } from './vocabulary';

const NEIGHBOURS_SEEN = ['none', 'left', 'both'] as const;

/** Which neighbours a {@link WordCountModel} looks at. */
export type NeighboursSeen = (typeof NEIGHBOURS_SEEN)[number];

/** Options of {@link WordCountModel}. */
export interface WordCountModelOptions {
  /** `none`: unigram. `left`: bigram. `both`: left and right neighbour. */
  readonly neighbours: NeighboursSeen;
  /**
   * μ, the weight of the word frequencies against the pairs counted: a neighbour seen c times is believed with weight
   * c / (c + μ). To be chosen on the validation split. Default: 100.
   */
  readonly smoothing?: number;
}

/** For each word, which words stood beside it, and how often: rows of a sparse matrix. */
interface PairCounts {
  readonly starts: Int32Array;
  readonly words: Int32Array;
  readonly counts: Int32Array;
}

/** Logit of a special token, which is never the answer: `exp` of it is 0. */
const NEVER = -1e9;

/**
 * Guesses hidden words by counting, the baselines a language model has to beat. With the frequency `p(w)` of word w and
 * the count `c(l, w)` of w right after l:
 *
 * ```
 * none   p(w)
 * left   p(w | l) = ( c(l, w) + μ·p(w) ) / ( c(l) + μ )
 * both   p(w | l, r) ∝ p(w | l) · p(w | r) / p(w)
 * ```
 *
 * `left` is the bigram model, interpolated with word frequencies; `both` combines it with the same from the right
 * neighbour, as if the two were independent given the word. The edge of a sequence is a neighbour of its own; a neighbour
 * that is itself hidden says nothing, and is left out. Frequencies have one added to each count.
 *
 * @see MacKay and Peto, "A hierarchical Dirichlet language model", Natural Language Engineering 1(3), 1995.
 */
export class WordCountModel {
  readonly neighbours: NeighboursSeen;
  readonly smoothing: number;
  /** Number of tokens in the vocabulary of the sequences. */
  readonly vocabularySize: number;

  readonly #logFrequencies: Float32Array;
  readonly #frequencies: Float64Array;
  readonly #afterLeft: PairCounts;
  readonly #beforeRight: PairCounts;

  /**
   * @param sequences The **training** split.
   * @throws InvalidArgumentError when `neighbours` is unknown, or `smoothing` is not a finite number above 0.
   */
  constructor(sequences: TokenSequences, { neighbours, smoothing = 100 }: WordCountModelOptions) {
    if (!NEIGHBOURS_SEEN.includes(neighbours)) {
      throw new InvalidArgumentError(
        `WordCountModel: neighbours is "${neighbours}"; expected "none", "left" or "both".`,
      );
    }
    if (!(smoothing > 0 && Number.isFinite(smoothing))) {
      throw new InvalidArgumentError(
        `WordCountModel: smoothing is ${smoothing}; expected a finite number above 0, usually 10 to 1,000.`,
      );
    }
    const { numbers, length, vocabulary } = sequences;
    const size = vocabulary.size;
    this.neighbours = neighbours;
    this.smoothing = smoothing;
    this.vocabularySize = size;
    this.#frequencies = sequences.wordFrequencies;
    this.#logFrequencies = Float32Array.from(this.#frequencies, (p) =>
      p > 0 ? Math.log(p) : NEVER,
    );
    const sides = { left: new Int32Array(numbers.length), right: new Int32Array(numbers.length) };
    numbers.forEach((_, at) => {
      sides.left[at] = neighbourAt(numbers, length, at, -1);
      sides.right[at] = neighbourAt(numbers, length, at, 1);
    });
    this.#afterLeft = countPairs(neighbours === 'none' ? null : sides.left, numbers, size);
    this.#beforeRight = countPairs(neighbours === 'both' ? sides.right : null, numbers, size);
  }

  /** A `MaskedWordPredictor`: the logarithm of the formulas above, up to a constant for each position. */
  readonly callAt = (tokens: tf.Tensor2D, positions: tf.Tensor1D): tf.Tensor2D => {
    const numbers = tokens.dataSync() as Int32Array;
    const length = tokens.shape[1];
    const size = this.#logFrequencies.length;
    const scores = new Float32Array(positions.size * size);
    positions.dataSync().forEach((position, row) => {
      const ofRow = scores.subarray(row * size, (row + 1) * size);
      ofRow.set(this.#logFrequencies);
      this.#add(ofRow, this.#afterLeft, neighbourAt(numbers, length, position, -1));
      this.#add(ofRow, this.#beforeRight, neighbourAt(numbers, length, position, 1));
    });
    return tf.tensor2d(scores, [positions.size, size]);
  };

  /** Adds log( p(w | neighbour) / p(w) ), up to a constant: it differs for the words seen beside the neighbour alone. */
  #add(scores: Float32Array, { starts, words, counts }: PairCounts, neighbour: number): void {
    if (neighbour === MASK) return;
    for (let i = starts[neighbour] as number; i < (starts[neighbour + 1] as number); i++) {
      const word = words[i] as number;
      const prior = this.smoothing * (this.#frequencies[word] as number);
      scores[word] = (scores[word] as number) + Math.log1p((counts[i] as number) / prior);
    }
  }
}

/** The token beside a position in its row; `[PAD]` stands for the edge of the sequence. */
function neighbourAt(numbers: Int32Array, length: number, position: number, step: -1 | 1): number {
  const column = (position % length) + step;
  return column < 0 || column >= length ? PAD : (numbers[position + step] as number);
}

/** Counts the words beside each neighbour; `null` gives rows without any. */
function countPairs(neighbours: Int32Array | null, words: Int32Array, size: number): PairCounts {
  const keys: number[] = [];
  neighbours?.forEach((neighbour, at) => {
    const word = words[at] as number;
    if (word >= SPECIAL_TOKENS.length) keys.push(neighbour * size + word);
  });
  const sorted = Float64Array.from(keys).sort();
  const starts = new Int32Array(size + 1);
  const found: number[] = [];
  const counts: number[] = [];
  sorted.forEach((key, at) => {
    if (at > 0 && key === sorted[at - 1]) {
      counts[counts.length - 1] = (counts.at(-1) as number) + 1;
      return;
    }
    found.push(key % size);
    counts.push(1);
    const row = Math.floor(key / size);
    starts[row + 1] = (starts[row + 1] as number) + 1;
  });
  for (let row = 0; row < size; row++) {
    starts[row + 1] = (starts[row + 1] as number) + (starts[row] as number);
  }
  return { starts, words: Int32Array.from(found), counts: Int32Array.from(counts) };
}
