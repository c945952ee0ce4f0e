import { tf } from 'selfsup';
import { compile } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

type Operation = (...x: tf.Tensor[]) => unknown;

const vector = [0.2, 1.5, 0.7, 2.5];
const seeded = (shape: number[], seed: number): tf.Tensor =>
  tf.randomUniform(shape, 0.1, 0.9, 'float32', seed);
const image = (): tf.Tensor => seeded([2, 6, 6, 3], 1);
const volume = (): tf.Tensor => seeded([1, 4, 4, 4, 2], 2);
const matrix = (): tf.Tensor => seeded([4, 3], 3);
const integers = (): tf.Tensor => tf.tensor1d([2, 0, 1, 2], 'int32');
const bools = (): tf.Tensor => tf.tensor1d([true, false, true, false]);

/** Functions of one vector of positive numbers. */
const unary: Record<string, Operation> = Object.fromEntries(
  (
    'abs acos acosh asin asinh atan atanh ceil cos cosh elu erf exp expm1 floor isFinite isInf isNaN leakyRelu log ' +
    'log1p logSigmoid logSoftmax neg reciprocal relu relu6 round rsqrt selu sigmoid sign sin sinh softmax softplus ' +
    'sqrt square step tan tanh onesLike zerosLike cumsum cumprod sum mean max min prod logSumExp argMax argMin ' +
    'euclideanNorm reverse all any logicalNot'
  )
    .split(' ')
    .map((name) => [
      name,
      (x: tf.Tensor) => {
        const input = /^(all|any|logicalNot)$/.test(name) ? x.greater(1) : x;
        return (tf as unknown as Record<string, (x: tf.Tensor) => tf.Tensor>)[name]?.(input);
      },
    ]),
);

/** Functions of two vectors. */
const binary: Record<string, Operation> = Object.fromEntries(
  'add sub mul div divNoNan floorDiv maximum minimum mod pow squaredDifference atan2 equal notEqual greater greaterEqual less lessEqual dot outerProduct'
    .split(' ')
    .map((name) => [
      name,
      (a: tf.Tensor, b: tf.Tensor) =>
        (tf as unknown as Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor>)[name]?.(a, b),
    ]),
);

