import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  distanceBias,
  InvalidArgumentError,
  loadWeights,
  PAD,
  RandomStream,
  SentenceClassifier,
  saveWeights,
  sequencePositions,
  sinePositions,
  TransformerEncoder,
  tf,
} from 'selfsup';
import { afterAll, describe, expect, it } from 'vitest';

const SMALL = { vocabularySize: 20, embeddingDim: 8, blocks: 2, heads: 2 };
const POSITIONS = ['distances', 'sines'] as const;
const BROKEN = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY];
const tokensOf = (...rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, undefined, 'int32');
const largest = (x: tf.Tensor): number => x.abs().max().dataSync()[0] as number;
const gap = (a: tf.Tensor, b: tf.Tensor): number => tf.tidy(() => largest(a.sub(b)));

function withEncoder(
  use: (encoder: TransformerEncoder) => void,
  options: Partial<ConstructorParameters<typeof TransformerEncoder>[0]> = {},
): void {
  const encoder = new TransformerEncoder({ ...SMALL, ...options });
  try {
    tf.tidy(() => use(encoder));
  } finally {
    encoder.dispose();
  }
}

/** Gives every weight other values, so that biases, offsets and scales count. */
function shake(encoder: TransformerEncoder): void {
  tf.tidy(() => {
    const random = new RandomStream([7, 1]);
    for (const weight of encoder.weights) {
      weight.assign(weight.add(random.normal(weight.shape, 0, 0.3)));
    }
  });
}

/** The encoder of one sentence, from the papers, with nothing of the library but the weights. */
function byHand(
  encoder: TransformerEncoder,
  sentence: number[],
  positions: (typeof POSITIONS)[number],
) {
  const dim = encoder.outputDim;
  const headDim = dim / encoder.heads;
  const names = (weight: tf.Tensor) => weight as tf.Tensor2D;
  const norm = (x: tf.Tensor2D, scale: tf.Tensor, offset: tf.Tensor) => {
    const { mean, variance } = tf.moments(x, 1, true);
    return x.sub(mean).div(variance.add(1e-6).sqrt()).mul(scale).add(offset) as tf.Tensor2D;
  };
  const sines = sentence.map((_, t) =>
    Array.from({ length: dim }, (_, j) => {
      const angle = t / 10_000 ** ((2 * (j % (dim / 2))) / dim);
      return j < dim / 2 ? Math.sin(angle) : Math.cos(angle);
    }),
  );
  let x = tf
    .matMul(tf.oneHot(tokensOf(sentence).flatten() as tf.Tensor1D, 20).toFloat(), encoder.embedding)
    .mul(Math.sqrt(dim)) as tf.Tensor2D;
  if (positions === 'sines') x = x.add(tf.tensor2d(sines));
  // Of two heads the first looks back, the second forward.
  const preferences = [-1, 1].map((side) =>
    sentence.map((_, t) =>
      sentence.map((_, u) => -Math.abs(t - u) - (Math.sign(u - t) === side ? 0 : 2)),
    ),
  );
  const attention = encoder.blocks.map((block) => {
    const all = tf
      .matMul(norm(x, block.attentionScale, block.attentionOffset), names(block.inputKernel))
      .add(block.inputBias) as tf.Tensor2D;
    const part = (which: number, head: number) =>
      all.slice([0, which * dim + head * headDim], [-1, headDim]);
    const heads = Array.from({ length: encoder.heads }, (_, head) => {
      let scores = tf.matMul(part(0, head), part(1, head).transpose()).div(Math.sqrt(headDim));
      if (positions === 'distances') {
        scores = scores.add(tf.tensor2d(preferences[head] as number[][]));
      }
      const exponentials = scores.exp();
      const weights = exponentials.div(exponentials.sum(1, true)) as tf.Tensor2D;
      return { weights, found: tf.matMul(weights, part(2, head)) };
    });
    const found = tf.concat(
      heads.map((head) => head.found),
      1,
    );
    x = x.add(tf.matMul(found, names(block.outputKernel)).add(block.outputBias));
    const hidden = tf
      .matMul(norm(x, block.hiddenScale, block.hiddenOffset), names(block.hiddenKernel))
      .add(block.hiddenBias);
    const active = hidden.mul(hidden.div(Math.sqrt(2)).erf().add(1)).div(2) as tf.Tensor2D;
    x = x.add(tf.matMul(active, names(block.finalKernel)).add(block.finalBias));
    return tf.stack(heads.map(({ weights }) => weights));
  });
  const [scale, offset] = encoder.weights.slice(-2) as [tf.Variable, tf.Variable];
  return { outputs: norm(x, scale, offset), attention };
}

