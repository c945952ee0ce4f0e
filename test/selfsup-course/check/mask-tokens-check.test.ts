import { MASK, maskTokens, RandomStream, tf } from 'selfsup';
import { check, notAttempted, type Verdict } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { verdictOfCheck } from './verdict-of-check';

type Learner = Parameters<typeof check.maskTokens>[0];

const verdictOf = (learner: Learner): Verdict => verdictOfCheck(() => check.maskTokens(learner));

interface Parts {
  readonly specials?: number;
  readonly rate?: number;
  readonly maskShare?: number;
  readonly keptShare?: number;
  readonly lowest?: number;
  readonly oneWord?: boolean;
  readonly seed?: boolean;
  readonly targetsAfter?: boolean;
  readonly replaceAll?: boolean;
  readonly tidy?: boolean;
}

/** The rule with parts that can be written wrongly. */
function rule({
  specials = 3,
  rate = 0.15,
  maskShare = 0.8,
  keptShare = 0.1,
  lowest = 3,
  oneWord = false,
  seed = true,
  targetsAfter = false,
  replaceAll = false,
  tidy = true,
}: Parts): Learner {
  const body: Learner = (tokens, { random, vocabularySize }) => {
    const draws = seed ? random : new RandomStream([1, 1]);
    const { shape } = tokens;
    const chosen = draws.uniform(shape).less(rate).logicalAnd(tokens.greaterEqual(specials));
    const fate = draws.uniform(shape);
    const words = oneWord
      ? draws.integers([1, 1], lowest, vocabularySize).tile(shape)
      : draws.integers(shape, lowest, vocabularySize);
    const masks = tf.fill(shape, MASK, 'int32');
    const kept = fate.greaterEqual(1 - keptShare);
    const replaced = tf.where(fate.less(maskShare), masks, tf.where(kept, tokens, words));
    const inputs = tf.where(replaceAll ? tf.onesLike(chosen) : chosen, replaced, tokens);
    return {
      inputs,
      targets: targetsAfter ? inputs.clone() : tokens.clone(),
      weights: chosen.cast('float32'),
    };
  };
  return tidy ? (...args) => tf.tidy(() => body(...args) as never) : body;
}

describe('check.maskTokens', () => {
  it('passes the rule written out, and the library’s', () => {
    for (const right of [rule({}), (t, options) => ({ ...maskTokens(t, options) })] as Learner[]) {
      const before = tf.memory().numTensors;
      expect(verdictOf(right)).toMatchObject({ status: 'passed', fails: null });
      // What the last property's call returns is the learner's own.
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('tells one that was not written from one that returns nothing', () => {
    expect(verdictOf(() => notAttempted()).status).toBe('not attempted');
    expect(verdictOf(() => undefined)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('it returned nothing'),
    });
  });

  it.each<[string, Parts, string]>([
    ['padding chosen', { specials: 0 }, 'with [PAD]'],
    ['[UNK] chosen', { specials: 2 }, 'with [UNK]'],
    ['another rate', { rate: 0.3 }, 'expected about 15 %'],
    ['always masked', { maskShare: 1 }, 'that became [MASK]'],
    ['none kept', { keptShare: 0 }, 'that stayed'],
    ['special tokens as random words', { lowest: 0, maskShare: 0.8 }, 'random words begin'],
    ['one random word for all', { oneWord: true }, 'draw one for each position'],
    ['targets taken from the inputs', { targetsAfter: true }, 'not the word that stood there'],
    ['everything replaced', { replaceAll: true }, 'weights do not mark'],
    ['its own stream', { seed: false }, 'does not use the stream'],
    ['tensors left behind', { tidy: false }, 'in memory'],
  ])('finds %s', (_, parts, message) => {
    const verdict = verdictOf(rule(parts));
    expect(verdict.status).toBe('failed');
    expect(verdict.message).toContain(message);
  });

  it('says what it was given instead of three tensors', () => {
    expect(verdictOf((tokens) => tokens).message).toContain(
      'expected { inputs, targets, weights }',
    );
    expect(
      verdictOf((tokens) => ({ inputs: tokens, targets: tokens, weights: tokens })).message,
    ).toContain('float32');
  });
});
