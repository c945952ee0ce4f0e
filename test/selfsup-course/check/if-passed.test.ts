import { infoNceBound, tf } from 'selfsup';
import { check, ifPassed, type LearnerInfoNceBound, notAttempted } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { verdictOfCheck } from './verdict-of-check';

type Learner = (...given: never[]) => unknown;

const right: LearnerInfoNceBound = (scores) => infoNceBound(scores);
const wrong: LearnerInfoNceBound = (scores) => tf.tidy(() => infoNceBound(scores).neg());

/** Every check that knows an answer and needs no options. */
const CHECKS = Object.keys(check).filter(
  (name) => !['augmentation', 'learningRateSchedule', 'againstReference'].includes(name),
) as (keyof typeof check)[];

describe('ifPassed', () => {
  it('gives the answer that the check knows until the learner’s has passed', () => {
    const open: LearnerInfoNceBound = () => notAttempted();
    for (const learner of [right, wrong, open]) verdictOfCheck(() => check.infoNceBound(learner));
    expect(ifPassed(right)).toBe(right);
    expect(ifPassed(wrong)).toBe(infoNceBound);
    expect(ifPassed(open)).toBe(infoNceBound);
  });

  it('takes back what a later check refuses', () => {
    let steady = true;
    const changing: LearnerInfoNceBound = (scores) => (steady ? infoNceBound : wrong)(scores);
    verdictOfCheck(() => check.infoNceBound(changing));
    expect(ifPassed(changing)).toBe(changing);
    steady = false;
    verdictOfCheck(() => check.infoNceBound(changing));
    expect(ifPassed(changing)).toBe(infoNceBound);
  });

  it('lets something else stand in where that is given', () => {
    const mine: LearnerInfoNceBound = () => notAttempted();
    expect(ifPassed(mine, right)).toBe(right);
    verdictOfCheck(() => check.infoNceBound(mine));
    expect(ifPassed(mine, right)).toBe(right);
  });

  it('says that a function which no check has seen is to be checked first', () => {
    const written = () => 1;
    expect(() => ifPassed(written)).toThrow(
      /^ifPassed was given written, which no check has seen.*Run the cell with its check/,
    );
  });

  it('asks for a second argument where a check knows no answer', () => {
    const strange = () => notAttempted();
    verdictOfCheck(() => check.augmentation(strange));
    expect(() => ifPassed(strange)).toThrow(
      /strange, whose check .* knows no answer.*second argument/,
    );
  });

  it('knows the answer of checks with options', () => {
    const options = { peak: 2, warmupSteps: 2, totalSteps: 10 };
    const schedule = (step: number, total: number): number => notAttempted() + step + total;
    verdictOfCheck(() => check.learningRateSchedule(schedule, options));
    expect([0, 1, 2, 6, 10].map((step) => ifPassed(schedule)(step, 10))).toEqual([
      1,
      2,
      2,
      expect.closeTo(1, 6),
      0,
    ]);

    const reference = (a: number, b: number) => a + b;
    const sum = (_a: number, _b: number): number => notAttempted();
    const inputs = [{ name: 'two numbers', args: [1, 2] as [number, number] }];
    verdictOfCheck(() => check.againstReference(sum, { name: 'Sum', reference, inputs }));
    expect(ifPassed(sum)).toBe(reference);
  });

  it.each(CHECKS)('has an answer to %s that passes it', (name) => {
    const judge = check[name] as (learner: Learner) => void;
    const open: Learner = () => notAttempted();
    verdictOfCheck(() => judge(open));
    const answer = ifPassed(open);
    expect(verdictOfCheck(() => judge(answer))).toMatchObject({ status: 'passed' });
  });
});
