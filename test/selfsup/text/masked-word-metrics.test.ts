import {
  InvalidArgumentError,
  MASK,
  type MaskedWordPredictor,
  maskedWordMetrics,
  maskForEvaluation,
  RandomGenerator,
  RandomStream,
  SPECIAL_TOKENS,
  TokenSequences,
  tf,
  Vocabulary,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const WORDS = Array.from({ length: 40 }, (_, i) => `w${i}`);
const vocabulary = new Vocabulary(WORDS);
const LENGTH = 12;
const random = new RandomGenerator(1);
const sequences = new TokenSequences(
  Array.from({ length: 300 }, () =>
    Array.from({ length: 4 + random.nextInteger(9) }, () => `w${random.nextInteger(45)}`),
  ),
  { vocabulary, length: LENGTH },
);

describe('maskForEvaluation', () => {
  it('hides words alone, at its rate, and remembers them', () => {
    const { inputs, positions, targets, size } = maskForEvaluation(sequences, { rate: 0.2 });
    expect(size).toBe(sequences.size);
    const words = sequences.numbers.filter((token) => token >= SPECIAL_TOKENS.length).length;
    const spread = 5 * Math.sqrt(words * 0.2 * 0.8);
    expect(Math.abs(positions.length - 0.2 * words)).toBeLessThan(spread);
    const restored = inputs.slice();
    positions.forEach((position, i) => {
      expect(inputs[position]).toBe(MASK);
      restored[position] = targets[i] as number;
    });
    expect(restored).toEqual(sequences.numbers);
    expect(Math.min(...targets)).toBeGreaterThanOrEqual(SPECIAL_TOKENS.length);
    expect([...positions]).toEqual([...positions].sort((a, b) => a - b));
  });

  it('hides the same words for equal seeds, others for another', () => {
    const at = (seed: number) => maskForEvaluation(sequences, { seed }).positions.join();
    expect(at(1)).toBe(at(1));
    expect(at(1)).not.toBe(at(2));
  });

  it('takes sequences spread over all when limited', () => {
    const { inputs, size, positions } = maskForEvaluation(sequences, { limit: 3, rate: 0.5 });
    expect([size, inputs.length]).toEqual([3, 3 * LENGTH]);
    const shown = (row: number) => [...inputs.subarray(row * LENGTH, (row + 1) * LENGTH)];
    [0, 100, 200].forEach((source, row) => {
      shown(row).forEach((token, column) => {
        if (token !== MASK) expect(token).toBe(sequences.row(source)[column]);
      });
    });
    expect(positions.length).toBeGreaterThan(0);
  });

  it.each([
    [{ rate: 0 }, 'rate is 0'],
    [{ limit: 0 }, 'limit is 0'],
  ])('refuses %j', (options, message) => {
    expect(() => maskForEvaluation(sequences, options)).toThrow(InvalidArgumentError);
    expect(() => maskForEvaluation(sequences, options)).toThrow(message);
  });

  it('says so when there is nothing to hide', () => {
    const unknown = new TokenSequences([['x', 'y']], { vocabulary, length: 2 });
    expect(() => maskForEvaluation(unknown)).toThrow('hid no word');
  });
});

describe('maskedWordMetrics', () => {
  const masked = maskForEvaluation(sequences, { seed: 4 });
  /** Scores by hand: the hidden word gets `right`, and `betterWrong` wrong words get more. */
  const predictor =
    (right: number, betterWrong: (word: number) => number): MaskedWordPredictor =>
    (tokens, positions) => {
      const first = tokens.dataSync().join();
      const chunk = Array.from({ length: masked.size }, (_, row) => row).find((row) =>
        masked.inputs
          .subarray(row * LENGTH)
          .join()
          .startsWith(first),
      ) as number;
      const scores = Array.from(positions.dataSync(), (position) => {
        const target = masked.targets[
          masked.positions.indexOf(position + chunk * LENGTH)
        ] as number;
        const row = new Array<number>(vocabulary.size).fill(0);
        row[target] = right;
        for (let i = 1; i <= betterWrong(target); i++)
          row[(target + i) % vocabulary.size] = right + 1;
        return row;
      });
      return tf.tensor2d(scores);
    };

  it('has the values worked out by hand for scores known', async () => {
    const v = vocabulary.size;
    for (const [wrong, top1, top5] of [
      [0, 1, 1],
      [4, 0, 1],
      [5, 0, 0],
    ] as const) {
      const found = await maskedWordMetrics(
        predictor(2, () => wrong),
        masked,
      );
      const total = (v - 1 - wrong) * 1 + Math.exp(2) + wrong * Math.exp(3);
      expect(found.crossEntropy).toBeCloseTo(Math.log(total) - 2, 4);
      expect(found.perplexity).toBeCloseTo(Math.exp(found.crossEntropy), 6);
      expect([found.top1, found.top5, found.n]).toEqual([top1, top5, masked.targets.length]);
    }
  });

  it('tells the loss and the place of each word, in the order of the words', async () => {
    const v = vocabulary.size;
    const betterThan = (word: number) => word % 8;
    const found = await maskedWordMetrics(predictor(2, betterThan), masked);
    masked.targets.forEach((word, index) => {
      const wrong = betterThan(word);
      expect(found.places[index]).toBe(wrong < 5 ? wrong + 1 : 0);
      const total = v - 1 - wrong + Math.exp(2) + wrong * Math.exp(3);
      expect(found.losses[index]).toBeCloseTo(Math.log(total) - 2, 4);
    });
    const meanOf = (values: ArrayLike<number>) =>
      Array.from(values).reduce((sum, value) => sum + value, 0) / found.n;
    expect(found.crossEntropy).toBeCloseTo(meanOf(found.losses), 6);
    expect(found.top1).toBe(meanOf(Array.from(found.places, (place) => Number(place === 1))));
  });

  it('has the perplexity V, and no luck, where all words are equally likely', async () => {
    const nothing: MaskedWordPredictor = (_, positions) =>
      tf.zeros([positions.size, vocabulary.size]);
    const found = await maskedWordMetrics(nothing, masked);
    expect(found.perplexity).toBeCloseTo(vocabulary.size, 2);
    expect([found.top1, found.top5]).toEqual([0, 0]);
    expect(found.places.every((place) => place === 0)).toBe(true);
  });

  it('puts a word behind those it ties with, whichever comes first', async () => {
    /** The hidden word gets 2, as do `tied` others, before or after it in the vocabulary, and `better` ones get 3. */
    const tying = (tied: number, better: number, step: 1 | -1) => {
      const shift = (position: number, by: number) =>
        (position + step * by + vocabulary.size) % vocabulary.size;
      return ((_tokens, positions) => {
        const scores = Array.from(positions.dataSync(), (_, index) => {
          const row = new Array<number>(vocabulary.size).fill(0);
          const target = few.targets[index] as number;
          row[target] = 2;
          for (let i = 1; i <= tied; i++) row[shift(target, i)] = 2;
          for (let i = 1; i <= better; i++) row[shift(target, tied + i)] = 3;
          return row;
        });
        return tf.tensor2d(scores);
      }) satisfies MaskedWordPredictor;
    };
    const few = maskForEvaluation(sequences, { seed: 4, limit: 60 }); // One batch of rows.
    for (const [tied, better, place] of [
      [0, 0, 1],
      [1, 0, 2],
      [0, 3, 4],
      [2, 2, 5],
      [5, 0, 0],
      [3, 2, 0],
    ] as const) {
      for (const step of [1, -1] as const) {
        const found = await maskedWordMetrics(tying(tied, better, step), few);
        expect([...new Set(found.places)]).toEqual([place]);
        expect([found.top1, found.top5]).toEqual([Number(place === 1), Number(place > 0)]);
      }
    }
  });

  it('finds the same places as the best five in order, where no two scores are equal', async () => {
    const table = new RandomStream([5, 1]).normal([masked.positions.length, vocabulary.size]);
    const rows = table.arraySync() as number[][];
    let next = 0;
    const found = await maskedWordMetrics((_, positions) => {
      const start = next;
      next += positions.size;
      return table.slice([start], [positions.size]) as tf.Tensor2D;
    }, masked);
    rows.forEach((row, index) => {
      const five = row.map((score, word) => ({ score, word })).sort((a, b) => b.score - a.score);
      const at = five.slice(0, 5).findIndex(({ word }) => word === masked.targets[index]);
      expect(found.places[index]).toBe(at + 1);
    });
    expect(found.top5).toBeGreaterThan(0);
    table.dispose();
  });

  it('finds no word by scores that are not numbers', async () => {
    const words = maskForEvaluation(sequences, { rate: 0.2 });
    const nothing: MaskedWordPredictor = (_, at) => tf.fill([at.size, vocabulary.size], Number.NaN);
    const { top5, places } = await maskedWordMetrics(nothing, words);
    expect(top5).toBe(0);
    expect(places.every((place) => place === 0)).toBe(true);
  });

  it('leaves no tensors', async () => {
    const before = tf.memory().numTensors;
    await maskedWordMetrics(
      predictor(1, () => 0),
      masked,
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
