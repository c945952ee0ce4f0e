import {
  InvalidArgumentError,
  imagePatches,
  imagesOfPatches,
  layerNormalization,
  multiHeadAttention,
  RandomStream,
  sinePositions,
  tf,
  transformerBlock,
  transformerBlockWeights,
} from 'selfsup';
import { compile } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

const random = new RandomStream([3, 1]);
const gap = (a: tf.Tensor, b: tf.Tensor) =>
  tf.tidy(() => a.sub(b).abs().max().dataSync()[0] as number);
const DIM = 6;
const weights = transformerBlockWeights(
  (_name, shape) => tf.variable(random.normal(shape, 0, 0.5)),
  DIM,
  10,
);
const x = random.normal([2, 4, DIM]) as tf.Tensor3D;

/** Attention as the paper writes it, one head and one token after the other, in double precision. */
function attentionByHand(tokens: number[][], heads: number, allowed: boolean[]) {
  const [kernel, bias] = [weights.inputKernel.arraySync(), weights.inputBias.arraySync()] as [
    number[][],
    number[],
  ];
  const [outKernel, outBias] = [
    weights.outputKernel.arraySync(),
    weights.outputBias.arraySync(),
  ] as [number[][], number[]];
  const times = (row: number[], matrix: number[][], offset: number[]) =>
    offset.map((b, j) => row.reduce((sum, v, i) => sum + v * (matrix[i]?.[j] as number), b));
  const projected = tokens.map((row) => times(row, kernel, bias));
  const headDim = DIM / heads;
  const found = tokens.map(() => new Array<number>(DIM).fill(0));
  const attention: number[][][] = [];
  for (let head = 0; head < heads; head++) {
    const part = (token: number, which: number) =>
      (projected[token] as number[]).slice(which * DIM + head * headDim).slice(0, headDim);
    attention.push(
      tokens.map((_, t) => {
        const scores = tokens.map((_, u) =>
          allowed[u]
            ? Math.exp(
                part(t, 0).reduce((sum, q, i) => sum + q * (part(u, 1)[i] as number), 0) /
                  Math.sqrt(headDim),
              )
            : 0,
        );
        const total = scores.reduce((sum, score) => sum + score, 0);
        scores.forEach((score, u) => {
          part(u, 2).forEach((v, i) => {
            (found[t] as number[])[head * headDim + i] =
              (found[t]?.[head * headDim + i] as number) + (score / total) * v;
          });
        });
        return scores.map((score) => score / total);
      }),
    );
  }
  return { outputs: found.map((row) => times(row, outKernel, outBias)), attention };
}

