import { attempt, requireTidy } from './attempt';
import { describe, Finding, number, type Property } from './judge';

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
const sharesOf = ({ cosines, tau }: Case) => softmax(cosines.map((cosine) => cosine / tau));
const exponentialsOf = ({ cosines, tau }: Case) => cosines.map((cosine) => Math.exp(cosine / tau));

const MISTAKES: readonly {
  readonly instead: (one: Case) => readonly number[];
  readonly says: string;
}[] = [
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
  const result = attempt(() => learner([...cosines], tau), `with ${name}`);
  const numbers = ArrayBuffer.isView(result)
    ? Array.from(result as unknown as Float32Array)
    : result;
  if (!Array.isArray(numbers) || numbers.length !== cosines.length) {
    throw new Finding(
      `When called with ${name}, it returned ${describe(result)}; expected an array of ${cosines.length} numbers, ` +
        'one for each negative.',
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

function requireNumbers(found: readonly number[], { name, tau }: Case): void {
  const unfit = found.find((share) => !Number.isFinite(share));
  if (unfit === undefined) return;
  // At a warm temperature no exponential overflows: the fault is another one.
  const advice = tau < 0.1 ? AGAINST_OVERFLOW : DEFINITION;
  throw new Finding(`When called with ${name}, its result holds ${unfit}. ${advice}`);
}

const close = (a: number, b: number, scale = 1) => Math.abs(a - b) <= 1e-4 * Math.max(1, scale);

/** What the learner gave for every case, all of it finite. */
function allOf(learner: LearnerPushShares, cases: readonly Case[]): number[][] {
  return cases.map((one) => {
    const found = numbersOf(learner, one);
    requireNumbers(found, one);
    return found;
  });
}

/** The first number that differs from what is expected; -1 where none does. */
const differs = (found: readonly number[] | undefined, expected: readonly number[]): number =>
  expected.findIndex((value, i) => !close(found?.[i] as number, value, Math.abs(value)));

/** Names the mistake that explains the results of every case. */
function mistakeOf(found: readonly (readonly number[])[], cases: readonly Case[]): string {
  const mistake = MISTAKES.find(({ instead }) =>
    cases.every((one, i) => differs(found[i], instead(one)) < 0),
  );
  return mistake?.says ?? DEFINITION;
}

function compare(learner: LearnerPushShares, cases: readonly Case[]): void {
  const found = allOf(learner, cases);
  for (const [i, one] of cases.entries()) {
    const place = differs(found[i], sharesOf(one));
    if (place < 0) continue;
    throw new Finding(
      `When called with ${one.name}, the negative with the cosine ${one.cosines[place]} gets ` +
        `${number(found[i]?.[place] as number)}; expected ${number(sharesOf(one)[place] as number)}. ` +
        mistakeOf(found, cases),
    );
  }
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
      const found = allOf(learner, WARM);
      for (const [i, one] of WARM.entries()) {
        const total = sum(found[i] as number[]);
        if (close(total, 1)) continue;
        throw new Finding(
          `When called with ${one.name}, its shares sum to ${number(total)}; expected 1. ${mistakeOf(found, WARM)}`,
        );
      }
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