const others: Record<string, [Operation, () => tf.Tensor[]]> = {
  logical: [
    (a, b) => [
      tf.logicalAnd(a as tf.Tensor, b as tf.Tensor),
      tf.logicalOr(a as tf.Tensor, b as tf.Tensor),
      tf.logicalXor(a as tf.Tensor, b as tf.Tensor),
    ],
    () => [bools(), tf.tensor1d([true, true, false, false])],
  ],
  matMul: [
    (a, b) => tf.matMul(a as tf.Tensor, b as tf.Tensor, true, false),
    () => [matrix(), matrix()],
  ],
  'matMul of batches': [
    (a, b) => tf.matMul(a as tf.Tensor, b as tf.Tensor, false, true),
    () => [seeded([2, 3, 4], 1), seeded([2, 5, 4], 2)],
  ],
  'fused matMul': [
    (a, b) =>
      tf.fused.matMul({
        a: a as tf.Tensor,
        b: b as tf.Tensor,
        transposeA: true,
        bias: tf.ones([3]),
        activation: 'relu',
      }),
    () => [matrix(), matrix()],
  ],
  einsum: [
    (a, b) => tf.einsum('ij,ik->jk', a as tf.Tensor, b as tf.Tensor),
    () => [matrix(), matrix()],
  ],
  conv2d: [
    (x) => tf.conv2d(x as tf.Tensor4D, seeded([3, 3, 3, 4], 4) as tf.Tensor4D, 2, 'same'),
    () => [image()],
  ],
  'conv2d, dilated': [
    (x) =>
      tf.conv2d(x as tf.Tensor4D, seeded([3, 3, 3, 4], 4) as tf.Tensor4D, 1, 'same', 'NHWC', 2),
    () => [image()],
  ],
  'fused conv2d': [
    (x) =>
      tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter: seeded([3, 3, 3, 4], 4) as tf.Tensor4D,
        strides: 1,
        pad: 'same',
        bias: tf.ones([4]),
        activation: 'relu',
      }),
    () => [image()],
  ],
  conv2dTranspose: [
    (x) =>
      tf.conv2dTranspose(
        x as tf.Tensor4D,
        seeded([3, 3, 4, 3], 4) as tf.Tensor4D,
        [2, 12, 12, 4],
        2,
        'same',
      ),
    () => [image()],
  ],
  depthwiseConv2d: [
    (x) => tf.depthwiseConv2d(x as tf.Tensor4D, seeded([3, 3, 3, 2], 4) as tf.Tensor4D, 1, 'same'),
    () => [image()],
  ],
  separableConv2d: [
    (x) =>
      tf.separableConv2d(
        x as tf.Tensor4D,
        seeded([3, 3, 3, 2], 4) as tf.Tensor4D,
        seeded([1, 1, 6, 2], 5) as tf.Tensor4D,
        1,
        'same',
      ),
    () => [image()],
  ],
  conv1d: [
    (x) => tf.conv1d(x as tf.Tensor3D, seeded([3, 4, 2], 4) as tf.Tensor3D, 1, 'same'),
    () => [seeded([2, 5, 4], 1)],
  ],
  conv3d: [
    (x) => tf.conv3d(x as tf.Tensor5D, seeded([2, 2, 2, 2, 3], 4) as tf.Tensor5D, 1, 'same'),
    () => [volume()],
  ],
  pools: [
    (x) => [tf.maxPool(x as tf.Tensor4D, 2, 2, 'same'), tf.avgPool(x as tf.Tensor4D, 2, 2, 'same')],
    () => [image()],
  ],
  'pools of volumes': [
    (x) => [
      tf.maxPool3d(x as tf.Tensor5D, 2, 2, 'same'),
      tf.avgPool3d(x as tf.Tensor5D, 2, 2, 'same'),
    ],
    () => [volume()],
  ],
  batchNorm: [
    (x) =>
      tf.batchNorm(
        x as tf.Tensor4D,
        tf.tensor1d([0.1, 0.2, 0.3]),
        tf.tensor1d([1, 2, 3]),
        tf.zeros([3]),
        tf.ones([3]),
      ),
    () => [image()],
  ],
  localResponseNormalization: [
    (x) => tf.localResponseNormalization(x as tf.Tensor4D),
    () => [image()],
  ],
  moments: [
    (x) => {
      const { mean, variance } = tf.moments(x as tf.Tensor, [0, 1, 2]);
      return [mean, variance];
    },
    () => [image()],
  ],
  shapes: [
    (x) => [
      tf.reshape(x as tf.Tensor, [3, 4]),
      tf.expandDims(x as tf.Tensor, 1),
      tf.squeeze(tf.expandDims(x as tf.Tensor, 0)),
      tf.transpose(x as tf.Tensor),
      tf.tile(x as tf.Tensor, [2, 1]),
      tf.pad(x as tf.Tensor, [
        [1, 0],
        [0, 2],
      ]),
      tf.mirrorPad(
        x as tf.Tensor,
        [
          [1, 1],
          [0, 1],
        ],
        'reflect',
      ),
      tf.broadcastTo(x as tf.Tensor, [2, 4, 3]),
    ],
    () => [matrix()],
  ],
  slices: [
    (x) => [
      tf.slice(x as tf.Tensor, [1, 0], [2, 2]),
      tf.stridedSlice(x as tf.Tensor, [0, 0], [4, 3], [2, 1]),
      ...tf.split(x as tf.Tensor, 2),
      ...tf.split(x as tf.Tensor, [1, 3]),
      ...tf.unstack(x as tf.Tensor),
      tf.reverse(x as tf.Tensor, 1),
    ],
    () => [matrix()],
  ],
  joins: [
    (x) => [
      tf.concat([x as tf.Tensor, x as tf.Tensor], 1),
      tf.stack([x as tf.Tensor, x as tf.Tensor], 1),
      tf.addN([x as tf.Tensor, x as tf.Tensor]),
    ],
    () => [matrix()],
  ],
  gathers: [
    (x, i) => [
      tf.gather(x as tf.Tensor, i as tf.Tensor1D),
      tf.gatherND(x as tf.Tensor, tf.expandDims(i as tf.Tensor, 1)),
      tf.gather(x as tf.Tensor, tf.tensor1d([1, 1], 'int32'), 1),
    ],
    () => [matrix(), integers()],
  ],
  scatters: [
    (i) => [
      tf.scatterND(tf.expandDims(i as tf.Tensor, 1), tf.tensor1d([1, 2, 3, 4]), [5]),
      tf.unsortedSegmentSum(tf.tensor1d([1, 2, 3, 4]), i as tf.Tensor1D, 3),
      tf.oneHot(i as tf.Tensor, 3),
      tf.bincount(i as tf.Tensor1D, [], 3),
      tf.tensorScatterUpdate(
        tf.zeros([5]),
        tf.expandDims(i as tf.Tensor, 1) as tf.Tensor2D,
        tf.tensor1d([1, 2, 1, 1]),
      ),
    ],
    () => [integers()],
  ],
  where: [
    (c, x) => tf.where(c as tf.Tensor, x as tf.Tensor, tf.zeros([4])),
    () => [bools(), tf.tensor1d(vector)],
  ],
  clip: [
    (x) => [
      tf.clipByValue(x as tf.Tensor, 0.3, 1),
      tf.prelu(tf.neg(x as tf.Tensor), tf.scalar(0.2)),
    ],
    () => [tf.tensor1d(vector)],
  ],
  topk: [
    (x) => {
      const { values, indices } = tf.topk(x as tf.Tensor, 2);
      return [values, indices];
    },
    () => [matrix()],
  ],
  casts: [
    (x) => [
      tf.cast(x as tf.Tensor, 'int32'),
      tf.cast(x as tf.Tensor, 'bool'),
      tf.cast(tf.cast(x as tf.Tensor, 'int32'), 'float32'),
    ],
    () => [tf.tensor1d(vector)],
  ],
  creation: [
    (x) => [
      tf.zeros([2]).add(x as tf.Tensor),
      tf.fill([2], 3).add(x as tf.Tensor),
      tf.range(0, 2).add(x as tf.Tensor),
      tf.linspace(0, 1, 2).add(x as tf.Tensor),
      tf.eye(2).add(x as tf.Tensor),
    ],
    () => [tf.tensor1d([1, 2])],
  ],
  images: [
    (x) => [
      tf.image.resizeBilinear(x as tf.Tensor4D, [4, 4]),
      tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [4, 4], true),
      tf.image.flipLeftRight(x as tf.Tensor4D),
      tf.image.cropAndResize(
        x as tf.Tensor4D,
        tf.tensor2d([[0, 0, 0.5, 0.5]]),
        tf.tensor1d([1], 'int32'),
        [3, 3],
      ),
      tf.image.rgbToGrayscale(x as tf.Tensor4D),
      tf.depthToSpace(
        tf.concat(
          [x as tf.Tensor4D, (x as tf.Tensor4D).slice([0, 0, 0, 0], [2, 6, 6, 1])],
          3,
        ) as tf.Tensor4D,
        2,
        'NHWC',
      ),
    ],
    () => [image()],
  ],
  spaceToBatch: [
    (x) => [
      tf.spaceToBatchND(
        x as tf.Tensor,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
      tf.dilation2d(x as tf.Tensor4D, seeded([2, 2, 3], 6) as tf.Tensor3D, 1, 'same'),
    ],
    () => [image()],
  ],
  complex: [
    (a, b) => {
      const c = tf.complex(a as tf.Tensor, b as tf.Tensor);
      const f = tf.spectral.fft(c);
      return [tf.real(f), tf.imag(f), tf.abs(f), tf.real(tf.spectral.ifft(f))];
    },
    () => [tf.tensor1d(vector), tf.tensor1d(vector)],
  ],
  norms: [(x) => [tf.norm(x as tf.Tensor), tf.norm(x as tf.Tensor, 1, 0)], () => [matrix()]],
  losses: [
    (x) => [
      tf.losses.softmaxCrossEntropy(
        tf.oneHot(tf.tensor1d([0, 1, 2, 0], 'int32'), 3),
        x as tf.Tensor,
      ),
      tf.losses.sigmoidCrossEntropy(tf.ones([4, 3]), x as tf.Tensor),
      tf.losses.meanSquaredError(tf.ones([4, 3]), x as tf.Tensor),
      tf.losses.huberLoss(tf.ones([4, 3]), x as tf.Tensor),
      tf.losses.cosineDistance(tf.ones([4, 3]), x as tf.Tensor, 1),
    ],
    () => [matrix()],
  ],
};