describe('multiHeadAttention', () => {
  it.each([1, 2, 3, 6])('equals the formula token by token, with %d heads', (heads) => {
    const { outputs, attention } = multiHeadAttention(x, weights, { heads });
    x.arraySync().forEach((tokens, n) => {
      const expected = attentionByHand(tokens, heads, [true, true, true, true]);
      expect(gap(outputs.slice([n], [1]).squeeze([0]), tf.tensor(expected.outputs))).toBeLessThan(
        1e-5,
      );
      expect(
        gap(attention.slice([n], [1]).squeeze([0]), tf.tensor(expected.attention)),
      ).toBeLessThan(1e-6);
    });
  });

  it('looks at no padding, whatever stands there', () => {
    const mask = tf.tensor2d([
      [1, 1, 1, 1],
      [1, 1, 0, 0],
    ]);
    const { outputs, attention } = multiHeadAttention(x, weights, { heads: 2, mask });
    const expected = attentionByHand(x.arraySync()[1] as number[][], 2, [true, true, false, false]);
    const second = outputs.slice([1], [1]).squeeze([0]);
    expect(gap(second, tf.tensor(expected.outputs))).toBeLessThan(1e-5);
    expect(attention.slice([1, 0, 0, 2], [1, 2, 4, 2]).max().dataSync()[0]).toBe(0);
    const other = x.add(tf.sub(1, mask).expandDims(2).mul(100)) as tf.Tensor3D;
    const changed = multiHeadAttention(other, weights, { heads: 2, mask }).outputs;
    expect(gap(changed.slice([1, 0], [1, 2]), outputs.slice([1, 0], [1, 2]))).toBeLessThan(1e-5);
  });

  it('adds what each head prefers before the softmax', () => {
    const bias = random.normal([2, 4, 4], 0, 2) as tf.Tensor3D;
    const plain = multiHeadAttention(x, weights, { heads: 2 }).attention;
    const { attention, outputs } = multiHeadAttention(x, weights, { heads: 2, bias });
    expect(gap(attention, tf.softmax(plain.log().add(bias)))).toBeLessThan(1e-5);
    expect(gap(attention, plain)).toBeGreaterThan(0.1);
    const none = multiHeadAttention(x, weights, { heads: 2, bias: tf.zeros([2, 4, 4]) });
    expect(gap(none.attention, plain)).toBeLessThan(1e-6);
    expect(gap(none.outputs, outputs)).toBeGreaterThan(0.01);
  });

  const padded = tf.tensor2d([
    [1, 1, 1, 1],
    [1, 0, 1, 0],
  ]);

  it('gives masked tokens the weight 0, however much the bias speaks for them', () => {
    for (const [forSeen, forHidden] of [
      [-1e12, 0],
      [0, 1e12],
      [-3.4e38, 3.4e38],
    ] as const) {
      const row = [0, 1, 2, 3].map((token) => (token % 2 === 0 ? forSeen : forHidden));
      const bias = tf.tensor1d(row).reshape([1, 1, 4]).tile([2, 4, 1]) as tf.Tensor3D;
      const { attention } = multiHeadAttention(x, weights, { heads: 2, mask: padded, bias });
      const second = attention.slice([1], [1]).squeeze<tf.Tensor3D>([0]);
      expect([...second.gather([1, 3], 2).dataSync()]).toEqual(new Array(16).fill(0));
      expect(gap(second.sum(2), tf.ones([2, 4]))).toBeLessThan(1e-6);
    }
  });

  it('lets a bias of −∞ bar single pairs, as for text read from left to right', () => {
    const future = [0, 1, 2, 3].map((t) =>
      [0, 1, 2, 3].map((u) => (u > t ? Number.NEGATIVE_INFINITY : 0)),
    );
    const bias = tf.tensor3d([future, future]);
    const { attention } = multiHeadAttention(x, weights, { heads: 2, mask: padded, bias });
    const seen = (attention.arraySync() as number[][][][]).map((image) =>
      image[0]?.map((row) => row.map((weight) => Number(weight > 0))),
    );
    expect(seen).toEqual([
      [
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [1, 1, 1, 0],
        [1, 1, 1, 1],
      ],
      [
        [1, 0, 0, 0],
        [1, 0, 0, 0],
        [1, 0, 1, 0],
        [1, 0, 1, 0],
      ],
    ]);
  });

  it('looks at all tokens alike where the mask hides every one', () => {
    const mask = tf.tensor2d([
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ]);
    const bias = random.normal([2, 4, 4], 0, 1e4) as tf.Tensor3D;
    const { attention, outputs } = multiHeadAttention(x, weights, { heads: 2, mask, bias });
    expect(gap(attention.slice([0], [1]), tf.fill([1, 2, 4, 4], 0.25))).toBeLessThan(1e-6);
    expect(tf.isFinite(outputs).all().dataSync()[0]).toBe(1);
    const alone = multiHeadAttention(x, weights, { heads: 2, bias }).attention;
    expect(gap(attention.slice([1], [1]), alone.slice([1], [1]))).toBe(0);
  });

  it('computes the same compiled, with mask and bias, and finite gradients', () => {
    const bias = random.normal([2, 4, 4]) as tf.Tensor3D;
    const variables = [weights.inputKernel, weights.inputBias] as tf.Variable[];
    const gradients = (input: tf.Tensor3D, mask: tf.Tensor2D) =>
      tf.tidy(() => {
        const options = { heads: 2, mask, bias };
        const loss = () =>
          multiHeadAttention(input, weights, options).outputs.square().mean() as tf.Scalar;
        return variables.map(({ name }) => tf.variableGrads(loss, variables).grads[name]);
      }) as tf.Tensor[];
    const compiled = compile(gradients);
    for (const mask of [padded, tf.zerosLike(padded)]) {
      const [eagerly, fromGraph] = [gradients(x, mask), compiled(x, mask)];
      eagerly.forEach((gradient, i) => {
        expect(tf.isFinite(gradient).all().dataSync()[0]).toBe(1);
        expect(gap(gradient, fromGraph[i] as tf.Tensor)).toBeLessThan(1e-5);
      });
    }
    compiled.dispose();
  });

  it.each([
    [{ mask: [1, 4] }, 'the mask is [1,4]; expected [N, T], here [2,4]'],
    [{ mask: [2, 1] }, 'the mask is [2,1]; expected [N, T], here [2,4]'],
    [{ mask: [8] }, 'the mask is [8]; expected [N, T], here [2,4]'],
    [{ mask: [2, 5] }, 'the mask is [2,5]; expected [N, T], here [2,4]'],
    [{ bias: [1, 4, 4] }, 'the bias is [1,4,4]; expected [h, T, T], here [3,4,4]'],
    [{ bias: [4, 4] }, 'the bias is [4,4]; expected [h, T, T], here [3,4,4]'],
    [{ bias: [3, 1, 4] }, 'the bias is [3,1,4]; expected [h, T, T], here [3,4,4]'],
    [{ bias: [2, 3, 4, 4] }, 'the bias is [2,3,4,4]; expected [h, T, T], here [3,4,4]'],
    [{ bias: [3, 5, 5] }, 'the bias is [3,5,5]; expected [h, T, T], here [3,4,4]'],
  ])('refuses the shape of %j', (shapes, message) => {
    const given = Object.entries(shapes).map(([name, shape]) => [name, tf.ones(shape)]);
    const act = () => multiHeadAttention(x, weights, { heads: 3, ...Object.fromEntries(given) });
    expect(act).toThrow(InvalidArgumentError);
    expect(act).toThrow(`multiHeadAttention: ${message}`);
  });

  it('refuses heads that do not divide a token', () => {
    for (const heads of [0, 4, 1.5]) {
      expect(() => multiHeadAttention(x, weights, { heads })).toThrow(InvalidArgumentError);
    }
  });
});

