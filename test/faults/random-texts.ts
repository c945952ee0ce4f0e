import fc from 'fast-check';
import { InvalidArgumentError, sentenceKey, splitSentences, tokenize, Vocabulary } from 'selfsup';
import { type Campaign, failingOnlyWith, Loss } from './campaign';

/** Text of every kind: letters, marks, emoji, halves of surrogate pairs, control characters, English with its full stops. */
const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc
    .array(fc.nat({ max: 0xffff }), { maxLength: 12 })
    .map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom(
    ...[
      'Mr. ',
      'No. 5',
      'U. S. ',
      '3 p.m. ',
      "don't ",
      '1,250.50',
      '. ',
      '! ',
      '?" ',
      'é',
      '́',
      '\ud83d',
    ],
    ...['[MASK]', '__proto__', 'constructor', '‘', '—', '​', '\u0000', 'İ', 'ß', '…', 'A', '\n\n'],
  ),
  fc
    .record({
      text: fc.constantFrom('a', '. ', 'A. ', '́', '"', "'s", '9,'),
      times: fc.nat({ max: 20_000 }),
    })
    .map(({ text, times }) => text.repeat(times)),
);

const withoutSpace = (text: string) => text.replace(/\s+/g, '');

/** Texts through the sentence splitter, the tokenizer and the vocabulary: nothing is lost, nothing throws. */
export const randomTexts: Campaign<string[]> = {
  kind: 'texts',
  title: 'random texts through sentences, tokens and vocabulary',
  share: 1,
  atOnce: 50,
  faults: fc.array(piece, { maxLength: 12 }),
  prepare: async () => ({
    inflict: async (pieces) => {
      const text = pieces.join('');
      const sentences = splitSentences(text);
      if (withoutSpace(sentences.join('')) !== withoutSpace(text)) {
        throw new Loss('the sentences hold other letters than the text');
      }
      const tokens = sentences.map(tokenize);
      const flat = tokens.flat();
      if (flat.some((token) => token === '' || /\s/.test(token))) throw new Loss('an empty token');
      if (sentenceKey(sentenceKey(text)) !== sentenceKey(text))
        throw new Loss('a key of a key differs');
      const vocabulary = Vocabulary.build(tokens, { size: 5000 });
      const again = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
      if (again.tokens.join(' ') !== vocabulary.tokens.join(' ')) {
        throw new Loss('a vocabulary stored and read is another one');
      }
      const known = flat.filter((token) => vocabulary.has(token));
      if (vocabulary.decode(vocabulary.encode(known)).join(' ') !== known.join(' ')) {
        throw new Loss('words encoded and decoded are other words');
      }
      const outside = vocabulary.size + text.length;
      await failingOnlyWith(InvalidArgumentError, () => vocabulary.tokenOf(outside));
      return undefined;
    },
    end: async () => undefined,
  }),
};
