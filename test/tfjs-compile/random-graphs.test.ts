import fc from 'fast-check';
import { tf } from 'selfsup';
import {
  compile,
  fusedBatchNormalization,
  lstm,
  softmaxCrossEntropy,
  sparseSoftmaxCrossEntropy,
} from 'tfjs-compile';
import { expect, it } from 'vitest';

// A random program is a list of instructions on growing lists of matrices [rows, columns], one list for each dtype; each
// instruction takes earlier values and appends one. Numbers stay bounded and comparisons off ties, so that rounding
// decides nothing.

type Matrix = tf.Tensor2D;

/** What an instruction may use: two earlier matrices of each dtype, and the variables. */
interface Operands {
  readonly a: Matrix;
  readonly b: Matrix;
  readonly i: Matrix;
  readonly j: Matrix;
  readonly p: Matrix;
  readonly q: Matrix;
  readonly weight: tf.Variable;
  readonly counter: tf.Variable;
}

const bounded = (x: tf.Tensor): tf.Tensor => {
  if (x.dtype === 'float32') return tf.tanh(x);
  return x.dtype === 'int32' ? tf.mod(x, tf.scalar(7, 'int32')) : x;
};

/** One channel of one picture. */
const picture = (x: tf.Tensor): tf.Tensor4D => x.reshape([1, ...x.shape, 1]) as tf.Tensor4D;

/** A number for each row below `count`. */
const rowNumbers = (i: Matrix, count: number): tf.Tensor1D =>
  tf.mod(tf.abs(i.slice([0, 0], [-1, 1]).flatten()), tf.scalar(count, 'int32')) as tf.Tensor1D;

const small = (shape: number[], seed: number): tf.Tensor =>
  tf.linspace(-0.5, 0.5, tf.util.sizeFromShape(shape)).mul(seed).reshape(shape);

const WEIGHTS = (): Parameters<typeof lstm>[1] => ({
  kernel: small([1, 8], 1),
  recurrentKernel: small([2, 8], -1),
  bias: small([8], 0.5),
});

const sequence = (x: tf.Tensor): tf.Tensor3D => x.expandDims(2) as tf.Tensor3D;

/** Instructions that are also differentiated by `a`. */
const DIFFERENTIABLE: Record<string, (operands: Operands) => tf.Tensor> = {
  add: ({ a, b }) => a.add(b),
  sub: ({ a, b }) => a.sub(b.mul(0.5)),
  mul: ({ a, b }) => a.mul(b),
  div: ({ a, b }) => a.div(b.square().add(0.5)),
  relu: ({ a }) => tf.relu(a),
  elu: ({ a }) => tf.elu(a),
  sigmoid: ({ a }) => tf.sigmoid(a),
  tanhOfLog: ({ a }) => tf.tanh(tf.log(a.square().add(0.1))),
  exp: ({ a }) => tf.exp(a.neg()),
  rowMean: ({ a }) => a.square().mean(1, true).add(a),
  columnSum: ({ a }) => a.sum(0, true).mul(a),
  largest: ({ a, b }) => tf.maximum(a, b.add(0.013)),
  softmax: ({ a }) => tf.softmax(a),
  logSumExp: ({ a }) => tf.logSumExp(a, 1, true).add(a),
  product: ({ a, b }) => tf.matMul(a, tf.matMul(b, a, true, false)),
  transposedProduct: ({ a, b }) => tf.matMul(tf.matMul(a, b, false, true), b),
  productOfBatchesOfOne: ({ a, b }) => {
    const [left, right] = tf.split(tf.stack([a, b]), [1, 1]) as [tf.Tensor3D, tf.Tensor3D];
    return tf
      .matMul(tf.matMul(left, right, false, true), left)
      .reshape(a.shape)
      .add(right.reshape(a.shape));
  },
  bias: ({ a, weight }) => a.add(weight.flatten()),
  concat: ({ a, b }) => tf.concat([a, b], 1).slice([0, 1], [-1, a.shape[1]]),
  // tfjs cannot differentiate a split into one part.
  stack: ({ a }) =>
    a.shape[0] === 1 ? a.clone() : tf.stack(tf.split(a, a.shape[0], 0).reverse()).reshape(a.shape),
  transpose: ({ a }) => a.transpose().reshape(a.shape),
  pad: ({ a }) =>
    (tf.split(a, [1, a.shape[1] - 1], 1)[1] as Matrix).pad([
      [0, 0],
      [0, 1],
    ]),
  tile: ({ a }) => a.tile([2, 1]).slice([1, 0], a.shape),
  cumsum: ({ a }) => tf.cumsum(a, 1),
  lookUp: ({ a, i }) => tf.gather(a, rowNumbers(i, a.shape[0])),
  choice: ({ a, b, p }) => tf.where(p, a, b),
  convolution: ({ a, b }) => {
    const filter = b.slice([0, 0], [1, 2]).reshape([1, 2, 1, 1]) as tf.Tensor4D;
    return tf.conv2d(picture(a), filter, 1, 'same').reshape(a.shape);
  },
  convolutionToChannels: ({ a }) =>
    tf
      .relu(
        tf.conv2d(picture(a), small([2, 2, 1, 3], 1) as tf.Tensor4D, 1, 'same').add(small([3], 1)),
      )
      .mean(3)
      .reshape(a.shape),
  depthwise: ({ a }) =>
    tf
      .depthwiseConv2d(picture(a), small([2, 2, 1, 1], 2) as tf.Tensor4D, 1, 'same')
      .reshape(a.shape),
  maxPool: ({ a }) => tf.maxPool(picture(a), 2, 1, 'same').reshape(a.shape),
  avgPool: ({ a }) => tf.avgPool(picture(a), 2, 1, 'same').reshape(a.shape),
  batchNorm: ({ a, b, weight }) =>
    fusedBatchNormalization(a, weight.flatten(), b.mean(0), 0.1).normalized,
  batchNormOfMoments: ({ a, b }) => {
    const { mean, variance } = tf.moments(b, 0);
    return tf.batchNorm2d(
      a,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      small([a.shape[1]], 1) as tf.Tensor1D,
      small([a.shape[1]], -1) as tf.Tensor1D,
      0.1,
    );
  },
  lstm: ({ a }) => lstm(sequence(a), WEIGHTS()).outputs.mean(2),
  lstmOfLengths: ({ a, i }) =>
    lstm(sequence(a), WEIGHTS(), {
      goBackwards: true,
      lengths: rowNumbers(i, a.shape[1] + 1),
    }).outputs.mean(2),
  lstmState: ({ a }) => {
    const { hidden, cell } = lstm(sequence(a), WEIGHTS());
    return a.add(hidden.add(cell).mean(1, true));
  },
  crossEntropy: ({ a, b }) => softmaxCrossEntropy(tf.softmax(b), a).expandDims(1).mul(a),
  crossEntropyOfClass: ({ a, i }) =>
    sparseSoftmaxCrossEntropy(rowNumbers(i, a.shape[1]), a).expandDims(1).mul(a),
};