describe('transformerBlock', () => {
  it('adds attention, then a hidden layer with GELU, each to what came in', () => {
    const { outputs } = transformerBlock(x, weights, { heads: 2 });
    const normalised = layerNormalization(x, weights.attentionScale, weights.attentionOffset);
    const attended = x.add(multiHeadAttention(normalised, weights, { heads: 2 }).outputs);
    const again = layerNormalization(attended, weights.hiddenScale, weights.hiddenOffset);
    const kernelOf = (kernel: tf.Tensor) => kernel as tf.Tensor2D;
    const hidden = tf.matMul(again.reshape([-1, DIM]), kernelOf(weights.hiddenKernel));
    const before = hidden.add(weights.hiddenBias).arraySync() as number[][];
    const gelu = before.map((row) => row.map((v) => v * normalDistribution(v)));
    const worked = tf
      .matMul(tf.tensor2d(gelu), kernelOf(weights.finalKernel))
      .add(weights.finalBias);
    expect(gap(outputs, attended.add(worked.reshape([2, 4, DIM])))).toBeLessThan(1e-5);
  });

  it('computes the same compiled, gradients of all weights included', () => {
    const variables = Object.values(weights);
    const gradients = (input: tf.Tensor3D) =>
      tf.tidy(() => {
        const loss = () =>
          transformerBlock(input, weights, { heads: 3 }).outputs.square().mean() as tf.Scalar;
        return variables.map(({ name }) => tf.variableGrads(loss, variables).grads[name]);
      }) as tf.Tensor[];
    const compiled = compile(gradients);
    const [eagerly, fromGraph] = [gradients(x), compiled(x)];
    expect(eagerly).toHaveLength(12);
    eagerly.forEach((gradient, i) => {
      expect(gap(gradient, fromGraph[i] as tf.Tensor)).toBeLessThan(1e-4);
    });
    compiled.dispose();
  });

  it('does not care for the order of the tokens: positions have to be added', () => {
    const { outputs } = transformerBlock(x, weights, { heads: 2 });
    const backwards = transformerBlock(x.reverse(1), weights, { heads: 2 }).outputs;
    expect(gap(backwards.reverse(1), outputs)).toBeLessThan(1e-5);
  });
});

