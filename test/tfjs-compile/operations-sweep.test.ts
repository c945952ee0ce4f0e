import { setImmediate as nextTurn } from 'node:timers/promises';
import { tf } from 'selfsup';
import { compile, useNativeGradients } from 'tfjs-compile';
import { afterEach, describe, expect, it } from 'vitest';

// Every function of tensors that eager TensorFlow.js accepts for a dtype and a shape, hundreds in one graph: compiled, its values
// and gradients are the eager ones, with TensorFlow's optimizer and without. What eager execution refuses is left out, so each
// group states how many must be left.

useNativeGradients()();

// Everything here is synchronous, and vitest's worker has to answer in between.
afterEach(() => nextTurn());

type Functions = Record<string, (...x: tf.Tensor[]) => tf.Tensor | tf.Tensor[]>;
const library = tf as unknown as Record<string, (...args: unknown[]) => tf.Tensor>;

const UNARY = (
  'abs acos acosh asin asinh atan atanh ceil cos cosh elu erf exp expm1 floor isFinite isInf isNaN leakyRelu log log1p ' +
  'logSigmoid logSoftmax neg reciprocal relu relu6 round rsqrt selu sigmoid sign sin sinh softmax softplus sqrt square step tan ' +
  'tanh onesLike zerosLike logicalNot reverse transpose cumsum cumprod clone'
).split(' ');
const REDUCTIONS = 'sum mean max min prod logSumExp all any argMax argMin euclideanNorm norm'.split(
  ' ',
);
const BINARY = (
  'add sub mul div divNoNan floorDiv maximum minimum mod pow squaredDifference atan2 equal notEqual greater greaterEqual less ' +
  'lessEqual logicalAnd logicalOr logicalXor prelu'
).split(' ');

const call = (name: string, ...args: unknown[]): tf.Tensor =>
  (library[name] as (...all: unknown[]) => tf.Tensor)(...args);

/** Functions of one tensor. */
function ofOne(shape: readonly number[]): Functions {
  const functions: Functions = {};
  for (const name of UNARY) {
    // tfjs-node's exp of int32 disposes of its input.
    functions[name] = (x) => call(name, name === 'exp' ? tf.cast(x as tf.Tensor, 'float32') : x);
  }
  for (const name of REDUCTIONS) {
    functions[name] = (x) => call(name, x);
    if (/arg/.test(name)) functions[`${name} of rows`] = (x) => call(name, x, shape.length - 1);
    else if (/orm/.test(name)) functions[`${name} of rows`] = (x) => call(name, x, 'euclidean', -1);
    else {
      functions[`${name} of rows`] = (x) => call(name, x, -1);
      functions[`${name} of columns, kept`] = (x) => call(name, x, 0, true);
    }
  }
  for (const dtype of ['float32', 'int32', 'bool'] as const) {
    functions[`cast to ${dtype}`] = (x) => tf.cast(x as tf.Tensor, dtype);
  }
  Object.assign(functions, {
    clipByValue: (x) => tf.clipByValue(x as tf.Tensor, 0, 1),
    concat: (x) => tf.concat([x as tf.Tensor, x as tf.Tensor], 0),
    expandDims: (x) => tf.expandDims(x as tf.Tensor, 0),
    fill: (x) => tf.mul(tf.fill(x?.shape ?? [], 2, x?.dtype as 'int32'), x as tf.Tensor),
    gather: (x) => tf.gather(x as tf.Tensor, tf.tensor1d([1, 0, 1], 'int32')),
    moments: (x) => Object.values(tf.moments(x as tf.Tensor, 0)),
    oneHot: (x) => tf.oneHot(x as tf.Tensor, 4),
    pad: (x) => tf.pad(x as tf.Tensor, shape.map(() => [1, 0]) as [number, number][]),
    reshape: (x) => tf.reshape(x as tf.Tensor, [-1]),
    slice: (x) =>
      tf.slice(
        x as tf.Tensor,
        shape.map(() => 1),
      ),
    split: (x) => tf.split(x as tf.Tensor, 2),
    squeeze: (x) => tf.squeeze(tf.expandDims(x as tf.Tensor, 1)),
    stack: (x) => tf.stack([x as tf.Tensor, x as tf.Tensor]),
    stridedSlice: (x) => tf.stridedSlice(x as tf.Tensor, [1], [shape[0] as number], [2]),
    tile: (x) =>
      tf.tile(
        x as tf.Tensor,
        shape.map(() => 2),
      ),
    topk: (x) => Object.values(tf.topk(x as tf.Tensor, 2)) as tf.Tensor[],
    unstack: (x) => tf.unstack(x as tf.Tensor),
    where: (x) =>
      tf.where(tf.greater(x as tf.Tensor, 0), x as tf.Tensor, tf.zerosLike(x as tf.Tensor)),
    gatherND: (x) => tf.gatherND(x as tf.Tensor, tf.tensor2d([[0], [1]], [2, 1], 'int32')),
    booleans: (x) => tf.mean(tf.greater(x as tf.Tensor, 0)),
    addN: (x) => tf.addN([x as tf.Tensor, x as tf.Tensor]),
    broadcastTo: (x) => tf.broadcastTo(x as tf.Tensor, [2, ...shape]),
    matMul: (x) => tf.matMul(x as tf.Tensor, x as tf.Tensor, false, true),
    unsortedSegmentSum: (x) =>
      tf.unsortedSegmentSum(
        x as tf.Tensor,
        tf.range(0, shape[0] as number, 1, 'int32') as tf.Tensor1D,
        5,
      ),
  } satisfies Functions);
  return functions;
}

