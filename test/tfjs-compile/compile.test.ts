import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { tf } from 'selfsup';
import { CompileArgumentError, compile, NotCompilableError } from 'tfjs-compile';
import { describe, expect, it, vi } from 'vitest';

function numbers(tensor: tf.Tensor): number[] {
  return Array.from(tensor.dataSync());
}

describe('compile', () => {
  it('gives the numbers of the eager function, for nested arguments and results', () => {
    const fn = ({ a, rest }: { a: tf.Tensor; rest: tf.Tensor[] }) => ({
      sum: a.add(rest[0] as tf.Tensor),
      more: [a.mul(2), tf.scalar(3)],
      name: 'kept',
    });
    const compiled = compile(fn);
    for (let call = 0; call < 4; call++) {
      const result = compiled({ a: tf.tensor1d([call, 2]), rest: [tf.tensor1d([10, 20])] });
      expect(numbers(result.sum)).toEqual([call + 10, 22]);
      expect(numbers(result.more[0] as tf.Tensor)).toEqual([2 * call, 4]);
      expect(numbers(result.more[1] as tf.Tensor)).toEqual([3]);
      expect(result.name).toBe('kept');
    }
    expect(compiled.graphs).toHaveLength(1);
    expect(compiled.graphs[0]?.operations).toBe(2);
  });

  it('runs JavaScript in the two traced calls only', () => {
    const seen = vi.fn();
    const compiled = compile((x: tf.Tensor) => {
      seen();
      return x.square();
    });
    for (let call = 0; call < 5; call++)
      expect(numbers(compiled(tf.scalar(call)))).toEqual([call * call]);
    expect(seen).toHaveBeenCalledTimes(2);
  });

  it('traces once where verification is off', () => {
    const seen = vi.fn();
    const compiled = compile(
      (x: tf.Tensor) => {
        seen();
        return x.square();
      },
      { verify: false },
    );
    for (let call = 0; call < 3; call++) compiled(tf.scalar(call)).dispose();
    expect(seen).toHaveBeenCalledTimes(1);
  });

  it('reads and assigns variables, counting each call once', () => {
    const counter = tf.variable(tf.scalar(0));
    const compiled = compile((by: tf.Tensor) => {
      counter.assign(counter.add(by));
      return counter.mul(10);
    });
    for (let call = 1; call <= 5; call++) {
      expect(numbers(compiled(tf.scalar(1)))).toEqual([call * 10]);
      expect(numbers(counter)).toEqual([call]);
    }
    counter.dispose();
  });

  it('sees what eager code does to a variable between calls', () => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const compiled = compile(() => {
      v.assign(v.mul(2));
      return v.sum();
    });
    for (let call = 0; call < 4; call++) {
      v.assign(tf.tensor1d([call, 1]));
      expect(numbers(compiled())).toEqual([2 * call + 2]);
      expect(numbers(v)).toEqual([2 * call, 2]);
    }
    v.dispose();
  });

  it('keeps variables apart that share their value with other tensors', () => {
    const shared = tf.tensor1d([1, 2]);
    const a = tf.variable(shared);
    const b = tf.variable(shared);
    const before = a.clone();
    const compiled = compile((x: tf.Tensor) => {
      a.assign(a.add(x));
      b.assign(a);
      return tf.stack([a.sub(before), shared]);
    });
    for (let call = 1; call <= 4; call++) {
      expect(numbers(compiled(shared))).toEqual([call, 2 * call, 1, 2]);
      expect(numbers(b)).toEqual([1 + call, 2 + 2 * call]);
    }
    tf.dispose([a, b]);
  });

  it('returns arguments, variables and captured tensors as tensors of the caller', () => {
    const captured = tf.tensor1d([7]);
    const v = tf.variable(tf.tensor1d([5]));
    const compiled = compile((x: tf.Tensor) => [x, x.clone(), captured, v.clone()]);
    for (let call = 0; call < 4; call++) {
      const x = tf.tensor1d([call]);
      const results = compiled(x);
      expect(results.map((result) => numbers(result)[0])).toEqual([call, call, 7, 5]);
      tf.dispose(results);
      expect(numbers(x)).toEqual([call]);
      x.dispose();
    }
    expect(numbers(captured)).toEqual([7]);
    v.dispose();
  });

  it('exchanges two variables', () => {
    const a = tf.variable(tf.scalar(1));
    const b = tf.variable(tf.scalar(2));
    const swap = compile(() => {
      const old = a.clone();
      a.assign(b);
      b.assign(old);
    });
    for (let call = 0; call < 5; call++) swap();
    expect([...numbers(a), ...numbers(b)]).toEqual([2, 1]);
    tf.dispose([a, b]);
  });

  it('lets the first call create variables, as optimizers do', () => {
    const make = () => {
      const w = tf.variable(tf.tensor1d([1, -2, 3]));
      const optimizer = tf.train.adam(0.1);
      const step = (x: tf.Tensor): tf.Scalar =>
        optimizer.minimize(() => w.mul(x).square().sum(), true, [w]) as tf.Scalar;
      return { w, optimizer, step };
    };
    const eager = make();
    const other = make();
    const compiled = compile(other.step);
    for (let call = 0; call < 8; call++) {
      const x = tf.tensor1d([call, 1, 2]);
      expect(numbers(compiled(x))[0]).toBeCloseTo(numbers(eager.step(x))[0] as number, 5);
    }
    numbers(other.w).forEach((value, i) => {
      expect(value).toBeCloseTo(numbers(eager.w)[i] as number, 5);
    });
    for (const { w, optimizer } of [eager, other]) {
      w.dispose();
      optimizer.dispose();
    }
  });

  it('traces anew for other shapes, dtypes and plain values', () => {
    const compiled = compile((x: tf.Tensor, factor: number) => x.mul(factor));
    for (let round = 0; round < 2; round++) {
      expect(numbers(compiled(tf.tensor1d([1, 2]), 3))).toEqual([3, 6]);
      expect(numbers(compiled(tf.tensor1d([1, 2, 3]), 3))).toEqual([3, 6, 9]);
      expect(numbers(compiled(tf.tensor1d([1, 2], 'int32'), 3))).toEqual([3, 6]);
      expect(numbers(compiled(tf.tensor1d([1, 2]), 4))).toEqual([4, 8]);
    }
    expect(compiled.graphs).toHaveLength(4);
  });

  it('keeps a bounded number of graphs and warns when tracing goes on', () => {
    const onWarning = vi.fn();
    const compiled = compile((x: tf.Tensor) => x.add(1), {
      name: 'grow',
      maxGraphs: 3,
      onWarning,
      verify: false,
    });
    for (let size = 1; size <= 12; size++) {
      expect(numbers(compiled(tf.zeros([size])))).toEqual(Array(size).fill(1));
    }
    expect(compiled.graphs).toHaveLength(3);
    expect(onWarning).toHaveBeenCalledTimes(2);
    expect(onWarning.mock.calls[0]?.[0]).toMatch(/"grow" is being traced for the 5th/);
  });

  it('works with bool, int32 and complex64 tensors', () => {
    const compiled = compile((x: tf.Tensor, mask: tf.Tensor, c: tf.Tensor) => ({
      both: tf.logicalAnd(mask, x.greater(1)),
      picked: tf.where(mask.cast('bool'), x, tf.zerosLike(x)),
      spectrum: tf.spectral.fft(c),
    }));
    for (let call = 0; call < 3; call++) {
      const result = compiled(
        tf.tensor1d([1, 2, 3], 'int32'),
        tf.tensor1d([true, true, false]),
        tf.complex([1, call], [0, 0]),
      );
      expect(numbers(result.both)).toEqual([0, 1, 0]);
      expect(numbers(result.picked)).toEqual([1, 2, 0]);
      expect(numbers(tf.real(result.spectrum))).toEqual([1 + call, 1 - call]);
      expect(result.both.dtype).toBe('bool');
      expect(result.picked.dtype).toBe('int32');
    }
  });

  it('computes gradients inside and refuses to be differentiated itself', () => {
    const compiled = compile((x: tf.Tensor) => tf.grad((y) => y.pow(3).sum())(x));
    for (let call = 0; call < 3; call++)
      expect(numbers(compiled(tf.tensor1d([call, 2])))).toEqual([3 * call * call, 12]);
    expect(() => tf.grad((x: tf.Tensor) => compiled(x).sum())(tf.tensor1d([1, 2]))).toThrow(
      /Compute the gradients inside the compiled function/,
    );
  });

  it('divides as eager code does, not by reciprocals', () => {
    const divide = (x: tf.Tensor): tf.Tensor[] => [
      x.div(0.07),
      x.div(tf.scalar(0.2).add(0.1)),
      tf.div(3, x.add(1)),
    ];
    const compiled = compile(divide);
    tf.tidy(() => {
      const x = tf.randomUniform([1000], 0, 1, 'float32', 1);
      for (let call = 0; call < 3; call++) {
        compiled(x).forEach((quotient, i) => {
          expect(numbers(quotient)).toEqual(numbers(divide(x)[i] as tf.Tensor));
        });
      }
    });
  });

  it.each([false, true])(
    'normalises with fixed statistics as eager code does, unchanged %s',
    (unchanged) => {
      // TensorFlow's optimizer replaces this operation, whose other outputs nobody uses.
      const normalize = (x: tf.Tensor2D): tf.Tensor2D =>
        tf.batchNorm2d(
          x,
          tf.tensor1d([0, 0]),
          tf.tensor1d([1, 4]),
          tf.tensor1d([0, 1]),
          tf.tensor1d([1, 1]),
          0,
        );
      const compiled = compile(normalize, { unchanged });
      tf.tidy(() => {
        const x = tf.tensor2d([
          [1, 2],
          [3, 4],
        ]);
        for (let call = 0; call < 3; call++) {
          expect(Array.from(compiled(x).dataSync())).toEqual([1, 2, 3, 3]);
        }
      });
    },
  );

  it('becomes part of a compiled function that calls it', () => {
    const inner = compile((x: tf.Tensor) => x.square());
    const outer = compile((x: tf.Tensor) => inner(x).add(1));
    for (let call = 0; call < 3; call++)
      expect(numbers(outer(tf.scalar(call)))).toEqual([call * call + 1]);
    expect(inner.graphs).toHaveLength(0);
  });

  it('traces anew after dispose, and after a variable or captured tensor was replaced', () => {
    let v = tf.variable(tf.scalar(1));
    let captured = tf.scalar(10);
    const compiled = compile((x: tf.Tensor) => x.add(v).add(captured));
    for (let call = 0; call < 3; call++) expect(numbers(compiled(tf.scalar(0)))).toEqual([11]);
    v.dispose();
    v = tf.variable(tf.scalar(2));
    expect(numbers(compiled(tf.scalar(0)))).toEqual([12]);
    captured.dispose();
    captured = tf.scalar(20);
    expect(numbers(compiled(tf.scalar(0)))).toEqual([22]);
    compiled.dispose();
    expect(compiled.graphs).toHaveLength(0);
    expect(numbers(compiled(tf.scalar(0)))).toEqual([22]);
    v.dispose();
  });

  it('holds the number of tensors constant and leaves no file', () => {
    const w = tf.variable(tf.randomNormal([8, 8], 0, 1, 'float32', 1));
    const compiled = compile((x: tf.Tensor2D) => {
      const { value, grads } = tf.variableGrads(
        () =>
          tf
            .matMul(x, w as tf.Tensor2D)
            .square()
            .mean(),
        [w],
      );
      w.assign(w.sub((grads[w.name] as tf.Tensor).mul(0.1)));
      return value;
    });
    const x = tf.ones<tf.Rank.R2>([4, 8]);
    const before = tf.memory().numTensors;
    for (let call = 0; call < 6; call++) {
      compiled(x).dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
    tf.tidy(() => {
      compiled(x);
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(
      readdirSync(tmpdir()).filter(
        (name) => name.includes(`-${process.pid}-`) && name.startsWith('tfjs-compile'),
      ),
    ).toEqual([]);
    w.dispose();
  });

  it('does not grow in a thousand calls', () => {
    const w = tf.variable(tf.zeros([256, 256]));
    const compiled = compile((x: tf.Tensor) => {
      w.assign(w.add(x));
      return w.mean();
    });
    const x = tf.ones([256, 256]);
    for (let call = 0; call < 100; call++) compiled(x).dispose();
    const before = process.memoryUsage().rss;
    for (let call = 0; call < 1000; call++) compiled(x).dispose();
    // A leak of one result would be 256 KiB a call.
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(40);
    expect(numbers(w)[0]).toBe(1100);
    tf.dispose([w, x]);
  });

  it('reports wrong arguments', () => {
    const compiled = compile((x: unknown) => x as tf.Tensor, { name: 'f' });
    expect(() => compiled(new Date())).toThrow(CompileArgumentError);
    expect(() => compiled({ model: () => 1 })).toThrow(
      /argument\[0\]\.model is a function; expected a tensor/,
    );
    const gone = tf.scalar(1);
    gone.dispose();
    expect(() => compiled(gone)).toThrow(
      /"f" was called with a tensor of shape \[\] that has been disposed of/,
    );
    expect(() => compile((x: tf.Tensor) => x, { maxGraphs: 0 })).toThrow(/maxGraphs is 0/);
    expect(() => compile(() => new Date())()).toThrow(/the result of .* is an instance of Date/);
    expect(NotCompilableError.name).toBe('NotCompilableError');
  });
});