function tensorsOf(result: unknown): tf.Tensor[] {
  return Array.isArray(result) ? (result as tf.Tensor[]) : [result as tf.Tensor];
}

function close(actual: unknown, expected: unknown): void {
  const a = tensorsOf(actual);
  const b = tensorsOf(expected);
  expect(a.length).toBe(b.length);
  a.forEach((tensor, i) => {
    const other = b[i] as tf.Tensor;
    expect(tensor.shape).toEqual(other.shape);
    expect(tensor.dtype).toBe(other.dtype);
    const [x, y] = [tensor.dataSync(), other.dataSync()];
    for (let at = 0; at < y.length; at++) {
      if (Number.isNaN(y[at])) expect(x[at]).toBeNaN();
      else expect(x[at]).toBeCloseTo(y[at] as number, 4);
    }
  });
}

/** The sum of the float results, so that one number can be differentiated. */
function total(result: unknown): tf.Scalar {
  const floats = tensorsOf(result).filter(({ dtype }) => dtype === 'float32');
  return tf.addN([tf.scalar(0), ...floats.map((tensor) => tensor.square().sum())]) as tf.Scalar;
}

/** Operations through which tfjs has no gradient (or whose gradient it does not implement in Node). */
const NO_GRADIENT =
  /^(cumprod|isFinite|isInf|isNaN|sign|argMax|argMin|equal|notEqual|greater|greaterEqual|less|lessEqual|all|any|logicalNot|logical|scatters|topk|casts|creation|images|complex|onesLike|zerosLike|ceil|floor|round|step|batchNorm|gathers|mod|floorDiv|shapes|slices|spaceToBatch|fused conv2d|fused matMul|losses|divNoNan|conv2d, dilated|conv2dTranspose|where|einsum)$/;