describe('TransformerEncoder', () => {
  it.each(POSITIONS)('equals the formulas, written out, with %s', (positions) => {
    const compare = (encoder: TransformerEncoder) => {
      shake(encoder);
      const sentences = [
        [5, 9, 4, 1, 17],
        [8, 3, 19, 2, 6],
      ];
      const tokens = tokensOf(...sentences);
      const outputs = encoder.call(tokens);
      expect(outputs.shape).toEqual([2, 5, 8]);
      const attention = encoder.attention(tokens);
      expect(attention.map(({ shape }) => shape)).toEqual([
        [2, 2, 5, 5],
        [2, 2, 5, 5],
      ]);
      sentences.forEach((sentence, row) => {
        const expected = byHand(encoder, sentence, positions);
        expect(gap(outputs.slice([row], [1]).squeeze([0]), expected.outputs)).toBeLessThan(1e-5);
        attention.forEach((ofBlock, block) => {
          const found = ofBlock.slice([row], [1]).squeeze([0]);
          expect(gap(found, expected.attention[block] as tf.Tensor)).toBeLessThan(1e-5);
        });
      });
    };
    withEncoder(compare, { positions });
  });

  it.each(POSITIONS)(
    'does not read padding, however much and whatever its vector, with %s',
    (positions) => {
      const compare = (encoder: TransformerEncoder) => {
        shake(encoder);
        const sentence = [5, 9, 4];
        const alone = encoder.call(tokensOf(sentence));
        const map = encoder.attention(tokensOf(sentence));
        const check = (length: number) => {
          const padding = new Array<number>(length - 3).fill(PAD);
          const tokens = tokensOf([...sentence, ...padding], new Array<number>(length).fill(7));
          const padded = encoder.call(tokens);
          expect(gap(padded.slice([0, 0], [1, 3]), alone)).toBeLessThan(1e-5);
          expect(largest(padded.slice([0, 3], [1, length - 3]))).toBe(0);
          encoder.attention(tokens).forEach((ofBlock, block) => {
            const ofSentence = ofBlock.slice([0, 0, 0, 0], [1, 2, 3, length]);
            expect(
              gap(ofSentence.slice([0, 0, 0, 0], [1, 2, 3, 3]), map[block] as tf.Tensor),
            ).toBeLessThan(1e-5);
            expect(largest(ofSentence.slice([0, 0, 0, 3], [1, 2, 3, length - 3]))).toBe(0);
            expect(gap(ofBlock.sum(3), tf.ones([2, 2, length]))).toBeLessThan(1e-5);
          });
        };
        for (const length of [4, 7, 32]) check(length);
        const ofPadding = tf.oneHot(tf.scalar(PAD, 'int32'), 20).reshape([20, 1]).mul(50);
        encoder.embedding.assign(encoder.embedding.add(ofPadding));
        check(7);
      };
      withEncoder(compare, { positions });
    },
  );

  it('reads a batch without sentences', () => {
    withEncoder((encoder) => {
      const none = tf.zeros([0, 3], 'int32') as tf.Tensor2D;
      expect(encoder.call(none).shape).toEqual([0, 3, 8]);
      expect(encoder.attention(none)[1]?.shape).toEqual([0, 2, 3, 3]);
    });
  });

  it('gives 0 for a row of nothing but padding', () => {
    withEncoder((encoder) => {
      expect(largest(encoder.call(tokensOf([PAD, PAD])))).toBe(0);
    });
  });

  it.each(POSITIONS)(
    'lets each token see every other one and where it stands, by %s',
    (positions) => {
      const compare = (encoder: TransformerEncoder) => {
        const of = (...sentence: number[]) => encoder.call(tokensOf(sentence)).squeeze([0]);
        const [first, second] = [of(5, 9, 4), of(8, 9, 4)];
        for (const token of [1, 2]) {
          expect(gap(first.slice([token], [1]), second.slice([token], [1]))).toBeGreaterThan(1e-3);
        }
        const exchanged = of(4, 9, 5);
        expect(gap(first.slice([1], [1]), exchanged.slice([1], [1]))).toBeGreaterThan(1e-3);
      };
      withEncoder(compare, { positions });
    },
  );

  it('has a gradient for each of its weights, and none for the vector of padding', () => {
    withEncoder((encoder) => {
      const tokens = tokensOf([5, 9, 4, PAD], [1, 7, 8, 6]);
      const weights = new RandomStream([1, 2]).normal([2, 4, 8]);
      const { grads } = tf.variableGrads(
        () => encoder.call(tokens).mul(weights).sum() as tf.Scalar,
        [...encoder.weights],
      );
      expect(Object.keys(grads)).toHaveLength(encoder.weights.length);
      for (const gradient of Object.values(grads)) expect(largest(gradient)).toBeGreaterThan(0);
      const ofWords = (grads[encoder.embedding.name] as tf.Tensor2D).abs().max(1).arraySync();
      const moved = (ofWords as number[]).flatMap((size, word) => (size > 0 ? [word] : []));
      expect(moved).toEqual([1, 4, 5, 6, 7, 8, 9]);
    });
  });

  it('gives equal weights for equal seeds, other weights for another, and no two kernels alike', () => {
    const made = [3, 3, 4].map((seed) => new TransformerEncoder({ ...SMALL, seed }));
    const values = made.map(({ weights }) => weights.map((weight) => [...weight.dataSync()]));
    expect(values[0]).toEqual(values[1]);
    expect(values[0]).not.toEqual(values[2]);
    const [one, other] = made[0]?.blocks ?? [];
    expect(gap(one?.inputKernel as tf.Tensor, other?.inputKernel as tf.Tensor)).toBeGreaterThan(
      0.1,
    );
    for (const encoder of made) encoder.dispose();
  });

  it('drops inputs only when it is given a random stream', () => {
    withEncoder(
      (encoder) => {
        const tokens = tokensOf([5, 9, 4]);
        const plain = encoder.call(tokens);
        expect(gap(plain, encoder.call(tokens))).toBe(0);
        const dropped = encoder.call(tokens, { random: new RandomStream([1, 1]) });
        expect(gap(plain, dropped)).toBeGreaterThan(1e-3);
      },
      { dropout: 0.5 },
    );
  });

  it('is copied with its values, and may be given another dropout', () => {
    const encoder = new TransformerEncoder({ ...SMALL, seed: 5 });
    shake(encoder);
    const copy = encoder.copy({ dropout: 0.5 });
    tf.tidy(() => {
      const tokens = tokensOf([5, 9, 4]);
      const plain = encoder.call(tokens);
      expect(gap(copy.call(tokens), plain)).toBe(0);
      const random = () => new RandomStream([1, 1]);
      expect(gap(copy.call(tokens, { random: random() }), plain)).toBeGreaterThan(1e-3);
      const again = copy.copy({ dropout: undefined as never });
      expect(gap(again.call(tokens, { random: random() }), plain)).toBeGreaterThan(1e-3);
      again.dispose();
      expect(gap(encoder.call(tokens, { random: random() }), plain)).toBe(0);
      copy.embedding.assign(tf.zerosLike(copy.embedding));
      expect(gap(encoder.call(tokens), plain)).toBe(0);
    });
    for (const one of [encoder, copy]) one.dispose();
  });

  it('leaves nothing behind but its weights, and nothing when disposed', () => {
    const before = tf.memory().numTensors;
    const encoder = new TransformerEncoder(SMALL);
    const held = before + encoder.weights.length;
    expect(tf.memory().numTensors).toBe(held);
    const tokens = tokensOf([5, 9, PAD]);
    tf.dispose([tokens, encoder.embed(tokens), encoder.call(tokens), encoder.attention(tokens)]);
    expect(tf.memory().numTensors).toBe(held);
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reads the sentences of a classifier', () => {
    withEncoder((encoder) => {
      const classifier = new SentenceClassifier({ encoder, classes: 3, encoderDropout: 0.1 });
      expect(classifier.logits(tokensOf([5, 9, PAD], [4, 3, 8])).shape).toEqual([2, 3]);
      classifier.dispose();
      expect(encoder.embedding.isDisposed).toBe(false);
    });
  });

  const folder = mkdtempSync(join(tmpdir(), 'transformer-encoder-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('keeps its weights in a file', async () => {
    const file = join(folder, 'encoder.safetensors');
    const [saved, loaded] = [3, 4].map((seed) => new TransformerEncoder({ ...SMALL, seed })) as [
      TransformerEncoder,
      TransformerEncoder,
    ];
    shake(saved);
    await saveWeights(file, saved.weights);
    await loadWeights(file, loaded.weights);
    tf.tidy(() => {
      const tokens = tokensOf([5, 9, 4]);
      expect(gap(saved.call(tokens), loaded.call(tokens))).toBe(0);
    });
    for (const one of [saved, loaded]) one.dispose();
  });

  it.each([
    [{ vocabularySize: 0 }, 'vocabularySize is 0'],
    [{ blocks: 1.5 }, 'blocks is 1.5'],
    [{ hiddenDim: -1 }, 'hiddenDim is -1'],
    [{ heads: 3 }, '3 heads cannot share 8 numbers'],
    [
      { embeddingDim: 9, heads: 3, positions: 'sines' as const },
      'embeddingDim is 9; expected a multiple of 2',
    ],
    [{ positions: 'learned' as never }, 'positions is "learned"; expected'],
    [{ dropout: 1 }, 'dropout is 1'],
  ])('refuses %j', (options, message) => {
    const before = tf.memory().numTensors;
    const act = () => new TransformerEncoder({ ...SMALL, ...options });
    expect(act).toThrow(InvalidArgumentError);
    expect(act).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [
      'one sentence alone',
      () => tf.tensor1d([5, 9], 'int32'),
      /int32 .*\[2\]; expected.*expandDims\(0\)/,
    ],
    ['float numbers', () => tf.tensor2d([[5, 9]]), /float32 .*\[1,2\]; expected int32.*toInt\(\)/],
    ['word vectors', () => tf.zeros([1, 2, 8]), /float32 .*\[1,2,8\]; expected int32.*tensor2d/],
    ['sentences of length 0', () => tf.zeros([2, 0], 'int32'), /\[2,0\]; expected \[N, T\] with/],
  ])('refuses %s', (_what, make, message) => {
    for (const positions of POSITIONS) {
      const refuses = (encoder: TransformerEncoder) => {
        const tokens = make() as tf.Tensor2D;
        for (const read of ['call', 'embed', 'attention'] as const) {
          expect(() => encoder[read](tokens)).toThrow(InvalidArgumentError);
          expect(() => encoder[read](tokens)).toThrow(message);
        }
      };
      withEncoder(refuses, { positions });
    }
  });
});

