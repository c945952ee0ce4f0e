import { bagOfWords, MASK, PAD, SPECIAL_TOKENS, tf, UNK } from 'selfsup';
import { attemptTensor, requireTidy } from './attempt';
import { Finding, type Property } from './judge';

/** A learner's bag of words: tokens `[N, T]`, int32, and the size of the vocabulary, to counts `[N, vocabularySize]`. */
export type LearnerBagOfWords = (tokens: tf.Tensor2D, vocabularySize: number) => unknown;

const VOCABULARY = 9;
const SPECIALS = SPECIAL_TOKENS.length;

const REPEATED: readonly (readonly number[])[] = [
  [3, 5, 3, 3, 8],
  [4, 4, 7, 6, 5],
];
const SHORT: readonly (readonly number[])[] = [
  [3, 8, 3, PAD, PAD, PAD],
  [5, UNK, 5, UNK, 6, PAD],
  [UNK, 4, MASK, 8, 8, 8],
  [7, PAD, PAD, PAD, PAD, PAD],
];

const written = (row: readonly number[]): string => `[${row.join(', ')}]`;

function countsOf(learner: LearnerBagOfWords, rows: readonly (readonly number[])[]): number[][] {
  const tokens = tf.tensor2d(rows as number[][], undefined, 'int32');
  const occasion = `with ${rows.length} rows of ${tokens.shape[1]} tokens and a vocabulary of ${VOCABULARY}`;
  const result = attemptTensor(() => learner(tokens, VOCABULARY), occasion, [
    rows.length,
    VOCABULARY,
  ]);
  if (result.shape.join() !== `${rows.length},${VOCABULARY}`) {
    const perRow = result.rank === 2 && result.shape[0] === rows.length;
    throw new Finding(
      `When called ${occasion}, it returned shape [${result.shape.join(', ')}]; expected [${rows.length}, ${VOCABULARY}]. ` +
        (perRow
          ? 'One column for each number of the vocabulary, those of the special tokens included, so that column 5 is token 5.'
          : 'Each row is a sentence and has counts of its own: sum over its positions, not over the batch.'),
    );
  }
  return result.arraySync() as number[][];
}

function requireCounts(learner: LearnerBagOfWords, rows: readonly (readonly number[])[]): void {
  const found = countsOf(learner, rows);
  const expected = bagOfWords(
    tf.tensor2d(rows as number[][], undefined, 'int32'),
    VOCABULARY,
  ).arraySync() as number[][];
  for (const [row, right] of expected.entries()) {
    const column = right.findIndex(
      (count, at) => !(Math.abs(count - (found[row]?.[at] as number)) <= 1e-4),
    );
    if (column < 0) continue;
    const got = found[row] as number[];
    const count = got[column] as number;
    const story = `Of the row ${written(rows[row] as number[])} it counts token ${column} ${count} times; expected ${right[column]}.`;
    const shifted = right.every(
      (one, at) => at < SPECIALS || one === (got[at - SPECIALS] as number),
    );
    const present = right.every(
      (one, at) => at < SPECIALS || Math.sign(one) === (got[at] as number),
    );
    const ofAllRows = expected.reduce((sum, one) => sum + (one[column] as number), 0);
    const advice = shifted
      ? `Its columns are shifted by ${SPECIALS}: column 5 is token 5.`
      : column < SPECIALS
        ? `${SPECIAL_TOKENS[column]} is no word: its column stays 0.`
        : present
          ? 'It says whether a word occurs; say how often.'
          : count === ofAllRows
            ? 'That is the count of all rows together; each row has its own.'
            : '';
    throw new Finding(`${story} ${advice}`.trimEnd());
  }
}

/** What a bag of words must satisfy. */
export const BAG_OF_WORDS_PROPERTIES: readonly Property<LearnerBagOfWords>[] = [
  {
    name: 'returns one row for each sentence, one column for each token of the vocabulary',
    examine: (learner) => {
      countsOf(learner, REPEATED);
      countsOf(learner, SHORT);
    },
  },
  {
    name: 'counts how often each word occurs in its row',
    examine: (learner) => requireCounts(learner, REPEATED),
  },
  {
    name: 'counts no padding and no other special token',
    examine: (learner) => requireCounts(learner, SHORT),
  },
  {
    name: 'does not depend on the order of the words',
    examine: (learner) => {
      const reversed = REPEATED.map((row) => [...row].reverse());
      if (countsOf(learner, reversed).join() !== countsOf(learner, REPEATED).join()) {
        throw new Finding('Reversed, the same words give other counts.');
      }
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const tokens = tf.tensor2d(SHORT as number[][], undefined, 'int32');
      requireTidy(() => learner(tokens, VOCABULARY));
    },
  },
];
