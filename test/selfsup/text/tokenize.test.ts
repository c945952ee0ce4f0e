import { splitSentences, tokenize } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('tokenize', () => {
  it.each([
    ['Fellow-Citizens of the Senate:', ['fellow', '-', 'citizens', 'of', 'the', 'senate', ':']],
    ["We don't owe $1,250.50.", ['we', 'do', "n't", 'owe', '$', '1,250.50', '.']],
    ["it's, they’ll, I'd", ['it', "'s", ',', 'they', "'ll", ',', 'i', "'d"]],
    ['“Peace”—in 1865', ['"', 'peace', '"', '-', 'in', '1865']],
    ['naïve café', ['naïve', 'café']],
    ['', []],
    [' \n\t', []],
  ])('splits %j', (text, tokens) => {
    expect(tokenize(text)).toEqual(tokens);
  });

  it('leaves text alone that is already tokenized, as SST-2 is', () => {
    const sentence = "a film that wo n't be seen , i 'll admit : it 's funny";
    expect(tokenize(sentence)).toEqual(sentence.split(' '));
  });

  it('gives one spelling to letters that have a composed form in lower case alone', () => {
    // Capital iota with dialytika has no form with a further accent, small iota has one.
    expect(tokenize('\u03aa\u0301')).toEqual(['\u0390']);
    expect(tokenize('\u0399\u0308\u0301')).toEqual(['\u0390']);
    expect(tokenize('\u0390')).toEqual(['\u0390']);
  });

  it('splits its own result into the same tokens', () => {
    const tokens = tokenize("The people's $3,000 aren't ours -- \"they're\" theirs!");
    expect(tokenize(tokens.join(' '))).toEqual(tokens);
  });
});

describe('splitSentences', () => {
  it.each([
    ['One. Two! Three? Four', ['One.', 'Two!', 'Three?', 'Four']],
    ['Mr. Speaker, I thank you. Be seated.', ['Mr. Speaker, I thank you.', 'Be seated.']],
    ['The U. S. Army won. It did.', ['The U. S. Army won.', 'It did.']],
    ['He said "Go." Then he went.', ['He said "Go."', 'Then he went.']],
    ['It costs 3.50 a day.', ['It costs 3.50 a day.']],
    ['So am I. You are too.', ['So am I.', 'You are too.']],
    ['', []],
  ])('splits %j', (text, sentences) => {
    expect(splitSentences(text)).toEqual(sentences);
  });

  it('loses no letter', () => {
    const text =
      'On Dec. 7, 1941, it began. "Never again!" we said. No. 5 of Gen. Grant (retired). Yes?';
    expect(splitSentences(text).join(' ')).toBe(text);
  });
});
