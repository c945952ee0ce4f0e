import { splitSentences } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('splitSentences', () => {
  it.each([
    ['We met at 3 p.m. Monday. Then we left.', ['We met at 3 p.m. Monday.', 'Then we left.']],
    ['No. Never. We will not.', ['No.', 'Never.', 'We will not.']],
    ['See No. 5 of Art. IV. Next.', ['See No. 5 of Art. IV.', 'Next.']],
    ['This is art. It stays.', ['This is art.', 'It stays.']],
    // The accent is a mark of its own after the letter.
    ['E\u0301. Zola wrote it. He did.', ['E\u0301. Zola wrote it.', 'He did.']],
    ['It was I. He left.', ['It was I.', 'He left.']],
  ])('%s', (text, expected) => {
    expect(splitSentences(text)).toEqual(expected);
  });

  it.each([
    ['one word', `${'a'.repeat(1e6)}. B`],
    ['abbreviations', `${'Mr. '.repeat(250_000)}Smith`],
    ['words', 'word '.repeat(200_000)],
    ['letters with accents', `${'E\u0301'.repeat(500_000)}. B`],
    ['full stops', '. '.repeat(500_000)],
    ['spaces after one', `.${' '.repeat(1e6)}`],
  ])('takes linear time for a megabyte of %s', (_, text) => {
    const start = process.cpuUsage();
    splitSentences(text);
    const { user, system } = process.cpuUsage(start);
    // The quadratic one took minutes.
    expect((user + system) / 1e6).toBeLessThan(5);
  });
});