describe('sequencePositions', () => {
  it('are the sines and cosines of the paper, the sines first', () => {
    const found = sequencePositions(40, 6);
    expect(found).toHaveLength(40);
    found.forEach((row, t) => {
      const angles = [t, t / 10_000 ** (2 / 6), t / 10_000 ** (4 / 6)];
      expect(row).toHaveLength(6);
      angles.forEach((angle, i) => {
        expect(row[i]).toBeCloseTo(Math.sin(angle), 12);
        expect(row[3 + i]).toBeCloseTo(Math.cos(angle), 12);
      });
    });
  });

  it('are the columns of a grid of one row, which has as many numbers again for the row', () => {
    expect(sinePositions(1, 9, 12).map((cell) => cell.slice(6))).toEqual(sequencePositions(9, 6));
  });

  it.each([
    ...BROKEN.map((size) => [[size, 6], `length is ${size}; expected a whole number`]),
    ...BROKEN.map((size) => [[9, size], `dim is ${size}; expected a whole number`]),
    [[9, 5], 'dim is 5; expected a multiple of 2, for the sines and cosines of a position'],
  ] as [[number, number], string][])('refuses %j', (sizes, message) => {
    const act = () => sequencePositions(...sizes);
    expect(act).toThrow(InvalidArgumentError);
    expect(act).toThrow(`sequencePositions: ${message}`);
  });
});