const table: [string, Operation, () => tf.Tensor[]][] = [
  ...Object.entries(unary).map(([name, fn]): [string, Operation, () => tf.Tensor[]] => [
    name,
    fn,
    () => [tf.tensor1d(vector)],
  ]),
  ...Object.entries(binary).map(([name, fn]): [string, Operation, () => tf.Tensor[]] => [
    name,
    fn,
    () => [tf.tensor1d(vector), tf.tensor1d([1, 2, 0.5, 1.5])],
  ]),
  ...Object.entries(others).map(([name, [fn, make]]): [string, Operation, () => tf.Tensor[]] => [
    name,
    fn,
    make,
  ]),
];

describe('compiled operations give the eager numbers', () => {
  it.each(table)('%s', (_, fn, make) => {
    tf.tidy(() => {
      const inputs = make();
      const compiled = compile((...x: tf.Tensor[]) => fn(...x) as tf.Tensor, { verify: false });
      const expected = fn(...inputs);
      close(compiled(...inputs), expected);
      close(compiled(...inputs), expected);
      compiled.dispose();
    });
  });

  it.each(table.filter(([name]) => !NO_GRADIENT.test(name)))('%s, its gradient', (_, fn, make) => {
    tf.tidy(() => {
      const [input, ...rest] = make();
      const gradient = tf.grad((x: tf.Tensor) => total(fn(x, ...rest)));
      const compiled = compile(gradient, { verify: false });
      const expected = gradient(input as tf.Tensor);
      close(compiled(input as tf.Tensor), expected);
      close(compiled(input as tf.Tensor), expected);
      compiled.dispose();
    });
  });
});
