import { tf } from 'selfsup';
import { compile, NotCompilableError } from 'tfjs-compile';
import { describe, expect, it, vi } from 'vitest';

interface Binding {
  executeOp(operation: string, ...rest: unknown[]): unknown[];
  getNumOfTensors(): number;
  readonly TF_ATTR_TYPE: number;
}

const backend = tf.backend() as unknown as {
  binding: Binding;
  executeSingleOutput(operation: string, attributes: object[], inputs: tf.Tensor[]): tf.Tensor;
};

/** The operations that TensorFlow runs one by one during the call. */
function operationsOf(call: () => void): string[] {
  const { binding } = backend;
  const ran: string[] = [];
  backend.binding = Object.create(binding, {
    executeOp: {
      value: (operation: string, ...rest: unknown[]) => {
        ran.push(operation);
        return binding.executeOp(operation, ...rest);
      },
    },
  }) as Binding;
  try {
    call();
  } finally {
    backend.binding = binding;
  }
  return ran;
}

const numbers = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];

/** What a call of the function gives. */
const result = (fn: (x: tf.Tensor) => unknown, ...values: number[]): number[] =>
  tf.tidy(() => numbers(fn(tf.tensor1d(values)) as tf.Tensor));

/** TensorFlow's tensors that the calls leave behind, once they have been made. */
function leftBehind(calls: () => void): number {
  const before = backend.binding.getNumOfTensors();
  calls();
  return backend.binding.getNumOfTensors() - before;
}

describe('the call that is compared with the first', () => {
  it('computes nothing but the graph', () => {
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const step = compile((x: tf.Tensor) => {
      const { value, grads } = tf.variableGrads(() => weight.mul(x).square().sum() as tf.Scalar);
      weight.assign(weight.sub(grads[weight.name] as tf.Tensor));
      return value;
    });
    const seen: number[][] = [];
    const ran = [1, 2, 3].map((value) =>
      operationsOf(() => seen.push(result(step, value, 1), numbers(weight))),
    );
    expect(ran[0]).toEqual(expect.arrayContaining(['Square', 'Sum', 'Sub']));
    // Arguments and variables get storage of their own.
    expect(ran[1]?.filter((operation) => operation !== 'Identity')).toEqual([]);
    expect(ran[2]).toEqual([]);
    // w − 2·w·x²
    expect(seen).toEqual([[5], [-1, -2], [8], [7, 2], [445], [-119, -2]]);
    step.dispose();
    weight.dispose();
  });

  it('leaves no tensor in TensorFlow, whatever becomes of it', () => {
    const twice = (fn: (x: tf.Tensor, call: number) => tf.Tensor): (() => void) => {
      return () => {
        let call = 0;
        const compiled = compile((x: tf.Tensor) => fn(x, call++));
        try {
          for (let calls = 0; calls < 3; calls++) result(compiled, calls, 1);
        } catch (error) {
          expect(error).toBeInstanceOf(NotCompilableError);
        }
        compiled.dispose();
      };
    };
    expect(leftBehind(twice((x) => x.square().exp().sum()))).toBe(0);
    expect(leftBehind(twice((x, call) => x.square().exp().mul(call).sum()))).toBe(0);
    expect(leftBehind(twice((x, call) => (call ? x.exp().square() : x.exp().sqrt())))).toBe(0);
    expect(leftBehind(twice((x) => x.add(1).gather(x.greater(0).toInt())))).toBe(0);
    const dead = twice((x, call) => {
      if (call === 0) x.square().exp();
      return x.square().sqrt().add(tf.scalar(1).exp());
    });
    expect(leftBehind(dead)).toBe(0);
  });

  it('is computed where it goes another way to the same graph', () => {
    let call = 0;
    const step = compile((x: tf.Tensor) => {
      const square = x.square();
      if (call++ === 0) square.exp();
      return square.add(1);
    });
    expect([1, 2, 3].map((value) => result(step, value))).toEqual([[2], [5], [10]]);
    expect(call).toBe(2);
    step.dispose();
  });

  it('is computed where it keeps a tensor, and the next one is compared', () => {
    let call = 0;
    let kept: tf.Tensor | undefined;
    const step = compile((x: tf.Tensor) => {
      const sum = x.add(1);
      if (call++ === 1) kept = tf.keep(sum.square());
      return sum.mul(3);
    });
    expect([1, 2, 3, 4].map((value) => result(step, value))).toEqual([[6], [9], [12], [15]]);
    expect(numbers(kept as tf.Tensor)).toEqual([9]);
    expect(call).toBe(3);
    kept?.dispose();
    step.dispose();
  });

  it('gives a variable that it creates its value, even when it fails', () => {
    for (const fails of [false, true]) {
      let call = 0;
      let created: tf.Variable | undefined;
      const step = compile((x: tf.Tensor) => {
        const square = x.square();
        if (call++ === 1) {
          created = tf.variable(square);
          if (fails) throw new Error('after all');
        }
        return square;
      });
      expect(result(step, 2)).toEqual([4]);
      if (fails) expect(() => result(step, 3)).toThrow('after all');
      else expect(result(step, 3)).toEqual([9]);
      expect(numbers(created as tf.Variable)).toEqual([9]);
      created?.dispose();
      step.dispose();
    }
  });

  it('sees a shape that depends on values', () => {
    const type = (name: string, value: number) => {
      return { name, type: backend.binding.TF_ATTR_TYPE, value };
    };
    const step = compile((x: tf.Tensor) => {
      const indices = tf.tensor1d([0, 1, 2], 'int32');
      const types = [type('T', 1), type('Tidx', 3), type('Tsegmentids', 3)];
      return backend
        .executeSingleOutput('SparseSegmentSum', types, [
          tf.tensor1d([1, 2, 3]),
          indices,
          x.toInt(),
        ])
        .sum();
    });
    expect(result(step, 0, 0, 1)).toEqual([6]);
    expect(() => result(step, 0, 1, 2)).toThrow(
      /cannot be compiled: it did something else at .*SparseSegmentSum/,
    );
  });

  it('computes a long chain when it ends otherwise', () => {
    let call = 0;
    const step = compile((x: tf.Tensor) => {
      let sum = x;
      for (let i = 0; i < 1000; i++) sum = sum.add(x);
      return call++ === 1 ? sum.square() : sum;
    });
    expect(result(step, 1)).toEqual([1001]);
    expect(() => result(step, 1)).toThrow(/did more at square\(\)/);
  });
});

describe('finding the line of a call', () => {
  it('maps one frame of a stack, not all of them', () => {
    const { prepareStackTrace } = Error;
    const print = vi.fn(prepareStackTrace);
    Error.prepareStackTrace = print;
    try {
      const step = compile((x: tf.Tensor) => x.square().dataSync(), { name: 'step' });
      expect(() => result(step as never, 1)).toThrow(
        /dataSync\(\) at .*verifying-call\.test\.ts:\d+/,
      );
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
    const depths = print.mock.calls
      .filter(([error]) => error.message === '')
      .map(([, frames]) => frames.length);
    expect(depths.length).toBeGreaterThan(0);
    expect(Math.max(...depths)).toBe(1);
  });
});