describe('distanceBias', () => {
  it('prefers what is near: back, forward, and the same with less of it for the next pair', () => {
    const [back, forward, farBack, farForward] = distanceBias(4, 4) as number[][][];
    expect(back).toEqual([
      [-2, -3, -4, -5],
      [-1, -2, -3, -4],
      [-2, -1, -2, -3],
      [-3, -2, -1, -2],
    ]);
    const mirrored = (matrix: number[][]) => matrix.map((row) => [...row].reverse()).reverse();
    expect(forward).toEqual(mirrored(back as number[][]));
    expect(farBack?.[3]).toEqual([-0.75, -0.5, -0.25, -2]);
    expect(farForward).toEqual(mirrored(farBack as number[][]));
  });

  it('lets a head without a partner look both ways', () => {
    expect(distanceBias(3, 1)).toEqual([
      [
        [-2, -1, -2],
        [-1, -2, -1],
        [-2, -1, -2],
      ],
    ]);
    expect(distanceBias(3, 3)[2]?.[1]).toEqual([-0.25, -2, -0.25]);
  });

  it.each(BROKEN)('refuses %d for the tokens and for the heads', (size) => {
    for (const [name, act] of [
      ['length', () => distanceBias(size, 2)],
      ['heads', () => distanceBias(3, size)],
    ] as const) {
      expect(act).toThrow(InvalidArgumentError);
      expect(act).toThrow(`distanceBias: ${name} is ${size}; expected a whole number, 1 or more`);
    }
  });
});