/** Φ by the series of its integral, in double precision. */
function normalDistribution(v: number): number {
  let [term, sum] = [v, v];
  for (let n = 1; n < 200; n++) {
    term *= (v * v) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-v * v) / 2)) / Math.sqrt(2 * Math.PI);
}

describe('layerNormalization', () => {
  it('gives each row mean 0 and deviation 1, then scale and offset', () => {
    const rows = tf.tensor2d([
      [1, 2, 3, 4],
      [-10, 0, 0, 10],
    ]);
    const found = layerNormalization(rows, tf.tensor1d([1, 1, 1, 2]), tf.tensor1d([0, 0, 0, 5]));
    const [a, b] = [Math.sqrt(1.25), Math.sqrt(50)];
    const expected = [-1.5 / a, -0.5 / a, 0.5 / a, 5 + 3 / a, -10 / b, 0, 0, 5 + 20 / b];
    expected.forEach((value, i) => {
      expect(found.dataSync()[i]).toBeCloseTo(value, 5);
    });
  });
});

describe('imagePatches', () => {
  it('cuts row by row, and puts together what it has cut', () => {
    const images = tf.range(0, 2 * 4 * 6 * 2).reshape([2, 4, 6, 2]) as tf.Tensor4D;
    const patches = imagePatches(images, 2);
    expect(patches.shape).toEqual([2, 6, 8]);
    // The second patch of the first image: rows 0 and 1, columns 2 and 3.
    const second = images.slice([0, 0, 2, 0], [1, 2, 2, 2]).reshape([8]);
    expect(gap(patches.slice([0, 1], [1, 1]).reshape([8]), second)).toBe(0);
    expect(gap(imagesOfPatches(patches, [4, 6, 2], 2), images)).toBe(0);
  });
});

describe('sinePositions', () => {
  it('gives every cell other numbers, equal in one half within a row and in the other within a column', () => {
    const positions = sinePositions(3, 5, 8);
    expect(new Set(positions.map((one) => one.map((v) => v.toFixed(9)).join())).size).toBe(15);
    expect(positions[0]).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect(positions[7]?.slice(0, 4)).toEqual(positions[9]?.slice(0, 4));
    expect(positions[7]?.slice(4)).toEqual(positions[2]?.slice(4));
    expect(positions[7]?.[5]).toBeCloseTo(Math.sin(2 / 100), 12);
  });

  it.each([
    [[0, 5, 8], 'rows is 0; expected a whole number, 1 or more'],
    [[3, 1.5, 8], 'columns is 1.5; expected a whole number, 1 or more'],
    [[3, 5, Number.NaN], 'dim is NaN; expected a whole number, 1 or more'],
    [[3, 5, 6], 'dim is 6; expected a multiple of 4, for sines and cosines of two coordinates'],
  ] as [[number, number, number], string][])('refuses %j', (sizes, message) => {
    const act = () => sinePositions(...sizes);
    expect(act).toThrow(InvalidArgumentError);
    expect(act).toThrow(`sinePositions: ${message}`);
  });
});
