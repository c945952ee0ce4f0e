import { tf } from 'selfsup';
import { notAttempted } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { verdictOfCheck } from './verdict-of-check';

/** Tests a check with right answers, wrong ones and none. */
export function describeCheck<F>(
  name: string,
  checkOne: (learner: F) => void,
  right: readonly (readonly [string, F])[],
  wrong: readonly (readonly [string, F, string, RegExp])[],
): void {
  describe(name, () => {
    it.each(right)('passes one that %s', (_, learner) => {
      const { status, fails, message } = verdictOfCheck(() => checkOne(learner));
      expect({ status, fails, message }).toMatchObject({ status: 'passed', fails: null });
    });

    it.each(wrong)('rejects one that %s', (_, learner, fails, message) => {
      const verdict = verdictOfCheck(() => checkOne(learner));
      expect(verdict).toMatchObject({ status: 'failed', fails });
      expect(verdict.message).toMatch(message);
    });

    it('says that it waits for an attempt', () => {
      const waiting = (() => notAttempted()) as unknown as F;
      expect(verdictOfCheck(() => checkOne(waiting)).status).toBe('not attempted');
    });

    it('takes one that returns nothing for an attempt that failed', () => {
      const forgetful = (() => undefined) as unknown as F;
      expect(verdictOfCheck(() => checkOne(forgetful))).toMatchObject({
        status: 'failed',
        message: expect.stringMatching(
          /^When called .*it returned nothing; expected .*a return missing\?/,
        ),
      });
    });

    it('leaves no tensors', () => {
      const learner = right[0]?.[1] as F;
      verdictOfCheck(() => checkOne(learner));
      const before = tf.memory().numTensors;
      verdictOfCheck(() => checkOne(learner));
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}
