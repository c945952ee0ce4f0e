import { tf } from 'selfsup';
import { CompileArgumentError, compile } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

describe('explain', () => {
  it('lists the operations of one run, the slowest first, and changes nothing', () => {
    const w = tf.variable(tf.randomNormal([200, 200], 0, 1, 'float32', 1) as tf.Tensor2D);
    const step = compile(
      (x: tf.Tensor2D) => {
        w.assign(w.sub(tf.matMul(x, x, true).mul(0.01)));
        return tf.matMul(x, w as tf.Tensor2D).sum();
      },
      { name: 'step' },
    );
    const x = tf.ones<tf.Rank.R2>([300, 200]);
    expect(() => step.explain(x)).toThrow(CompileArgumentError);
    for (let call = 0; call < 3; call++) step(x).dispose();
    const before = { numTensors: tf.memory().numTensors, w: w.dataSync()[0] };
    const native = (tf.backend() as unknown as { getNumOfTFTensors(): number }).getNumOfTFTensors();

    const explanation = step.explain(x);

    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect((tf.backend() as unknown as { getNumOfTFTensors(): number }).getNumOfTFTensors()).toBe(
      native,
    );
    expect(w.dataSync()[0]).toBe(before.w);
    expect(explanation.operations).toBe(step.graphs[0]?.operations);
    const products = explanation.times.filter(({ operation }) => operation === 'MatMul');
    expect(products.map(({ call, count }) => [call, count])).toEqual([
      ['matMul', 1],
      ['matMul', 1],
    ]);
    const times = explanation.times.map(({ milliseconds }) => milliseconds);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(times.reduce((a, b) => a + b)).toBeCloseTo(explanation.milliseconds, 6);
    expect(String(explanation)).toMatch(/MatMul +\[\d+,200\] +matMul\(\) explain\.test\.ts:\d+/);
    tf.dispose([w, x]);
  });

  it('counts operations, constants and variables of each graph', () => {
    const v = tf.variable(tf.scalar(1));
    const captured = tf.scalar(2);
    const compiled = compile((x: tf.Tensor) => {
      v.assign(v.add(captured));
      return x.add(tf.ones([100])).mul(v);
    });
    for (let call = 0; call < 2; call++) compiled(tf.zeros([100]));
    expect(compiled.graphs[0]).toMatchObject({
      operations: 3,
      constants: 1,
      // A hundred equal numbers are stored as one.
      constantBytes: 4,
      variablesRead: 1,
      variablesAssigned: 1,
      capturedTensors: 1,
    });
    expect(compiled.graphs[0]?.traceMs).toBeGreaterThan(0);
    expect(compiled.graphs[0]?.loadMs).toBeGreaterThan(0);
    v.dispose();
  });
});