/** Functions of two tensors, the second smaller: it is repeated along the first's rows. */
function ofTwo(): Functions {
  const functions: Functions = {};
  for (const name of BINARY) {
    functions[name] = (a, b) => call(name, a, b);
    functions[`${name}, exchanged`] = (a, b) => call(name, b, a);
  }
  return functions;
}

/** Off ties and off the edges of domains, so that rounding decides nothing. */
function values(
  shape: readonly number[],
  dtype: 'float32' | 'int32' | 'bool',
  seed: number,
): tf.Tensor {
  const size = tf.util.sizeFromShape([...shape]);
  const numbers = Array.from({ length: size }, (_, i) => 0.13 + ((i * 37 + seed * 11) % 83) / 100);
  if (dtype === 'float32') return tf.tensor(numbers, [...shape]);
  if (dtype === 'int32')
    return tf.tensor(
      numbers.map((v) => Math.floor(v * 5) + 1),
      [...shape],
      'int32',
    );
  return tf.tensor(
    numbers.map((v) => (v > 0.5 ? 1 : 0)),
    [...shape],
    'bool',
  );
}

/** The functions that eager execution accepts for these inputs. */
function accepted(functions: Functions, inputs: tf.Tensor[]): Functions {
  return Object.fromEntries(
    Object.entries(functions).filter(([, fn]) => {
      try {
        tf.tidy(() => void fn(...inputs));
        return true;
      } catch {
        return false;
      }
    }),
  );
}

/** All of them as one function. */
const together =
  (functions: Functions) =>
  (...x: tf.Tensor[]): Record<string, tf.Tensor[]> =>
    Object.fromEntries(Object.entries(functions).map(([name, fn]) => [name, [fn(...x)].flat()]));

/** Names of the functions whose compiled results are not the eager ones. */
function disagreeing(functions: Functions, inputs: tf.Tensor[], unchanged: boolean): string[] {
  const all = together(functions);
  const compiled = compile(all, { verify: false, unchanged });
  const expected = all(...inputs);
  compiled(...inputs);
  const actual = compiled(...inputs);
  expect(compiled.graphs).toHaveLength(1);
  compiled.dispose();
  const same = (a: tf.Tensor, b: tf.Tensor | undefined): boolean => {
    if (b === undefined || a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
    const [x, y] = [a.dataSync(), b.dataSync()];
    return x.every((value, i) => {
      const other = y[i] as number;
      if (Object.is(value, other)) return true;
      return Math.abs(value - other) <= 1e-5 * Math.max(1, Math.abs(other));
    });
  };
  return Object.keys(functions).filter((name) => {
    const [a, b] = [actual[name] as tf.Tensor[], expected[name] as tf.Tensor[]];
    return a.length !== b.length || !a.every((tensor, i) => same(tensor, b[i]));
  });
}

/** The gradients of the functions' sums, for their first argument. */
function gradientsOf(functions: Functions): Functions {
  return Object.fromEntries(
    Object.entries(functions).map(([name, fn]) => [
      name,
      (x, ...rest) =>
        tf.grad((y: tf.Tensor) => {
          const results = [fn(y, ...rest)].flat().filter(({ dtype }) => dtype === 'float32');
          return tf.addN(results.map((result) => tf.sum(tf.square(result))));
        })(x as tf.Tensor),
    ]),
  );
}

const SHAPES = [[4], [2, 3, 4]];

describe.each([false, true])('compiled equals eager, unchanged %s', (unchanged) => {
  it.each([
    ['float32', 70],
    ['int32', 45],
    ['bool', 35],
  ] as const)('functions of one %s tensor', (dtype, least) => {
    for (const shape of SHAPES) {
      tf.tidy(() => {
        const inputs = [values(shape, dtype, 1)];
        const functions = accepted(ofOne(shape), inputs);
        expect(Object.keys(functions).length).toBeGreaterThan(least);
        expect(disagreeing(functions, inputs, unchanged)).toEqual([]);
      });
    }
  });
});

describe('compiled equals eager', () => {
  it.each(
    (['float32', 'int32', 'bool'] as const).flatMap((a) =>
      (['float32', 'int32', 'bool'] as const).map((b) => [a, b] as const),
    ),
  )('functions of a %s and a %s tensor', (a, b) => {
    for (const [shape, other] of [
      [
        [4, 3],
        [4, 3],
      ],
      [[4, 3], [3]],
      [
        [2, 3, 4],
        [1, 3, 1],
      ],
    ] as const) {
      tf.tidy(() => {
        const inputs = [values(shape, a, 1), values(other, b, 2)];
        const functions = accepted(ofTwo(), inputs);
        expect(Object.keys(functions).length).toBeGreaterThan(12);
        expect(disagreeing(functions, inputs, false)).toEqual([]);
      });
    }
  });
});

it.each<[boolean, boolean, number[]]>([
  [false, false, [4]],
  [true, true, [4, 3]],
])('compiled gradients equal eager ones, native %s, unchanged %s', (native, unchanged, shape) => {
  const undo = useNativeGradients();
  if (!native) undo();
  try {
    tf.tidy(() => {
      const one = [values(shape, 'float32', 1)];
      const ones = accepted(gradientsOf(ofOne(shape)), one);
      expect(Object.keys(ones).length).toBeGreaterThan(50);
      expect(disagreeing(ones, one, unchanged)).toEqual([]);
      const two = [values(shape, 'float32', 1), values(shape.slice(-1), 'float32', 2)];
      const twos = accepted(gradientsOf(ofTwo()), two);
      expect(Object.keys(twos).length).toBeGreaterThan(15);
      expect(disagreeing(twos, two, unchanged)).toEqual([]);
    });
  } finally {
    if (native) undo();
  }
});
