import { Finding, number } from './judge';

/** Numbers as a learner's function gives them: one, or lists of them. */
type Values = number | readonly Values[];

/** A usual mistake: what it gives in the place of what is right, and the sentence for the learner whose numbers show it. */
export interface Mistake<Case, Value extends Values = number> {
  readonly instead: (one: Case) => Value;
  readonly says: string;
}

/** What a learner's function gives for some cases, and what it is to give. */
export interface Comparison<Case, Value extends Values> {
  readonly cases: readonly Case[];
  /** Calls the learner's function. */
  readonly found: (one: Case) => Value;
  readonly right: (one: Case) => Value;
  /** Whether what was found is as good as what was expected. Default: {@link near}, to 1e-4. */
  readonly same?: (found: Value, expected: Value) => boolean;
  readonly mistakes: readonly Mistake<Case, Value>[];
  /** Says what was found for a case, and what was expected. */
  readonly story: (one: Case, found: Value, expected: Value) => string;
  /** What to say where no mistake gives these numbers. */
  readonly hint: string | ((one: Case, found: Value) => string);
}

/** The numbers of nested lists, in order. */
const numbersOf = (values: Values): number[] =>
  typeof values === 'number' ? [values] : values.flatMap(numbersOf);

/**
 * The comparison of numbers that allows for rounding. Infinities are the same where they are equal, NaN never is.
 *
 * @param tolerance The largest difference that rounding explains, as a share of the expected number.
 * @param least Expected numbers below this count as it.
 */
export function near(tolerance: number, least = 1): (found: Values, expected: Values) => boolean {
  const isNear = (found: number | undefined, expected: number) =>
    found === expected ||
    (Number.isFinite(expected) &&
      Math.abs((found ?? Number.NaN) - expected) <=
        tolerance * Math.max(least, Math.abs(expected)));
  return (found, expected) => {
    const [all, right] = [numbersOf(found), numbersOf(expected)];
    return all.length === right.length && right.every((one, at) => isNear(all[at], one));
  };
}

/** The largest difference of two lists of equal shape; equal infinities do not differ. */
export function largestGap(found: Values, expected: Values): number {
  const all = numbersOf(found);
  const gaps = numbersOf(expected).map((one, at) =>
    all[at] === one ? 0 : Math.abs((all[at] as number) - one),
  );
  return Math.max(...gaps);
}

/** `When called with 5 pairs, it returned 3; expected 4.` */
export function returned(occasion: string, found: number, expected: number): string {
  return `When called ${occasion}, it returned ${number(found)}; expected ${number(expected)}.`;
}

/** What a learner's function gave for a case. */
interface Found<Case, Value extends Values> {
  readonly one: Case;
  readonly value: Value;
}

/** What is said of the mistake that gives the numbers found for all cases, where there is one. */
export function mistakeOf<Case, Value extends Values>(
  all: readonly Found<Case, Value>[],
  mistakes: readonly Mistake<Case, Value>[],
  same: (found: Value, expected: Value) => boolean,
): string | undefined {
  return mistakes.find(({ instead }) => all.every(({ one, value }) => same(value, instead(one))))
    ?.says;
}

/**
 * Compares what a learner's function gives with what is right. Of the first case that differs it tells what was found and expected,
 * and names the mistake that gives the numbers found for all cases.
 *
 * @throws Finding where a case differs.
 */
export function requireRight<Case, Value extends Values>({
  cases,
  found,
  right,
  same = near(1e-4),
  mistakes,
  story,
  hint,
}: Comparison<Case, Value>): void {
  const all = cases.map((one) => ({ one, value: found(one) }));
  const wrong = all.find(({ one, value }) => !same(value, right(one)));
  if (wrong === undefined) return;
  const { one, value } = wrong;
  const advice =
    mistakeOf(all, mistakes, same) ?? (typeof hint === 'string' ? hint : hint(one, value));
  throw new Finding(`${story(one, value, right(one))} ${advice}`.trimEnd());
}
