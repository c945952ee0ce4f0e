import {
  BidirectionalLstmEncoder,
  fillMask,
  InvalidArgumentError,
  MASK,
  MaskedLanguageModel,
  maskedCapacity,
  maskTokens,
  nearestWords,
  PAD,
  RandomStream,
  SPECIAL_TOKENS,
  TokenSequences,
  TransformerEncoder,
  tf,
  Vocabulary,
  WordCountModel,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const SMALL = { vocabularySize: 20, embeddingDim: 6, units: 5 };

function withModel(
  use: (model: MaskedLanguageModel) => void,
  options: Partial<ConstructorParameters<typeof MaskedLanguageModel>[0]> = {},
): void {
  const model = new MaskedLanguageModel({ ...SMALL, ...options });
  try {
    tf.tidy(() => use(model));
  } finally {
    model.dispose();
  }
}

const tokensOf = (...rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, undefined, 'int32');
const largest = (x: tf.Tensor): number => x.abs().max().dataSync()[0] as number;

describe('BidirectionalLstmEncoder', () => {
  it('does not let padding influence a real token, in one layer or two', () => {
    for (const layers of [1, 2]) {
      const encoder = new BidirectionalLstmEncoder({ ...SMALL, layers });
      tf.tidy(() => {
        const alone = encoder.call(tokensOf([5, 9, 4]));
        const padded = encoder.call(tokensOf([5, 9, 4, PAD, PAD, PAD, PAD], [7, 7, 7, 7, 7, 7, 7]));
        expect(largest(padded.slice([0, 0], [1, 3]).sub(alone))).toBeLessThan(1e-6);
        expect(largest(padded.slice([0, 3], [1, 4]))).toBe(0);
      });
      encoder.dispose();
    }
  });

  it('lets each token see what stands before and after it', () => {
    const encoder = new BidirectionalLstmEncoder(SMALL);
    tf.tidy(() => {
      const [first, last] = [tokensOf([5, 9, 4]), tokensOf([8, 9, 4])];
      const difference = encoder.call(first).sub(encoder.call(last)).slice([0, 2], [1, 1]);
      // The last token hears of the first through the forward half alone.
      expect(largest(difference.slice([0, 0, 0], [1, 1, 5]))).toBeGreaterThan(1e-4);
      expect(largest(difference.slice([0, 0, 5], [1, 1, 5]))).toBe(0);
    });
    encoder.dispose();
  });

  it('gives equal weights for equal seeds, other weights for another', () => {
    const made = [3, 3, 4].map((seed) => new BidirectionalLstmEncoder({ ...SMALL, seed }));
    const values = made.map(({ weights }) => weights.map((weight) => [...weight.dataSync()]));
    expect(values[0]).toEqual(values[1]);
    expect(values[0]).not.toEqual(values[2]);
    for (const encoder of made) encoder.dispose();
  });

  it('drops inputs only when it is given a random stream', () => {
    const encoder = new BidirectionalLstmEncoder({ ...SMALL, dropout: 0.5 });
    tf.tidy(() => {
      const tokens = tokensOf([5, 9, 4]);
      const plain = encoder.call(tokens);
      expect(largest(plain.sub(encoder.call(tokens)))).toBe(0);
      const dropped = encoder.call(tokens, { random: new RandomStream([1, 1]) });
      expect(largest(plain.sub(dropped))).toBeGreaterThan(1e-4);
    });
    encoder.dispose();
  });

  it.each([
    [{ units: 0 }, 'units is 0'],
    [{ layers: 1.5 }, 'layers is 1.5'],
    [{ dropout: 1 }, 'dropout is 1'],
  ])('refuses %j', (options, message) => {
    const act = () => new BidirectionalLstmEncoder({ ...SMALL, ...options });
    expect(act).toThrow(InvalidArgumentError);
    expect(act).toThrow(message);
  });
});

describe('MaskedLanguageModel', () => {
  it('scores every word at every position, and the same at chosen positions', () => {
    withModel((model) => {
      const tokens = tokensOf([5, MASK, 4, PAD], [6, 7, 8, 9]);
      const all = model.call(tokens);
      expect(all.shape).toEqual([2, 4, 20]);
      const some = model.callAt(tokens, tf.tensor1d([1, 6], 'int32'));
      const expected = tf.gather(all.reshape([8, 20]), [1, 6]);
      expect(largest(some.sub(expected))).toBeLessThan(1e-6);
    });
  });

  it('has the same loss and gradient whether its head sees all positions or the masked ones', () => {
    withModel((model) => {
      const tokens = new RandomStream([1, 1]).integers([6, 10], 3, 20) as tf.Tensor2D;
      const masked = maskTokens(tokens, { random: new RandomStream([2, 2]), vocabularySize: 20 });
      const count = masked.weights.sum().dataSync()[0] as number;
      const run = (capacity?: number) =>
        tf.variableGrads(
          () => model.loss(masked, capacity === undefined ? {} : { capacity }),
          model.trainableVariables,
        );
      const all = run();
      for (const capacity of [count, count + 7]) {
        const { value, grads } = run(capacity);
        expect(value.dataSync()[0]).toBeCloseTo(all.value.dataSync()[0] as number, 5);
        for (const [name, gradient] of Object.entries(grads)) {
          expect(largest(gradient.sub(all.grads[name] as tf.Tensor))).toBeLessThan(1e-5);
        }
      }
    });
  });

  it('begins at the word frequencies it is given', () => {
    const wordFrequencies = Float64Array.from({ length: 20 }, (_, i) => (i < 3 ? 0 : i / 187));
    withModel(
      (model) => {
        const hidden = tf.zeros<tf.Rank.R2>([1, model.encoder.outputDim]);
        const found = [...tf.softmax(model.head(hidden)).dataSync()];
        found.forEach((p, word) => {
          expect(p).toBeCloseTo(wordFrequencies[word] as number, 5);
        });
      },
      { wordFrequencies },
    );
  });

  it('counts its parameters, and trains every one of them', () => {
    withModel((model) => {
      const [V, D, U] = [20, 6, 5];
      const lstm = 4 * U * (D + U + 1);
      expect(model.parameterCount).toBe(V * D + 2 * lstm + 2 * U * D + D + V);
      const masked = maskTokens(tokensOf([5, 6, 7, 8, 9, 10]), {
        random: new RandomStream([1, 1]),
        vocabularySize: V,
        rate: 0.9,
      });
      const { grads } = tf.variableGrads(() => model.loss(masked), model.trainableVariables);
      for (const gradient of Object.values(grads)) expect(largest(gradient)).toBeGreaterThan(0);
    });
  });

  it('leaves nothing behind but its weights, and nothing when disposed', () => {
    const before = tf.memory().numTensors;
    const model = new MaskedLanguageModel(SMALL);
    expect(tf.memory().numTensors - before).toBe(model.weights.length);
    const tokens = tokensOf([5, MASK, 4]);
    model.call(tokens).dispose();
    tokens.dispose();
    expect(tf.memory().numTensors - before).toBe(model.weights.length);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes an encoder, with its vocabulary', () => {
    const encoder = new TransformerEncoder({ vocabularySize: 20, embeddingDim: 8 });
    const model = new MaskedLanguageModel({ encoder, seed: 3 });
    tf.tidy(() => {
      expect(model.encoder).toBe(encoder);
      expect(model.parameterCount).toBe(
        encoder.weights.reduce((sum, { size }) => sum + size, 0) + 8 * 8 + 8 + 20,
      );
      const masked = maskTokens(tokensOf([5, 6, 7, 8, PAD], [9, 10, 11, PAD, PAD]), {
        random: new RandomStream([1, 1]),
        vocabularySize: 20,
        rate: 0.9,
      });
      const { grads } = tf.variableGrads(() => model.loss(masked), model.trainableVariables);
      expect(Object.keys(grads)).toHaveLength(model.weights.length);
      for (const gradient of Object.values(grads)) expect(largest(gradient)).toBeGreaterThan(0);
    });
    model.dispose();
    expect(encoder.embedding.isDisposed).toBe(true);
  });

  it('refuses options that contradict its encoder, and neither vocabulary nor encoder', () => {
    const encoder = new TransformerEncoder({ vocabularySize: 20, embeddingDim: 8 });
    const same = new MaskedLanguageModel({ encoder, vocabularySize: 20 });
    expect(same.encoder).toBe(encoder);
    for (const [options, message] of [
      [{ encoder, vocabularySize: 21 }, /vocabularySize is 21.*made for 20 tokens/],
      [{ encoder, units: 7 }, /an encoder and units \(7\)/],
      [{ encoder, dropout: 0.1 }, /an encoder and dropout \(0.1\)/],
      [{ encoder, wordFrequencies: [1] }, /1 wordFrequencies for a vocabulary of 20/],
      [{}, /neither a vocabularySize nor an encoder/],
      [
        { encoder: {} as never },
        /without embedding, weights, outputDim, call; expected a TokenEncoder/,
      ],
      [{ encoder: null as never }, /without embedding, weights, outputDim, call; expected/],
      [
        { encoder: { ...encoder, call: encoder.call, outputDim: 0 } as never },
        /without outputDim;/,
      ],
      [{ encoder: { ...encoder, embedding: [[1]] } as never }, /without embedding, call;/],
    ] as const) {
      const act = () => new MaskedLanguageModel(options);
      expect(act).toThrow(InvalidArgumentError);
      expect(act).toThrow(message);
    }
    same.dispose();
  });

  it('refuses a capacity out of range and frequencies of another vocabulary', () => {
    withModel((model) => {
      const masked = maskTokens(tokensOf([5, 6]), {
        random: new RandomStream([1, 1]),
        vocabularySize: 20,
      });
      expect(() => model.loss(masked, { capacity: 3 })).toThrow('capacity is 3');
    });
    const act = () => new MaskedLanguageModel({ ...SMALL, wordFrequencies: [1, 2] });
    expect(act).toThrow(InvalidArgumentError);
    expect(act).toThrow('2 wordFrequencies');
  });
});

describe('maskedCapacity', () => {
  it('is the expected number and four standard deviations, at most all positions', () => {
    expect(maskedCapacity(2048, 0.15)).toBe(Math.ceil(307.2 + 4 * Math.sqrt(307.2 * 0.85)));
    expect(maskedCapacity(10, 1)).toBe(10);
    expect(maskedCapacity(10, 0)).toBe(1);
  });
});

describe('fillMask and nearestWords', () => {
  const vocabulary = new Vocabulary(
    Array.from({ length: 17 }, (_, i) => `w${'abcdefghijklmnopq'[i]}`),
  );

  it('gives probabilities, best first, for each mask of a text', () => {
    withModel((model) => {
      const guesses = fillMask('Wa [MASK] wb, [MASK]!', { model, vocabulary, count: 3 });
      expect(guesses.map((row) => row.length)).toEqual([3, 3]);
      const numbers = [
        ...vocabulary.encode(['wa']),
        MASK,
        ...vocabulary.encode(['wb', ',']),
        MASK,
        2,
      ];
      const scores = model.call(tokensOf(numbers)).arraySync()[0]?.[1] as number[];
      const probabilities = [...tf.softmax(tf.tensor1d(scores)).dataSync()];
      const best = probabilities.indexOf(Math.max(...probabilities.slice(SPECIAL_TOKENS.length)));
      expect(guesses[0]?.[0]?.word).toBe(vocabulary.tokenOf(best));
      expect(guesses[0]?.[0]?.probability).toBeCloseTo(probabilities[best] as number, 5);
      expect(() => fillMask('no mask', { model, vocabulary })).toThrow('has no [MASK]');
    });
  });

  it('offers no special token, and refuses a vocabulary of another size', () => {
    withModel((model) => {
      const [guesses = []] = fillMask('[MASK]', { model, vocabulary, count: 17 });
      expect(guesses.map(({ word }) => word).sort()).toEqual(
        [...vocabulary.tokens].slice(3).sort(),
      );
      const larger = new Vocabulary(Array.from({ length: 30 }, (_, i) => `v${i}`));
      expect(() => fillMask('a [MASK]', { model, vocabulary: larger })).toThrow(
        /vocabulary of 33 words.*made for 20/,
      );
      const embedding = model.encoder.embedding as unknown as tf.Tensor2D;
      expect(() => nearestWords('v1', { embedding, vocabulary: larger })).toThrow(/20 vectors.*33/);
    });
  });

  it('makes five guesses when not told how many, or as many as there are words', () => {
    withModel((model) => {
      expect(fillMask('[MASK]', { model, vocabulary })[0]).toHaveLength(5);
    });
    const three = new Vocabulary(['wa', 'wb', 'wc']);
    withModel(
      (model) => {
        expect(fillMask('[MASK]', { model, vocabulary: three })[0]).toHaveLength(3);
      },
      { vocabularySize: 6 },
    );
  });

  it.each([-1, 0, 1.5, Number.NaN, 18])('refuses to make %d guesses', (count) => {
    withModel((model) => {
      const act = () => fillMask('wa [MASK]', { model, vocabulary, count });
      expect(act).toThrow(InvalidArgumentError);
      expect(act).toThrow(`fillMask: count is ${count}; expected a whole number from 1 to 17`);
    });
  });

  it('asks a model that counts, too', () => {
    const sentences = Array.from({ length: 9 }, () => ['wa', 'wb', 'wc']);
    const sequences = new TokenSequences(sentences, { vocabulary, length: 4 });
    const model = new WordCountModel(sequences, { neighbours: 'both', smoothing: 1 });
    const [[best] = []] = fillMask('wa [MASK] wc', { model, vocabulary });
    expect(best?.word).toBe('wb');
    expect(best?.probability).toBeGreaterThan(0.5);
    const larger = new Vocabulary(Array.from({ length: 30 }, (_, i) => `v${i}`));
    expect(() => fillMask('a [MASK]', { model, vocabulary: larger })).toThrow('made for 20');
  });

  it('names every other word as near, and no special token', () => {
    withModel((model) => {
      const embedding = model.encoder.embedding as unknown as tf.Tensor2D;
      const near = nearestWords('wa', { embedding, vocabulary, count: 99 });
      const others = [...vocabulary.tokens].slice(SPECIAL_TOKENS.length).filter((w) => w !== 'wa');
      expect(near.map(({ word }) => word).sort()).toEqual(others.sort());
    });
  });

  it('finds the words whose vectors have the largest cosine', () => {
    tf.tidy(() => {
      const embedding = tf.tensor2d(
        Array.from({ length: 20 }, (_, i) => [i * Math.cos(i / 10), i * Math.sin(i / 10)]),
      );
      const found = nearestWords('wf', { embedding, vocabulary, count: 2 });
      expect(found.map(({ word }) => word).sort()).toEqual(['we', 'wg']);
      for (const { similarity } of found) expect(similarity).toBeCloseTo(Math.cos(0.1), 4);
      const act = () => nearestWords('zebra', { embedding, vocabulary });
      expect(act).toThrow(InvalidArgumentError);
      expect(act).toThrow('"zebra"');
    });
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses to look for %d near words', (count) => {
    withModel((model) => {
      const { embedding } = model.encoder;
      const act = () => nearestWords('wa', { embedding, vocabulary, count });
      expect(act).toThrow(InvalidArgumentError);
      expect(act).toThrow(`nearestWords: count is ${count}; expected a whole number, 1 or more`);
    });
  });
});
