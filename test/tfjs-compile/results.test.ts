import { tf } from 'selfsup';
import { compile, NotCompilableError } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

function numbers(tensor: tf.Tensor): number[] {
  return Array.from(tensor.dataSync());
}

/** The message with which the second call is refused. */
function secondCall(fn: (x: tf.Tensor) => unknown): string {
  const compiled = compile(fn, { name: 'step' });
  const x = tf.scalar(1);
  tf.dispose(compiled(x) as tf.Tensor);
  const before = tf.memory().numTensors;
  try {
    compiled(x);
  } catch (error) {
    expect(error).toBeInstanceOf(NotCompilableError);
    expect(tf.memory().numTensors).toBe(before);
    return (error as Error).message;
  } finally {
    x.dispose();
  }
  throw new Error('was not refused');
}

describe('results', () => {
  it('are snapshots: an assigned variable', () => {
    const w = tf.variable(tf.scalar(1));
    const compiled = compile((x: tf.Tensor) => {
      w.assign(w.add(x));
      return { w, more: [w, w.mul(10)] };
    });
    const before = tf.memory().numTensors;
    const results = Array.from({ length: 5 }, () => tf.tidy(() => compiled(tf.scalar(1))));
    results.forEach(({ w: snapshot, more }, call) => {
      expect(snapshot).not.toBeInstanceOf(tf.Variable);
      expect(numbers(snapshot)).toEqual([call + 2]);
      expect(more.map((one) => numbers(one)[0])).toEqual([call + 2, 10 * (call + 2)]);
    });
    tf.dispose(results);
    expect(tf.memory().numTensors).toBe(before);
    // The weights are alive and go on.
    expect(numbers(w)).toEqual([6]);
    expect(numbers(tf.tidy(() => compiled(tf.scalar(1))).w)).toEqual([7]);
    w.dispose();
  });

  it('are snapshots: a variable that is read, one created in the call, one given as an argument', () => {
    const read = tf.variable(tf.tensor1d([1, 2]));
    let made: tf.Variable | undefined;
    const compiled = compile((given: tf.Tensor) => {
      made ??= tf.variable(tf.scalar(5));
      return [read, made, given];
    });
    for (let call = 0; call < 4; call++) {
      const results = compiled(read);
      expect(results.map(numbers)).toEqual([[1, 2], [5], [1, 2]]);
      for (const result of results) expect(result).not.toBeInstanceOf(tf.Variable);
      read.assign(tf.tensor1d([3, 4]));
      expect(numbers(results[0] as tf.Tensor)).toEqual([1, 2]);
      tf.dispose(results);
      read.assign(tf.tensor1d([1, 2]));
    }
    tf.dispose([read, made as unknown as tf.Tensor]);
  });

  it('of a compiled function inside a compiled one are snapshots, too', () => {
    const w = tf.variable(tf.scalar(1));
    const next = compile((x: tf.Tensor) => {
      w.assign(w.add(x));
      return { w, x };
    });
    const outer = compile((x: tf.Tensor) => {
      const first = next(x);
      const second = next(x);
      // The results are the outer function's to dispose of; argument and variable stay.
      tf.dispose(first.x);
      return tf.stack([first.w, second.w, w.mul(x)]);
    });
    for (let call = 0; call < 4; call++) {
      const start = 1 + 2 * call;
      expect(numbers(outer(tf.scalar(1)))).toEqual([start + 1, start + 2, start + 2]);
    }
    w.dispose();
  });

  it('of an inner function that is asynchronous, or returns what is no tensor, are refused by its name', () => {
    const inner = compile(async (x: tf.Tensor) => x, { name: 'inner' });
    expect(() => compile((x: tf.Tensor) => inner(x))(tf.scalar(1))).toThrow(
      /"inner" cannot be compiled: it returns a promise/,
    );
    const dated = compile(() => new Date(), { name: 'dated' });
    expect(() => compile(() => dated())()).toThrow(/the result of "dated" is an instance of Date/);
  });
});

describe('plain values in results', () => {
  it('are refused when they change, like any number that a graph would freeze', () => {
    let count = 0;
    expect(secondCall((x) => ({ y: x, call: ++count }))).toMatch(
      /^"step" cannot be compiled: the result of "step"\.call is number "2" where the call before had number "1"/,
    );
    expect(secondCall((x) => [x, count++ % 2 === 0])).toContain(
      'the result of "step"[1] is boolean "false" where the call before had boolean "true"',
    );
    expect(secondCall((x) => ({ x, nested: { text: `call ${count++}` } }))).toContain(
      'nested.text',
    );
  });

  it.each<[string, (call: number, x: tf.Tensor) => unknown, RegExp]>([
    ['another key', (call, x) => ({ [`k${call}`]: x }), /is "k1" where the call before had "k0"/],
    ['more keys', (call, x) => (call ? { x, y: x } : { x }), /is "y" where .* had nothing/],
    ['fewer tensors', (call, x) => (call ? [x] : [x, x.add(1)]), /ends where .* had float32\[\]/],
    [
      'more tensors',
      (call, x) => (call ? [x, x.add(1)] : [x]),
      /\[1\] is float32\[\] where .* nothing/,
    ],
    [
      'a number for a tensor',
      (call, x) => (call ? 1 : x),
      /is number "1" where .* had float32\[\]/,
    ],
  ])('are refused with %s', (_, fn, message) => {
    let call = 0;
    expect(secondCall((x) => fn(call++, x))).toMatch(message);
  });

  it('are returned as they are when they stay', () => {
    const compiled = compile((x: tf.Tensor, name: string) => ({
      x,
      name,
      size: x.size,
      none: null,
    }));
    for (let call = 0; call < 4; call++) {
      const { name, size, none } = compiled(tf.ones([3]), 'a');
      expect([name, size, none]).toEqual(['a', 3, null]);
    }
    expect(compiled(tf.ones([3]), 'b').name).toBe('b');
  });
});
