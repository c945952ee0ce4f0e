import {
  InvalidArgumentError,
  MASK,
  type MaskedWordMetrics,
  maskedWordMetrics,
  maskForEvaluation,
  type NeighboursSeen,
  PAD,
  RandomGenerator,
  TokenSequences,
  tf,
  Vocabulary,
  WordCountModel,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const WORDS = ['a', 'b', 'c', 'd', 'e'];
const vocabulary = new Vocabulary(WORDS);
const LENGTH = 6;

/** A language in which b follows a, and anything else follows anything. */
function sentences(count: number, seed: number): string[][] {
  const random = new RandomGenerator(seed);
  return Array.from({ length: count }, () => {
    const length = 3 + random.nextInteger(LENGTH - 2);
    const words: string[] = [];
    while (words.length < length) {
      words.push(words.at(-1) === 'a' ? 'b' : (WORDS[random.nextInteger(5)] as string));
    }
    return words;
  });
}

const training = new TokenSequences(sentences(40, 1), { vocabulary, length: LENGTH });

/** The formulas, in double precision. */
function naive(neighbours: NeighboursSeen, smoothing: number, row: number[], at: number): number[] {
  const rows = Array.from({ length: training.size }, (_, i) => [...training.row(i)]);
  const words = [3, 4, 5, 6, 7];
  const counts = words.map((w) => 1 + rows.flat().filter((token) => token === w).length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const p = counts.map((count) => count / total);
  const beside = (step: number, neighbour: number): number[] => {
    const pairs = words.map(
      (w) =>
        rows.flatMap((tokens) =>
          tokens.filter((token, i) => token === w && (tokens[i + step] ?? PAD) === neighbour),
        ).length,
    );
    const seen = pairs.reduce((sum, count) => sum + count, 0);
    return pairs.map((count, w) => (count + smoothing * (p[w] as number)) / (seen + smoothing));
  };
  const [left, right] = [row[at - 1] ?? PAD, row[at + 1] ?? PAD];
  const ofLeft = neighbours === 'none' || left === MASK ? p : beside(-1, left);
  const ofRight = neighbours !== 'both' || right === MASK ? p : beside(1, right);
  const product = p.map((q, w) => ((ofLeft[w] as number) * (ofRight[w] as number)) / q);
  const sum = product.reduce((all, one) => all + one, 0);
  return product.map((one) => one / sum);
}

describe('WordCountModel', () => {
  const rows = [
    [3, MASK, 5, 6, 7, 3],
    [MASK, 4, MASK, PAD, PAD, PAD],
    [2, MASK, MASK, 2, 4, MASK],
  ];
  const positions = [1, 6, 8, 13, 14, 17];

  for (const neighbours of ['none', 'left', 'both'] as const) {
    it(`gives the probabilities of its formula: ${neighbours}`, () => {
      tf.tidy(() => {
        const model = new WordCountModel(training, { neighbours, smoothing: 7 });
        const scores = model.callAt(
          tf.tensor2d(rows, undefined, 'int32'),
          tf.tensor1d(positions, 'int32'),
        );
        const found = tf.softmax(scores).arraySync();
        positions.forEach((position, index) => {
          const [row, at] = [Math.floor(position / LENGTH), position % LENGTH];
          const expected = naive(neighbours, 7, rows[row] as number[], at);
          expect(found[index]?.slice(0, 3)).toEqual([0, 0, 0]);
          expected.forEach((p, w) => {
            expect(found[index]?.[w + 3]).toBeCloseTo(p, 5);
          });
        });
      });
    });
  }

  it('guesses better the more it sees', async () => {
    const held = new TokenSequences(sentences(300, 2), { vocabulary, length: LENGTH });
    const masked = maskForEvaluation(held, { seed: 3 });
    const measured: Record<string, MaskedWordMetrics> = {};
    for (const neighbours of ['none', 'left', 'both'] as const) {
      const { callAt } = new WordCountModel(training, { neighbours, smoothing: 5 });
      measured[neighbours] = await maskedWordMetrics(callAt, masked);
    }
    expect(measured.left?.perplexity).toBeLessThan(0.95 * (measured.none?.perplexity as number));
    expect(measured.both?.perplexity).toBeLessThan(0.95 * (measured.left?.perplexity as number));
  });

  it('leaves no tensors', () => {
    const { callAt } = new WordCountModel(training, { neighbours: 'both' });
    const tokens = tf.tensor2d(rows, undefined, 'int32');
    const at = tf.tensor1d(positions, 'int32');
    const before = tf.memory().numTensors;
    callAt(tokens, at).dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([tokens, at]);
  });

  it('refuses neighbours that it does not know', () => {
    for (const neighbours of ['right', 'Left', undefined]) {
      const act = () => new WordCountModel(training, { neighbours: neighbours as never });
      expect(act).toThrow(InvalidArgumentError);
      expect(act).toThrow(`neighbours is "${neighbours}"; expected "none", "left" or "both"`);
    }
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses the smoothing %d',
    (smoothing) => {
      const act = () => new WordCountModel(training, { neighbours: 'left', smoothing });
      expect(act).toThrow(InvalidArgumentError);
      expect(act).toThrow(`smoothing is ${smoothing}; expected a finite number above 0`);
    },
  );
});