/** Instructions whose result is appended to the list of its dtype. */
const OTHERS: Record<string, (operands: Operands) => tf.Tensor> = {
  readVariable: ({ a, weight }) => a.add(weight),
  assignVariable: ({ a, weight }) => {
    weight.assign(tf.tanh(weight.add(a.mean())));
    return a.mul(weight);
  },
  count: ({ i, counter }) => {
    counter.assign(bounded(counter.add(i.sum().toInt())) as tf.Tensor);
    return i.add(counter);
  },
  topk: ({ a }) => tf.topk(a, a.shape[1]).values,
  addIntegers: ({ i, j }) => i.add(j),
  subIntegers: ({ i, j }) => i.sub(j),
  mulIntegers: ({ i, j }) => i.mul(j),
  leastInteger: ({ i, j }) => tf.minimum(i, j),
  divideIntegers: ({ i, j }) => tf.floorDiv(i, tf.abs(j).add(tf.scalar(1, 'int32'))),
  sumIntegers: ({ i }) => i.sum(1, true).toInt().add(i),
  rounded: ({ a }) => a.mul(3.7).round().toInt(),
  argMax: ({ i }) => tf.argMax(i, 1).expandDims(1).add(i),
  oneHot: ({ a, i }) => tf.oneHot(rowNumbers(i, a.shape[1]), a.shape[1]).toFloat(),
  floatOfInteger: ({ i }) => i.toFloat().mul(0.1),
  floatOfBool: ({ p, a }) => p.toFloat().sub(a),
  integerOfBool: ({ p, i }) => p.toInt().add(i),
  chooseInteger: ({ p, i, j }) => tf.where(p, i, j),
  greater: ({ a, b }) => a.greater(b.add(0.013)),
  equalIntegers: ({ i, j }) => i.equal(j),
  lessInteger: ({ i, j }) => i.less(j),
  and: ({ p, q }) => tf.logicalAnd(p, q),
  or: ({ p, q }) => tf.logicalOr(p, q),
  xor: ({ p, q }) => tf.logicalXor(p, q),
  not: ({ p }) => tf.logicalNot(p),
  any: ({ p, q }) => tf.logicalAnd(tf.any(p, 1, true), q),
  integerVariable: ({ counter, i }) => tf.maximum(counter, i),
};

