import { tf } from 'selfsup';
import { check, type LearnerPerplexity } from 'selfsup-course';
import { describeCheck } from './describe-check';

/** Σ −p · log p over what is above 0. */
const entropy = (row: readonly number[], log = Math.log) =>
  row.filter((p) => p > 0).reduce((sum, p) => sum - p * log(p), 0);

const FIRST = 'returns one number';
const DEFINITION = 'is exp of the entropy in nats';
const ZEROS = 'counts nothing for a probability of 0';

describeCheck<LearnerPerplexity>(
  'check.perplexity',
  check.perplexity,
  [
    ['leaves zeros out', (row) => Math.exp(entropy(row))],
    ['counts in bits throughout', (row) => 2 ** entropy(row, Math.log2)],
    [
      'multiplies powers',
      (row) => row.reduce((product, p) => (p > 0 ? product * p ** -p : product), 1),
    ],
    [
      'keeps the logarithm finite',
      (row) => Math.exp(-row.reduce((sum, p) => sum + p * Math.log(p + 1e-12), 0)),
    ],
    [
      'uses tensors, in 32 bits',
      (row) =>
        tf.tidy(() => {
          const p = tf.tensor1d(row);
          return p.mul(p.add(1e-12).log()).sum().neg().exp().dataSync()[0] as number;
        }),
    ],
  ],
  [
    [
      'drops what is improbable',
      (row) => Math.exp(entropy(row.filter((p) => p > 0.01))),
      DEFINITION,
      /Work out/,
    ],
    ['returns the entropy', (row) => entropy(row), DEFINITION, /That is the entropy; .* e to the/],
    [
      'returns the entropy in bits',
      (row) => entropy(row, Math.log2),
      DEFINITION,
      /the entropy in bits; /,
    ],
    [
      'takes log2 inside exp',
      (row) => Math.exp(entropy(row, Math.log2)),
      DEFINITION,
      /e to the power of an entropy in bits/,
    ],
    [
      'takes 2 to the power of nats',
      (row) => 2 ** entropy(row),
      DEFINITION,
      /2 to the power of an entropy in nats/,
    ],
    [
      'forgets the minus',
      (row) => Math.exp(-entropy(row)),
      DEFINITION,
      /one divided by the perplexity: mind the minus/,
    ],
    ['returns minus the entropy', (row) => -entropy(row), DEFINITION, /minus the entropy/],
    [
      'puts the minus outside',
      (row) => -Math.exp(entropy(row)),
      DEFINITION,
      /The minus belongs to the sum/,
    ],
    [
      'takes the mean',
      (row) => Math.exp(entropy(row) / row.length),
      DEFINITION,
      /the mean of −p ln p/,
    ],
    [
      'adds up logarithms',
      (row) => Math.exp(-row.reduce((sum, p) => sum + (p > 0 ? Math.log(p) : 0), 0)),
      DEFINITION,
      /the logarithms alone/,
    ],
    [
      'counts what is above 0',
      (row) => row.filter((p) => p > 0).length,
      DEFINITION,
      /counts the probabilities above 0/,
    ],
    [
      'is the inverse of the sum of squares',
      (row) => 1 / row.reduce((sum, p) => sum + p * p, 0),
      DEFINITION,
      /1 \/ Σ p²/,
    ],
    [
      'is something else',
      (row) => 1 / Math.max(...row),
      DEFINITION,
      /with \[0\.5, 0\.3, 0\.2\], it returned 2; expected 2\.8\d+\. Work out/,
    ],
    [
      'multiplies 0 by ln 0',
      (row) => Math.exp(-row.reduce((sum, p) => sum + p * Math.log(p), 0)),
      ZEROS,
      /with \[0, 0\.5, .*returned NaN; expected a number\. In JavaScript 0 · ln 0/,
    ],
    [
      'lets zeros count',
      (row) => Math.exp(-row.reduce((sum, p) => sum + (p + 0.01) * Math.log(p || 1), 0)),
      DEFINITION,
      /Work out/,
    ],
    [
      'adds something large to every probability',
      (row) => Math.exp(entropy(row.map((p) => p || 0.01))),
      ZEROS,
      /with \[0, 0\.5, 0, 0\.3, 0\.2, 0\], it returned/,
    ],
    ['returns an array', (row) => row, FIRST, /returned an array of 4 values; expected a number/],
    ['returns a tensor', () => tf.scalar(1), FIRST, /a scalar tensor; expected a number/],
    ['returns NaN', () => Number.NaN, FIRST, /returned NaN; expected a number\.$/],
    [
      'leaves a tensor behind',
      (row) => {
        const value = tf.scalar(Math.exp(entropy(row)));
        return value.dataSync()[0] as number;
      },
      'tidies its tensors',
      /leaves 1 tensor in memory/,
    ],
  ],
);
