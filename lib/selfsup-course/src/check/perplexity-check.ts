import { attemptNumber, requireTidy } from './attempt';
import { Finding, type Property } from './judge';
import { type Mistake, near, requireRight, returned } from './require-right';

/** A learner's perplexity of one row of probabilities: `exp` of their entropy in nats. */
export type LearnerPerplexity = (row: number[]) => unknown;

type Row = readonly number[];

const EQUAL: readonly Row[] = [
  [0.25, 0.25, 0.25, 0.25],
  [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
];
const UNEQUAL: readonly Row[] = [
  [0.5, 0.3, 0.2],
  [0.05, 0.7, 0.1, 0.15],
  [0.4, 0.02, 0.02, 0.02, 0.02, 0.02, 0.5],
  // What is improbable counts, too.
  [0.9, 0.09, 0.009, 0.0009, 0.0001],
];
const WITH_ZEROS: readonly Row[] = [
  [0, 0.5, 0, 0.3, 0.2, 0],
  [0, 1, 0],
  [0.25, 0.25, 0, 0.25, 0.25],
];

const sum = (values: Row) => values.reduce((all, value) => all + value, 0);

/** Entropy in nats; a probability of 0 counts nothing. */
const entropy = (row: Row) => -sum(row.map((p) => (p > 0 ? p * Math.log(p) : 0)));

/** The perplexity of a row of probabilities: e to the power of its entropy in nats. */
export const perplexity = (row: Row): number => Math.exp(entropy(row));

const MISTAKES: readonly Mistake<Row>[] = [
  {
    instead: entropy,
    says: 'That is the entropy; the perplexity is e to the power of it.',
  },
  {
    instead: (row) => entropy(row) / Math.LN2,
    says: 'That is the entropy in bits; the perplexity is 2 to the power of it, or e to the power of the entropy in nats.',
  },
  {
    instead: (row) => Math.exp(entropy(row) / Math.LN2),
    says: 'That is e to the power of an entropy in bits: with exp take the natural logarithm, Math.log; with log2 take 2 ** entropy.',
  },
  {
    instead: (row) => 2 ** entropy(row),
    says: 'That is 2 to the power of an entropy in nats: with Math.log take Math.exp; with log2 take 2 ** entropy.',
  },
  {
    instead: (row) => Math.exp(-entropy(row)),
    says: 'That is one divided by the perplexity: mind the minus before the sum, which makes the entropy positive.',
  },
  {
    instead: (row) => -entropy(row),
    says: 'That is minus the entropy: mind the minus before the sum, then take exp.',
  },
  {
    instead: (row) => -Math.exp(entropy(row)),
    says: 'The minus belongs to the sum, inside exp.',
  },
  {
    instead: (row) => Math.exp(entropy(row) / row.length),
    says: 'That takes the mean of −p ln p; take the sum.',
  },
  {
    instead: (row) => Math.exp(-sum(row.map((p) => (p > 0 ? Math.log(p) : 0)))),
    says: 'That adds up the logarithms alone: weigh each by its probability, p · ln p.',
  },
  {
    instead: (row) => row.filter((p) => p > 0).length,
    says: 'That counts the probabilities above 0; an improbable neighbour is to count less than a probable one.',
  },
  { instead: (row) => row.length, says: 'That is how many numbers the row has.' },
  {
    instead: (row) => 1 / sum(row.map((p) => p * p)),
    says: 'That is 1 / Σ p², another count of neighbours; the perplexity is exp of the entropy.',
  },
];

const written = (row: Row) => `[${row.join(', ')}]`;

function perplexityOf(learner: LearnerPerplexity, row: Row): number {
  const occasion = `with ${written(row)}`;
  try {
    // A copy: a learner may change what is given.
    return attemptNumber(() => learner([...row]), occasion);
  } catch (error) {
    if (!(error instanceof Finding && error.message.includes('NaN') && row.includes(0)))
      throw error;
    throw new Finding(
      `${error.message} In JavaScript 0 · ln 0 is 0 · −∞, not a number; a probability of 0 is to count nothing: leave it out of the sum.`,
    );
  }
}

/** Compares with the definition on every row. */
function compare(learner: LearnerPerplexity, rows: readonly Row[]): void {
  requireRight({
    cases: rows,
    found: (row) => perplexityOf(learner, row),
    right: perplexity,
    same: near(1e-4, 0.1),
    mistakes: MISTAKES,
    story: (row, ...values) => returned(`with ${written(row)}`, ...values),
    hint: 'Work out −Σ p ln p by hand, then e to the power of it.',
  });
}

/** What a perplexity must satisfy. */
export const PERPLEXITY_PROPERTIES: readonly Property<LearnerPerplexity>[] = [
  {
    name: 'returns one number',
    examine: (learner) => {
      for (const row of [...EQUAL, ...UNEQUAL]) perplexityOf(learner, row);
    },
  },
  {
    name: 'is exp of the entropy in nats',
    examine: (learner) => compare(learner, UNEQUAL),
  },
  {
    name: 'is the number of neighbours where all are equally probable',
    examine: (learner) => compare(learner, EQUAL),
  },
  {
    name: 'counts nothing for a probability of 0',
    examine: (learner) => compare(learner, WITH_ZEROS),
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => requireTidy(() => learner([...(UNEQUAL[0] as Row)])),
  },
];
