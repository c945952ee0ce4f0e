import { tf } from 'selfsup';
import { check, type LearnerPushShares } from 'selfsup-course';
import { describeCheck } from './describe-check';

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** Exponentials, less the largest exponent, with one part exchanged. */
const shares =
  (
    change: {
      exponent?: (cosine: number, tau: number) => number;
      shift?: (exponents: number[]) => number;
      divisor?: (weights: number[]) => number;
    } = {},
  ): ((cosines: number[], tau: number) => number[]) =>
  (cosines, tau) => {
    const {
      exponent = (cosine, t) => cosine / t,
      shift = (all) => Math.max(...all),
      divisor = total,
    } = change;
    const exponents = cosines.map((cosine) => exponent(cosine, tau));
    const weights = exponents.map((one) => Math.exp(one - shift(exponents)));
    return weights.map((weight) => weight / divisor(weights));
  };
const literal = () => 0;

const FIRST = 'returns one number for each negative';
const SUM = 'gives shares that sum to 1';
const SHARES = 'shares the push out by exp(cosine / τ)';
const COLD = 'does not overflow at τ = 0.01 and τ = 0.001';

describeCheck<LearnerPushShares>(
  'check.pushShares',
  check.pushShares,
  [
    ['is written in numbers', shares()],
    [
      'is TensorFlow’s softmax',
      (cosines, tau) =>
        Array.from(tf.tidy(() => tf.softmax(tf.tensor1d(cosines).div(tau)).dataSync())),
    ],
    [
      'returns what dataSync returns',
      (cosines, tau) => tf.tidy(() => tf.softmax(tf.tensor1d(cosines).div(tau)).dataSync()),
    ],
    [
      'divides the cosines in place',
      (cosines, tau) => {
        for (const i of cosines.keys()) cosines[i] = (cosines[i] as number) / tau;
        return shares({ exponent: (one) => one })(cosines, tau);
      },
    ],
  ],
  [
    [
      'reads past the end, and gets no number at a warm temperature',
      (cosines, tau) =>
        cosines.map((_, i) => Math.exp((cosines[i + cosines.length] as number) / tau)),
      SUM,
      /its result holds NaN\. A share is exp\(cosine/,
    ],
    [
      'leaves places without a number',
      (cosines) => cosines.map(() => undefined),
      FIRST,
      /its array holds undefined|its array holds nothing/,
    ],
    [
      'forgets the temperature',
      shares({ exponent: (cosine) => cosine }),
      SHARES,
      /without the temperature/,
    ],
    [
      'multiplies by the temperature',
      shares({ exponent: (cosine, tau) => cosine * tau }),
      SHARES,
      /multiplies the cosines by τ/,
    ],
    [
      'does not divide',
      shares({ shift: literal, divisor: () => 1 }),
      SUM,
      /sum to .*; expected 1\. Those are the exponentials/,
    ],
    [
      'divides by the largest',
      shares({ divisor: (weights) => Math.max(...weights) }),
      SUM,
      /by the largest/,
    ],
    [
      'divides by how many they are',
      shares({ shift: literal, divisor: (weights) => weights.length }),
      SUM,
      /by how many they are/,
    ],
    [
      'takes no exponentials',
      (cosines) => cosines.map((cosine) => cosine / total(cosines)),
      SHARES,
      /shares out the cosines themselves/,
    ],
    [
      'reverses the order',
      shares({ exponent: (cosine, tau) => -cosine / tau }),
      SHARES,
      /least similar the largest share/,
    ],
    [
      'divides by the temperature once more',
      (cosines, tau) => shares()(cosines, tau).map((share) => share / tau),
      SUM,
      /p \/ τ/,
    ],
    [
      'returns logarithms',
      (cosines, tau) => shares()(cosines, tau).map(Math.log),
      SUM,
      /logarithms of the shares/,
    ],
    [
      'is in percent',
      (cosines, tau) => shares()(cosines, tau).map((share) => 100 * share),
      SUM,
      /sum to 100; expected 1\. That is in percent/,
    ],
    [
      'sorts',
      (cosines, tau) => shares()(cosines, tau).sort((a, b) => b - a),
      SHARES,
      /in another order/,
    ],
    [
      'is something else',
      (cosines) => cosines.map(() => 1 / cosines.length),
      SHARES,
      /the negative with the cosine 0\.1 gets 0\.16667; expected .*divided by the sum/,
    ],
    [
      'overflows',
      shares({ shift: literal }),
      COLD,
      /τ = 0\.001, its result holds NaN.*the largest/,
    ],
    [
      'overflows in 32 bits',
      (cosines, tau) =>
        tf.tidy(() => {
          const weights = tf.tensor1d(cosines).div(tau).exp();
          return Array.from(weights.div(weights.sum()).dataSync());
        }),
      COLD,
      /τ = 0\.01, its result holds NaN/,
    ],
    [
      'subtracts what the largest cosine could be',
      (cosines, tau) => shares({ shift: () => 1 / tau })(cosines, tau),
      COLD,
      /cosines below −0\.9.*NaN/,
    ],
    [
      'returns a tensor',
      (cosines, tau) => tf.tidy(() => tf.softmax(tf.tensor1d(cosines).div(tau))),
      FIRST,
      /returned a tensor of shape \[6\]; expected an array of 6 numbers/,
    ],
    ['returns one number', () => 1, FIRST, /returned the number 1; expected an array/],
    [
      'leaves one out',
      (cosines, tau) => shares()(cosines, tau).slice(1),
      FIRST,
      /an array of 5 values; expected an array of 6/,
    ],
    [
      'returns texts',
      (cosines, tau) => shares()(cosines, tau).map(String),
      FIRST,
      /expected numbers only/,
    ],
    [
      'leaves tensors behind',
      (cosines, tau) => {
        const all = tf.softmax(tf.tidy(() => tf.tensor1d(cosines).div(tau)));
        return Array.from(all.dataSync());
      },
      'tidies its tensors',
      /leaves 2 tensors in memory/,
    ],
  ],
);
