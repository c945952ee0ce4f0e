import {
  assertNoHeldOutSentences,
  InvalidArgumentError,
  sentenceKey,
  withoutHeldOutSentences,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('sentenceKey', () => {
  it.each([
    ["It's a charming journey!", "it 's a charming journey ."],
    ["This doesn't   work", "this does n't work ."],
    ['“Wise” — and WARM…', '" wise " - and warm ...'],
    ['two hours, 10 minutes', 'two hours 10 minutes .'],
  ])('is the same for %j and %j', (a, b) => {
    expect(sentenceKey(a)).toBe(sentenceKey(b));
    expect(sentenceKey(a)).not.toBe('');
  });

  it.each([
    ['a fine film', 'a fine films'],
    ['too long', 'long'],
    ['10 minutes', '100 minutes'],
    ['a b', 'b a'],
  ])('tells %j from %j', (a, b) => {
    expect(sentenceKey(a)).not.toBe(sentenceKey(b));
  });
});

describe('withoutHeldOutSentences', () => {
  const text = ['A fine film.', 'too long', '...', 'too long , and loud', 'a fine film !'];

  it('takes out what is held out, however it is spelt, and nothing else', () => {
    expect(withoutHeldOutSentences(text, ['a fine  film .'])).toEqual([
      'too long',
      '...',
      'too long , and loud',
    ]);
    expect(withoutHeldOutSentences(text, ['Too long!', 'no such sentence'])).toEqual([
      'A fine film.',
      '...',
      'too long , and loud',
      'a fine film !',
    ]);
  });

  it('keeps everything when nothing, or no word, is held out', () => {
    expect(withoutHeldOutSentences(text, [])).toEqual(text);
    expect(withoutHeldOutSentences(text, ['?!', ''])).toEqual(text);
  });

  it('leaves nothing that assertNoHeldOutSentences finds', () => {
    const heldOut = new Set(['a fine film', 'TOO LONG']);
    expect(() => assertNoHeldOutSentences(text, heldOut)).toThrow(InvalidArgumentError);
    expect(() => assertNoHeldOutSentences(text, heldOut)).toThrow('3 of 5 sentences are held out');
    expect(() => assertNoHeldOutSentences(text, heldOut)).toThrow('"A fine film."');
    assertNoHeldOutSentences(withoutHeldOutSentences(text, heldOut), heldOut);
  });
});
