import fc from 'fast-check';
import { tf } from 'selfsup';
import { compile } from 'tfjs-compile';
import { expect, it } from 'vitest';

// A random program is a list of instructions on a stack of matrices [rows, columns]; each instruction takes earlier
// values and appends one. Values stay bounded, so that rounding does not decide comparisons.

interface Instruction {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
}

type Matrix = tf.Tensor2D;

const bounded = (x: tf.Tensor): Matrix => tf.tanh(x) as Matrix;

const INSTRUCTIONS: ((a: Matrix, b: Matrix, v: tf.Variable) => tf.Tensor)[] = [
  (a, b) => a.add(b),
  (a, b) => a.sub(b.mul(0.5)),
  (a, b) => a.mul(b),
  (a) => tf.relu(a),
  (a) => tf.sigmoid(a),
  (a) => a.square().mean(1, true).add(a),
  (a) => tf.softmax(a),
  (a, b) => tf.matMul(a, tf.matMul(b, a, true, false)),
  (a, b) => tf.concat([a, b], 1).slice([0, 1], [-1, a.shape[1]]),
  (a) => tf.stack(tf.split(a, a.shape[0], 0).reverse()).reshape(a.shape),
  (a) =>
    tf.split(a, [1, a.shape[1] - 1], 1)[1]?.pad([
      [0, 0],
      [0, 1],
    ]) as tf.Tensor,
  (a) => tf.gather(a, tf.range(0, a.shape[0], 1, 'int32').reverse()),
  (a, b) => tf.where(a.abs().greater(10), a, b),
  (a) => a.mul(3).toInt().toFloat().mul(0).add(a),
  (a, b) => tf.where(tf.logicalOr(a.greater(5), b.less(-5)), a, tf.zerosLike(b)),
  (a, _, v) => a.add(v),
  (a, _, v) => {
    v.assign(bounded(v.add(a.mean())));
    return a.mul(v);
  },
  (a) => tf.grad((x: tf.Tensor) => tf.tanh(x).mul(x).sum())(a),
  (a, b) =>
    tf.grads((x: tf.Tensor, y: tf.Tensor) =>
      tf.matMul(x as Matrix, y as Matrix, false, true).sum(),
    )([a, b])[1] as tf.Tensor,
  (a) => tf.topk(a, a.shape[1]).values,
];

const program = fc.record({
  rows: fc.integer({ min: 1, max: 4 }),
  columns: fc.integer({ min: 2, max: 4 }),
  seed: fc.integer({ min: 1, max: 1000 }),
  body: fc.array(
    fc.record({ kind: fc.nat(INSTRUCTIONS.length - 1), a: fc.nat(20), b: fc.nat(20) }),
    { minLength: 1, maxLength: 12 },
  ),
});

function interpret(
  body: readonly Instruction[],
  x: Matrix,
  y: Matrix,
  v: tf.Variable,
): tf.Tensor[] {
  const values = [x, y];
  for (const { kind, a, b } of body) {
    const pick = (at: number): Matrix => values[at % values.length] as Matrix;
    values.push(
      bounded((INSTRUCTIONS[kind] as (typeof INSTRUCTIONS)[number])(pick(a), pick(b), v)),
    );
  }
  return values.slice(2);
}

function equal(a: tf.Tensor, b: tf.Tensor): void {
  expect(a.shape).toEqual(b.shape);
  const [x, y] = [a.dataSync(), b.dataSync()];
  x.forEach((value, i) => {
    expect(Math.abs(value - (y[i] as number))).toBeLessThan(1e-4);
  });
}

it('agrees with eager execution on random programs, variables included', () => {
  fc.assert(
    fc.property(program, ({ rows, columns, seed, body }) => {
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const eagerV = tf.variable(tf.fill([1, columns], 0.3));
        const compiledV = tf.variable(tf.fill([1, columns], 0.3));
        const compiled = compile((x: Matrix, y: Matrix) => interpret(body, x, y, compiledV), {
          verify: seed % 2 === 0,
        });
        for (let call = 0; call < 4; call++) {
          const x = tf.randomUniform([rows, columns], -1, 1, 'float32', seed + call) as Matrix;
          const y = tf.randomUniform([rows, columns], -1, 1, 'float32', seed + call + 50) as Matrix;
          const expected = interpret(body, x, y, eagerV);
          compiled(x, y).forEach((tensor, i) => {
            equal(tensor, expected[i] as tf.Tensor);
          });
          equal(compiledV, eagerV);
        }
        compiled.dispose();
        eagerV.dispose();
        compiledV.dispose();
      });
      expect(tf.memory().numTensors).toBe(before);
    }),
    { numRuns: 25, seed: 20260724 },
  );
});
