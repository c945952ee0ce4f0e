import {
  captionedBy,
  DRAWING_TEMPLATES,
  InvalidArgumentError,
  PHOTO_TEMPLATES,
  PromptedCaptions,
  tf,
  tokenize,
  UNK,
  Vocabulary,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('captionedBy', () => {
  it('puts the caption into the template, with the right article', () => {
    expect(captionedBy('a photo of a {}', 'tipper truck')).toBe('a photo of a tipper truck');
    expect(captionedBy('a photo of a {}', 'american elk')).toBe('a photo of an american elk');
    expect(captionedBy('a picture of the {}', 'elk')).toBe('a picture of the elk');
    expect(captionedBy('{}', 'cat $& $1')).toBe('cat $& $1');
  });

  it.each([...PHOTO_TEMPLATES, ...DRAWING_TEMPLATES])(
    'has one place for it in "%s"',
    (template) => {
      expect(template.split('{}')).toHaveLength(2);
    },
  );
});

const templates = ['{}', 'a photo of a {}'];
const vocabulary = Vocabulary.build(
  ['cat', 'tipper truck'].flatMap((caption) =>
    templates.map((template) => tokenize(captionedBy(template, caption))),
  ),
);
const make = () => new PromptedCaptions(['tipper truck', 'cat', 'cat'], { templates, vocabulary });

describe('PromptedCaptions', () => {
  it('numbers distinct captions in alphabetical order', () => {
    const prompted = make();
    expect(prompted.texts).toEqual(['cat', 'tipper truck']);
    expect([...prompted.numbersOf(['tipper truck', 'cat', 'tipper truck'])]).toEqual([1, 0, 1]);
    expect(() => prompted.numbersOf(['dog'])).toThrow(/does not hold "dog"/);
  });

  it('writes each caption in every template, as rows of one length', () => {
    const prompted = make();
    expect(prompted.length).toBe(6);
    const tokens = prompted.tokens([1, 1, 0]);
    expect(tokens.shape).toEqual([3, 2, 6]);
    const sentences = tokens
      .arraySync()
      .map((rows) =>
        rows.map((row) => vocabulary.decode(row.filter((token) => token !== 0)).join(' ')),
      );
    expect(sentences).toEqual([
      ['tipper truck', 'a photo of a tipper truck'],
      ['tipper truck', 'a photo of a tipper truck'],
      ['cat', 'a photo of a cat'],
    ]);
    expect(prompted.tokens().shape).toEqual([2, 2, 6]);
    expect(() => prompted.tokens([2])).toThrow(/has no caption 2/);
  });

  it('cuts what is longer, and marks words it does not know', () => {
    const prompted = new PromptedCaptions(['night raven'], { templates, vocabulary, length: 5 });
    const [rows] = prompted.tokens().arraySync();
    expect(rows?.[0]).toEqual([UNK, UNK, 0, 0, 0]);
    expect(rows?.[1]?.at(-1)).toBe(UNK);
  });

  it('refuses what it cannot use', () => {
    expect(() => new PromptedCaptions([], { templates, vocabulary })).toThrow(InvalidArgumentError);
    expect(() => new PromptedCaptions(['cat'], { templates: ['a cat'], vocabulary })).toThrow(
      /\{\} in every/,
    );
    expect(() => new PromptedCaptions(['cat'], { templates, vocabulary, length: 0 })).toThrow(
      /length is 0/,
    );
  });

  it('leaves the tensors it returns, and no other', () => {
    const prompted = make();
    const before = tf.memory().numTensors;
    prompted.tokens([0]).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
