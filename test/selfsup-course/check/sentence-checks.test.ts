import {
  bagOfWords,
  maskedMeanPooling,
  sentenceKey,
  tf,
  tokenize,
  withoutHeldOutSentences,
} from 'selfsup';
import { check, notAttempted, type Verdict } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { verdictOfCheck } from './verdict-of-check';

type Pooling = Parameters<typeof check.maskedMeanPooling>[0];
type Counting = Parameters<typeof check.bagOfWords>[0];
type Removal = Parameters<typeof check.heldOutSentences>[0];

const pooling = (learner: Pooling): Verdict =>
  verdictOfCheck(() => check.maskedMeanPooling(learner));
const counting = (learner: Counting): Verdict => verdictOfCheck(() => check.bagOfWords(learner));
const removal = (learner: Removal): Verdict =>
  verdictOfCheck(() => check.heldOutSentences(learner));

const tidied =
  (pool: (hidden: tf.Tensor3D, mask: tf.Tensor3D) => tf.Tensor): Pooling =>
  (hidden, tokens) =>
    tf.tidy(() => pool(hidden, tokens.notEqual(0).toFloat().expandDims(2) as tf.Tensor3D));

describe('check.maskedMeanPooling', () => {
  it('says that values read out of TensorFlow cannot be differentiated', () => {
    const detached: Pooling = (hidden, tokens) =>
      tf.tidy(() => tf.tensor2d(maskedMeanPooling(hidden, tokens).arraySync() as number[][]));
    expect(pooling(detached)).toMatchObject({
      fails: 'lets gradients through to the real tokens alone',
      message: expect.stringMatching(/cannot be differentiated: .*without dataSync/),
    });
  });

  it('passes the mean written out, and the library’s', () => {
    const right = tidied((hidden, mask) => hidden.mul(mask).sum(1).div(mask.sum(1)));
    for (const one of [right, maskedMeanPooling]) {
      const before = tf.memory().numTensors;
      expect(pooling(one)).toMatchObject({ status: 'passed', fails: null });
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('tells one that was not written from one that returns nothing', () => {
    expect(pooling(() => notAttempted()).status).toBe('not attempted');
    expect(pooling(() => undefined)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('it returned nothing'),
    });
  });

  it.each<[string, Pooling, string]>([
    ['padding pooled', tidied((h) => h.mean(1)), 'padding included'],
    [
      'divided by the length of the row',
      tidied((h, m) => h.mul(m).sum(1).div(m.shape[1])),
      'the length of the row',
    ],
    [
      'divided by the longest length',
      tidied((h, m) =>
        h
          .mul(m)
          .sum(1)
          .div(tf.max(m.sum(1))),
      ),
      'longest sentence',
    ],
    [
      'the last position',
      tidied((h) => h.slice([0, h.shape[1] - 1], [-1, 1]).squeeze([1])),
      'is padding in short',
    ],
    ['the sum', tidied((h, m) => h.mul(m).sum(1)), 'divide by the number of real tokens'],
    ['padding in the sum', tidied((h, m) => h.sum(1).div(m.sum(1))), 'padding is in the sum'],
    ['the maximum', tidied((h) => h.max(1)), 'the mean is asked for'],
    ['one row for all', tidied((h, m) => h.mul(m).sum([0, 1]).div(m.sum())), 'expected [3, 4]'],
    [
      'tensors left behind',
      (hidden, tokens) => {
        const mask = tokens.notEqual(0).toFloat().expandDims(2);
        return hidden.mul(mask).sum(1).div(mask.sum(1));
      },
      'in memory',
    ],
  ])('finds %s', (_, wrong, message) => {
    const before = tf.memory().numTensors;
    const verdict = pooling(wrong);
    expect(tf.memory().numTensors).toBe(before);
    expect(verdict.status).toBe('failed');
    expect(verdict.message).toContain(message);
  });

  it('says what it was given instead of a tensor, and what was thrown', () => {
    expect(pooling((hidden) => hidden.arraySync()).message).toContain('expected a tensor');
    const thrown = pooling(() => {
      throw new Error('no such axis');
    });
    expect(thrown).toMatchObject({ status: 'failed' });
    expect(thrown.message).toContain('no such axis');
  });
});

describe('check.bagOfWords', () => {
  const counts = (tokens: tf.Tensor2D, size: number): tf.Tensor2D =>
    tf.oneHot(tokens, size).toFloat().sum(1) as tf.Tensor2D;
  const isWord = (size: number): tf.Tensor => tf.range(0, size).greaterEqual(3).toFloat();
  const rule =
    (body: (tokens: tf.Tensor2D, size: number) => tf.Tensor): Counting =>
    (tokens, size) =>
      tf.tidy(() => body(tokens, size));

  it('passes the counts written out, and the library’s', () => {
    for (const one of [rule((t, size) => counts(t, size).mul(isWord(size))), bagOfWords]) {
      const before = tf.memory().numTensors;
      expect(counting(one)).toMatchObject({ status: 'passed', fails: null });
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('says that what is not written waits', () => {
    expect(counting(() => notAttempted()).status).toBe('not attempted');
  });

  it.each<[string, Counting, string]>([
    [
      'presence instead of counts',
      rule((t, size) => counts(t, size).mul(isWord(size)).minimum(1)),
      'say how often',
    ],
    ['special tokens counted', rule(counts), 'is no word'],
    [
      'padding left out, [UNK] counted',
      rule((t, size) => counts(t, size).mul(tf.range(0, size).greaterEqual(2).toFloat())),
      '[UNK] is no word',
    ],
    [
      'counted over the batch',
      rule((t, size) => counts(t, size).mul(isWord(size)).sum(0, true)),
      'not over the batch',
    ],
    [
      'the batch’s counts in each row',
      rule((t, size) =>
        tf
          .onesLike(t)
          .sum(1, true)
          .mul(0)
          .add(counts(t, size).mul(isWord(size)).sum(0, true)),
      ),
      'all rows together',
    ],
    [
      'columns of words alone',
      rule((t, size) => counts(t, size).slice([0, 3])),
      'One column for each number',
    ],
    [
      'columns shifted',
      rule((t, size) =>
        counts(t, size)
          .slice([0, 3])
          .pad([
            [0, 0],
            [0, 3],
          ]),
      ),
      'shifted by 3',
    ],
    ['not a number', rule((t, size) => tf.fill([t.shape[0], size], Number.NaN)), 'NaN times'],
    ['tensors left behind', (t, size) => counts(t, size).mul(isWord(size)), 'in memory'],
  ])('finds %s', (_, wrong, message) => {
    const verdict = counting(wrong);
    expect(verdict.status).toBe('failed');
    expect(verdict.message).toContain(message);
  });
});

describe('check.heldOutSentences', () => {
  it('passes the removal written out, and the library’s', () => {
    const right: Removal = (sentences, heldOut) => {
      const keys = new Set(heldOut.map(sentenceKey));
      return sentences.filter((one) => !keys.has(sentenceKey(one)));
    };
    for (const one of [right, withoutHeldOutSentences]) {
      expect(removal(one)).toMatchObject({ status: 'passed', fails: null });
    }
  });

  it('says that what is not written waits', () => {
    expect(removal(() => notAttempted()).status).toBe('not attempted');
  });

  it.each<[string, Removal, string]>([
    [
      'compared letter by letter',
      (sentences, heldOut) => sentences.filter((one) => !heldOut.includes(one)),
      'knows neither capitals nor punctuation',
    ],
    [
      'compared in lower case alone',
      (sentences, heldOut) => {
        const held = new Set(heldOut.map((one) => one.toLowerCase()));
        return sentences.filter((one) => !held.has(one.toLowerCase()));
      },
      'same words',
    ],
    [
      'parts of sentences compared',
      (sentences, heldOut) =>
        sentences.filter(
          (one) => !heldOut.some((held) => sentenceKey(one).includes(sentenceKey(held))),
        ),
      'not parts',
    ],
    [
      'everything that a held-out text holds',
      (sentences, heldOut) =>
        sentences.filter(
          (one) =>
            sentenceKey(one) === '' ||
            !heldOut.some((held) => sentenceKey(held).includes(sentenceKey(one))),
        ),
      'only shares words',
    ],
    [
      'each sentence once',
      (sentences, heldOut) => [...new Set(withoutHeldOutSentences(sentences, heldOut))],
      'as often as it occurs',
    ],
    [
      'keys returned',
      (sentences, heldOut) => withoutHeldOutSentences(sentences.map(sentenceKey), heldOut),
      'no sentence of the text',
    ],
    [
      'the held-out ones returned',
      (sentences, heldOut) => sentences.filter((one) => heldOut.includes(one)),
      'Nothing is held out',
    ],
    [
      'the given array changed',
      (sentences, heldOut) => {
        const keys = new Set(heldOut.map(sentenceKey));
        for (let at = sentences.length - 1; at >= 0; at--) {
          if (keys.has(sentenceKey(sentences[at] as string))) sentences.splice(at, 1);
        }
        return sentences;
      },
      'changed an array',
    ],
    ['tokens returned', (sentences) => sentences.map(tokenize), 'as an array of strings'],
  ])('finds %s', (_, wrong, message) => {
    const verdict = removal(wrong);
    expect(verdict.status).toBe('failed');
    expect(verdict.message).toContain(message);
  });
});
