import { attempt, requireTidy } from './attempt';
import { describe, Finding, number, type Property } from './judge';
import { type Mistake, mistakeOf, near, requireRight } from './require-right';

/** A learner's shares of one view's push: the cosines of its negatives and the temperature to a share for each. */
export type LearnerPushShares = (cosines: number[], tau: number) => unknown;

interface Case {
  readonly name: string;
  readonly cosines: readonly number[];
  readonly tau: number;
}

const UNORDERED = [0.1, 0.9, -0.4, 0.55, 0.7, -0.05];
const at = (tau: number): Case => ({
  name: `six negatives at τ = ${tau}`,
  cosines: UNORDERED,
  tau,
});
const WARM = [at(0.5), at(0.2)];
const EQUAL: Case = {
  name: 'four negatives with equal cosines',
  cosines: [0.3, 0.3, 0.3, 0.3],
  tau: 0.2,
};
const COLD: readonly Case[] = [
  { name: 'cosines from −1 to 1 at τ = 0.01', cosines: [0.99, 1, 0.5, -1], tau: 0.01 },
  { name: 'cosines from −1 to 1 at τ = 0.001', cosines: [0.999, 1, 0.5, -1], tau: 0.001 },
  { name: 'cosines below −0.9 at τ = 0.001', cosines: [-0.95, -0.92, -0.921, -1], tau: 0.001 },
];

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

/** The softmax in double precision. */
function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - largest));
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}
/** The share of each negative in the push: exp(cosine / τ), divided by the sum over all. */
export const pushShares = (cosines: readonly number[], tau: number): number[] =>
  softmax(cosines.map((cosine) => cosine / tau));
const sharesOf = ({ cosines, tau }: Case) => pushShares(cosines, tau);
const exponentialsOf = ({ cosines, tau }: Case) => cosines.map((cosine) => Math.exp(cosine / tau));

const MISTAKES: readonly Mistake<Case, readonly number[]>[] = [
  {
    instead: ({ cosines }) => softmax(cosines),
    says: 'That is without the temperature: divide each cosine by τ before exp.',
  },
  {
    instead: ({ cosines, tau }) => softmax(cosines.map((cosine) => cosine * tau)),
    says: 'That multiplies the cosines by τ; divide them by it.',
  },
  {
    instead: exponentialsOf,
    says: 'Those are the exponentials: divide each by the sum of all.',
  },
  {
    instead: (one) => exponentialsOf(one).map((value) => value / Math.max(...exponentialsOf(one))),
    says: 'That divides the exponentials by the largest; divide them by their sum.',
  },
  {
    instead: (one) => exponentialsOf(one).map((value) => value / one.cosines.length),
    says: 'That divides the exponentials by how many they are; divide them by their sum.',
  },
  {
    instead: ({ cosines }) => cosines.map((cosine) => cosine / sum(cosines)),
    says: 'That shares out the cosines themselves: take exp(cosine / τ) of each first.',
  },
  {
    instead: ({ cosines, tau }) => softmax(cosines.map((cosine) => -cosine / tau)),
    says: 'That gives the least similar the largest share: leave out the minus.',
  },
  {
    instead: (one) => sharesOf(one).map((share) => share / one.tau),
    says: 'That is the push itself, p / τ; its shares sum to 1, so leave out the division by τ.',
  },
  {
    instead: (one) => sharesOf(one).map(Math.log),
    says: 'Those are the logarithms of the shares.',
  },
  {
    instead: (one) => sharesOf(one).map((share) => 100 * share),
    says: 'That is in percent; return shares from 0 to 1.',
  },
  {
    instead: (one) => sharesOf(one).sort((a, b) => b - a),
    says: 'Those are the shares in another order: share i belongs to cosine i.',
  },
];

function numbersOf(learner: LearnerPushShares, { name, cosines, tau }: Case): number[] {
  // A copy: a learner may sort or change what is given.
  const expected = `an array of ${cosines.length} numbers, one for each negative`;
  const result = attempt(() => learner([...cosines], tau), `with ${name}`, expected);
  const numbers = ArrayBuffer.isView(result)
    ? Array.from(result as unknown as Float32Array)
    : result;
  if (!Array.isArray(numbers) || numbers.length !== cosines.length) {
    throw new Finding(
      `When called with ${name}, it returned ${describe(result)}; expected ${expected}.`,
    );
  }
  const stranger = numbers.findIndex((share) => typeof share !== 'number');
  if (stranger !== -1) {
    throw new Finding(
      `When called with ${name}, its array holds ${describe(numbers[stranger])}; expected numbers only.`,
    );
  }
  return numbers as number[];
}

const DEFINITION = 'A share is exp(cosine / τ), divided by the sum of these over all negatives.';
const AGAINST_OVERFLOW =
  'exp(cosine / τ) leaves the range of numbers. A constant may be subtracted from all exponents: subtract the largest, ' +
  'and the largest exponential is 1.';

/** What the learner gives for a case, all of it finite. */
function finiteOf(learner: LearnerPushShares, one: Case): number[] {
  const found = numbersOf(learner, one);
  const unfit = found.find((share) => !Number.isFinite(share));
  if (unfit === undefined) return found;
  // At a warm temperature no exponential overflows: the fault is another one.
  const advice = one.tau < 0.1 ? AGAINST_OVERFLOW : DEFINITION;
  throw new Finding(`When called with ${one.name}, its result holds ${unfit}. ${advice}`);
}

const same = near(1e-4);

function compare(learner: LearnerPushShares, cases: readonly Case[]): void {
  requireRight({
    cases,
    found: (one) => finiteOf(learner, one),
    right: sharesOf,
    mistakes: MISTAKES,
    story: ({ name, cosines }, found, expected) => {
      const place = expected.findIndex((share, i) => !same(found[i] as number, share));
      return (
        `When called with ${name}, the negative with the cosine ${cosines[place]} gets ` +
        `${number(found[place] as number)}; expected ${number(expected[place] as number)}.`
      );
    },
    hint: DEFINITION,
  });
}

/** What shares of the push must satisfy. */
export const PUSH_SHARES_PROPERTIES: readonly Property<LearnerPushShares>[] = [
  {
    name: 'returns one number for each negative',
    examine: (learner) => {
      for (const one of [...WARM, EQUAL]) numbersOf(learner, one);
    },
  },
  {
    name: 'gives shares that sum to 1',
    examine: (learner) => {
      const all = WARM.map((one) => ({ one, value: finiteOf(learner, one) }));
      const wrong = all.find(({ value }) => !same(sum(value), 1));
      if (wrong === undefined) return;
      throw new Finding(
        `When called with ${wrong.one.name}, its shares sum to ${number(sum(wrong.value))}; expected 1. ` +
          (mistakeOf(all, MISTAKES, same) ?? DEFINITION),
      );
    },
  },
  {
    name: 'shares the push out by exp(cosine / τ)',
    examine: (learner) => compare(learner, WARM),
  },
  {
    name: 'gives equal negatives equal shares',
    examine: (learner) => compare(learner, [EQUAL]),
  },
  {
    name: 'does not overflow at τ = 0.01 and τ = 0.001',
    examine: (learner) => compare(learner, COLD),
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => requireTidy(() => learner([...UNORDERED], 0.5)),
  },
];
