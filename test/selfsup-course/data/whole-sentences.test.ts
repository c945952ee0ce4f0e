import { InvalidArgumentError, RandomGenerator } from 'selfsup';
import { wholeSentences } from 'selfsup-course';
import { describe, expect, it } from 'vitest';

describe('wholeSentences', () => {
  it('keeps what is no part of a longer one, each once, with its label', () => {
    const { sentences, labels } = wholeSentences({
      sentences: [
        'a witty film',
        'witty',
        'film',
        'too long',
        'a  witty film',
        'wit',
        'so a witty film ends',
      ],
      labels: Uint8Array.from([1, 1, 0, 0, 0, 1, 1]),
    });
    expect(sentences).toEqual(['too long', 'wit', 'so a witty film ends']);
    expect([...labels]).toEqual([0, 1, 1]);
  });

  it('keeps the first of equal sentences', () => {
    const { labels } = wholeSentences({
      sentences: ['a b', 'c', 'a b'],
      labels: Uint8Array.from([1, 0, 0]),
    });
    expect([...labels]).toEqual([1, 0]);
  });

  it('agrees with comparing all pairs', () => {
    const random = new RandomGenerator(4);
    const sentences = Array.from({ length: 300 }, () =>
      Array.from({ length: 1 + random.nextInteger(5) }, () => 'abcdef'[random.nextInteger(6)]).join(
        ' ',
      ),
    );
    const expected = sentences.filter(
      (one, at) =>
        !sentences.some((other, position) =>
          other === one ? position < at : ` ${other} `.includes(` ${one} `),
        ),
    );
    const labels = Uint8Array.from(sentences, () => 1);
    expect(wholeSentences({ sentences, labels }).sentences).toEqual(expected);
    expect(expected.length).toBeGreaterThan(20);
    expect(expected.length).toBeLessThan(300);
  });

  it('refuses sentences without labels', () => {
    const wrong = () => wholeSentences({ sentences: ['a'], labels: new Uint8Array(0) });
    expect(wrong).toThrow(InvalidArgumentError);
  });
});
