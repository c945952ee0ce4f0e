import fc from 'fast-check';
import {
  InvalidArgumentError,
  MASK,
  type MaskTokensOptions,
  maskTokens,
  PAD,
  RandomStream,
  SPECIAL_TOKENS,
  tf,
  UNK,
} from 'selfsup';
import { compile } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

const VOCABULARY = 500;
const SPECIALS = SPECIAL_TOKENS.length;

/** Rows of words with special tokens and padding among them. */
function tokens(rows: number, length: number, seed: number): Int32Array {
  const words = new RandomStream([seed, 1]).integers([rows * length], 0, VOCABULARY);
  return Int32Array.from(words.dataSync(), (word, at) => (at % length > length - 3 ? PAD : word));
}

interface Masked {
  given: Int32Array;
  inputs: Int32Array;
  targets: Int32Array;
  weights: Float32Array;
}

function mask(
  rows: number,
  length: number,
  seed: number,
  options: Partial<MaskTokensOptions> = {},
): Masked {
  return tf.tidy(() => {
    const given = tokens(rows, length, seed);
    const { inputs, targets, weights } = maskTokens(tf.tensor2d(given, [rows, length], 'int32'), {
      random: new RandomStream([seed, 2]),
      vocabularySize: VOCABULARY,
      ...options,
    });
    expect([inputs.dtype, targets.dtype, weights.dtype]).toEqual(['int32', 'int32', 'float32']);
    expect([inputs, targets, weights].map(({ shape }) => shape)).toEqual(
      Array(3).fill([rows, length]),
    );
    return {
      given,
      inputs: inputs.dataSync() as Int32Array,
      targets: targets.dataSync() as Int32Array,
      weights: weights.dataSync() as Float32Array,
    };
  });
}

/** Within five standard deviations of the binomial distribution. */
function expectShare(count: number, of: number, share: number): void {
  expect(Math.abs(count - of * share)).toBeLessThanOrEqual(
    5 * Math.sqrt(of * share * (1 - share)) + 1e-9,
  );
}

describe('maskTokens', () => {
  it.each([0.05, 0.15, 0.4, 1])('chooses words at the rate %d, split 80/10/10', (rate) => {
    const { given, inputs, targets, weights } = mask(400, 60, 3, { rate });
    const words = given.filter((token) => token >= SPECIALS).length;
    const chosen = [...weights].flatMap((weight, at) => (weight === 1 ? [at] : []));
    expectShare(chosen.length, words, rate);
    const masked = chosen.filter((at) => inputs[at] === MASK).length;
    expectShare(masked, chosen.length, 0.8);
    // A random word may be the right one by chance.
    const same = chosen.filter((at) => inputs[at] === given[at]).length;
    expectShare(same, chosen.length, 0.1 + 0.1 / (VOCABULARY - SPECIALS));
    const drawn = chosen.map((at) => inputs[at] as number).filter((word) => word !== MASK);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(SPECIALS);
    expect(Math.max(...drawn)).toBeLessThan(VOCABULARY);
    expect(chosen.every((at) => targets[at] === given[at])).toBe(true);
  });

  it('never chooses a special token and changes nothing it did not choose', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 4, max: 20 }),
        fc.nat(1000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, length, seed, rate) => {
          const { given, inputs, weights } = mask(rows, length, seed, { rate });
          given.forEach((token, at) => {
            if (token < SPECIALS) expect(weights[at]).toBe(0);
            if (weights[at] === 0) expect(inputs[at]).toBe(token);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('draws random words evenly, not the frequent ones alone', () => {
    const { inputs, weights } = mask(400, 60, 4, { rate: 1, maskShare: 0, randomShare: 1 });
    const drawn = [...inputs].filter((_, at) => weights[at] === 1);
    const middle = SPECIALS + (VOCABULARY - SPECIALS) / 2;
    expectShare(drawn.filter((word) => word < middle).length, drawn.length, 0.5);
    expect(new Set(drawn).size).toBe(VOCABULARY - SPECIALS);
  });

  it('masks all when told to', () => {
    const { given, inputs } = mask(20, 30, 5, { rate: 1, maskShare: 1, randomShare: 0 });
    given.forEach((token, at) => {
      expect(inputs[at]).toBe(token < SPECIALS ? token : MASK);
    });
    expect(given).toContain(UNK);
  });

  it('gives the same for equal seeds, other positions for another', () => {
    expect(mask(10, 30, 6)).toEqual(mask(10, 30, 6));
    const stream = (seed: number) => ({ random: new RandomStream([seed, 9]) });
    expect(mask(10, 30, 6, stream(1)).weights).not.toEqual(mask(10, 30, 6, stream(2)).weights);
  });

  it('gives the same compiled, new positions for each seed', () => {
    const input = tf.tensor2d(tokens(8, 30, 7), [8, 30], 'int32');
    const step = (inputs: { tokens: tf.Tensor2D; seed: tf.Tensor1D }) => ({
      ...maskTokens(inputs.tokens, {
        random: new RandomStream(inputs.seed),
        vocabularySize: VOCABULARY,
      }),
    });
    const compiled = compile(step, { name: 'masking' });
    const seeds = [1, 2, 3, 4].map((number) => tf.tensor1d([5, number], 'int32'));
    const all = seeds.map((seed) => {
      const [eager, graph] = [step({ tokens: input, seed }), compiled({ tokens: input, seed })];
      const inputs = [...graph.inputs.dataSync()];
      expect(inputs).toEqual([...eager.inputs.dataSync()]);
      expect([...graph.weights.dataSync()]).toEqual([...eager.weights.dataSync()]);
      tf.dispose([eager, graph]);
      return inputs.join();
    });
    expect(new Set(all).size).toBe(seeds.length);
    compiled.dispose();
    tf.dispose([input, seeds]);
  });

  it('leaves no tensors', () => {
    mask(2, 10, 1);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) mask(2, 10, i);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [{ rate: 1.5 }, 'rate is 1.5'],
    [{ maskShare: 0.9, randomShare: 0.2 }, 'a sum of at most 1'],
    [{ vocabularySize: 3 }, 'vocabularySize is 3'],
  ])('refuses %j', (options, message) => {
    expect(() => mask(2, 10, 1, options)).toThrow(InvalidArgumentError);
    expect(() => mask(2, 10, 1, options)).toThrow(message);
  });

  it('refuses tokens that are not whole numbers', () => {
    const random = new RandomStream([1, 1]);
    const floats = tf.zeros<tf.Rank.R2>([2, 3]);
    expect(() => maskTokens(floats, { random, vocabularySize: 9 })).toThrow('a float32 tensor');
    floats.dispose();
  });
});
