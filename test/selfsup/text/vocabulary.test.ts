import { InvalidArgumentError, MASK, PAD, SPECIAL_TOKENS, UNK, Vocabulary } from 'selfsup';
import { describe, expect, it } from 'vitest';

const SENTENCES = [
  ['the', 'state', 'of', 'the', 'union'],
  ['the', 'union', 'is', 'strong'],
];

describe('Vocabulary', () => {
  it('numbers special tokens first, then words by frequency, equal ones by alphabet', () => {
    const vocabulary = Vocabulary.build(SENTENCES);
    expect(vocabulary.tokens).toEqual([
      ...SPECIAL_TOKENS,
      ...['the', 'union', 'is', 'of', 'state', 'strong'],
    ]);
    expect([PAD, MASK, UNK].map((number) => vocabulary.tokenOf(number))).toEqual(SPECIAL_TOKENS);
  });

  it('does not depend on the order of the sentences', () => {
    const reversed = Vocabulary.build([...SENTENCES].reverse());
    expect(reversed.tokens).toEqual(Vocabulary.build(SENTENCES).tokens);
  });

  it('keeps to its size and to the least count', () => {
    expect(Vocabulary.build(SENTENCES, { size: 5 }).tokens.slice(3)).toEqual(['the', 'union']);
    expect(Vocabulary.build(SENTENCES, { minimumCount: 3 }).tokens.slice(3)).toEqual(['the']);
  });

  it('encodes and decodes; what it does not know becomes [UNK]', () => {
    const vocabulary = Vocabulary.build(SENTENCES);
    const numbers = vocabulary.encode(['the', 'internet', 'union']);
    expect([...numbers]).toEqual([3, UNK, 4]);
    expect(vocabulary.decode(numbers)).toEqual(['the', '[UNK]', 'union']);
    expect(vocabulary.has('union')).toBe(true);
    expect(vocabulary.has('internet')).toBe(false);
  });

  it('comes back from JSON as it was', () => {
    const vocabulary = Vocabulary.build(SENTENCES, { size: 7 });
    const back = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
    expect(back.tokens).toEqual(vocabulary.tokens);
  });

  it('takes no special token for a word, even where the text holds one', () => {
    expect(Vocabulary.build([['[MASK]', 'a', '[MASK]']]).tokens).toEqual([...SPECIAL_TOKENS, 'a']);
  });

  it.each([
    ['a size without room', () => Vocabulary.build(SENTENCES, { size: 3 }), 'size is 3'],
    ['a word twice', () => new Vocabulary(['a', 'b', 'a']), '"a" twice'],
    ['a special token', () => new Vocabulary(['[PAD]']), '"[PAD]" twice'],
    ['a number of no token', () => new Vocabulary(['a']).decode([4]), 'no token 4'],
    ['JSON of something else', () => Vocabulary.fromJSON({} as never), 'expected { words'],
  ])('refuses %s', (_, act, message) => {
    expect(act).toThrow(InvalidArgumentError);
    expect(act).toThrow(message);
  });
});
