import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damaged, damages } from './byte-damage';
import { failingOnlyWith, RawError } from './campaign';

class Refusal extends Error {}

describe('what a campaign takes for a raw error', () => {
  it('is neither a value nor a sentence of the expected kind', async () => {
    const refusal = new Refusal('this file is damaged; get another');
    expect(await failingOnlyWith(Refusal, () => 3)).toEqual({ value: 3 });
    expect(await failingOnlyWith(Refusal, () => Promise.reject(refusal))).toEqual({
      error: refusal,
    });
  });

  it.each([
    ['another class', new TypeError('this file is damaged; get another')],
    ['a missing value in the sentence', new Refusal('the file undefined is damaged')],
    ['one word', new Refusal('damaged')],
    ['no error at all', 'a text'],
  ])('is %s', async (_, thrown) => {
    await expect(failingOnlyWith(Refusal, () => Promise.reject(thrown))).rejects.toBeInstanceOf(
      RawError,
    );
  });
});

it('damage is the same for the same seed, and leaves the original alone', () => {
  const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256));
  const copy = Buffer.from(bytes);
  const draw = () =>
    fc
      .sample(damages, { seed: 5, numRuns: 200 })
      .map((list) => damaged(bytes, list).toString('hex'));
  const first = draw();
  expect(draw()).toEqual(first);
  expect(bytes.equals(copy)).toBe(true);
  expect(first.filter((hex) => hex !== bytes.toString('hex')).length).toBeGreaterThan(150);
});