const INSTRUCTIONS = [
  ...Object.values(DIFFERENTIABLE),
  ...Object.values(DIFFERENTIABLE).map(
    (f) => (operands: Operands) =>
      tf.grad((a: tf.Tensor) =>
        f({ ...operands, a: a as Matrix })
          .mul(operands.b)
          .sum(),
      )(operands.a),
  ),
  ...Object.values(OTHERS),
];

interface Instruction {
  readonly kind: number;
  readonly first: number;
  readonly second: number;
}

const program = fc.record({
  rows: fc.integer({ min: 1, max: 5 }),
  columns: fc.integer({ min: 2, max: 5 }),
  seed: fc.integer({ min: 1, max: 1000 }),
  body: fc.array(
    fc.record({
      kind: fc.nat(INSTRUCTIONS.length - 1),
      first: fc.nat(20),
      second: fc.nat(20),
    }),
    { minLength: 4, maxLength: 14 },
  ),
});

interface Inputs {
  readonly x: Matrix;
  readonly y: Matrix;
  readonly i: Matrix;
  readonly p: Matrix;
}

function interpret(
  body: readonly Instruction[],
  { x, y, i, p }: Inputs,
  weight: tf.Variable,
  counter: tf.Variable,
): tf.Tensor[] {
  const values: Record<string, Matrix[]> = { float32: [x, y], int32: [i], bool: [p] };
  const results: tf.Tensor[] = [];
  for (const { kind, first, second } of body) {
    const pick = (dtype: string, at: number): Matrix => {
      const list = values[dtype] as Matrix[];
      return list[at % list.length] as Matrix;
    };
    const operands: Operands = {
      a: pick('float32', first),
      b: pick('float32', second),
      i: pick('int32', first),
      j: pick('int32', second),
      p: pick('bool', first),
      q: pick('bool', second),
      weight,
      counter,
    };
    const instruction = INSTRUCTIONS[kind] as (typeof INSTRUCTIONS)[number];
    const value = bounded(instruction(operands));
    expect(value.shape).toEqual(x.shape);
    (values[value.dtype] as Matrix[]).push(value as Matrix);
    results.push(value);
  }
  return results;
}

function equal(a: tf.Tensor, b: tf.Tensor): void {
  expect([a.dtype, a.shape]).toEqual([b.dtype, b.shape]);
  const [x, y] = [a.dataSync(), b.dataSync()];
  const tolerance = a.dtype === 'float32' ? 1e-4 : 0;
  x.forEach((value, at) => {
    expect(Math.abs(value - (y[at] as number))).toBeLessThanOrEqual(tolerance);
  });
}

/** The program run four times eagerly and compiled, its variables with it. */
function agrees(body: readonly Instruction[], rows: number, columns: number, seed: number): void {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const variables = (): [tf.Variable, tf.Variable] => [
      tf.variable(tf.fill([1, columns], 0.3)),
      tf.variable(tf.scalar(2, 'int32')),
    ];
    const [eager, other] = [variables(), variables()];
    const compiled = compile((inputs: Inputs) => interpret(body, inputs, ...other), {
      verify: seed % 2 === 0,
    });
    for (let call = 0; call < 4; call++) {
      const uniform = (offset: number): Matrix =>
        tf.randomUniform([rows, columns], -1, 1, 'float32', seed + call + offset);
      const inputs = {
        x: uniform(0),
        y: uniform(50),
        i: uniform(100).mul(9).toInt() as Matrix,
        p: uniform(150).greater(0) as Matrix,
      };
      const expected = interpret(body, inputs, ...eager);
      compiled(inputs as Inputs & Record<string, Matrix>).forEach((tensor, at) => {
        equal(tensor, expected[at] as tf.Tensor);
      });
      other.forEach((variable, at) => {
        equal(variable, eager[at] as tf.Variable);
      });
    }
    expect(compiled.graphs).toHaveLength(1);
    compiled.dispose();
    tf.dispose([...eager, ...other]);
  });
  expect(tf.memory().numTensors).toBe(before);
}

it('agrees with eager execution on random programs of floats, integers and booleans', () => {
  fc.assert(
    fc.property(program, ({ rows, columns, seed, body }) => agrees(body, rows, columns, seed)),
    { numRuns: 25, seed: 20260724 },
  );
});

it('agrees with eager execution on a program of every instruction, gradients among them', () => {
  const body = INSTRUCTIONS.map((_, kind) => ({ kind, first: kind * 7, second: kind * 5 + 1 }));
  agrees(body, 3, 4, 1);
});
