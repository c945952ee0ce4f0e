import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tf } from 'selfsup';
import { compile, GraphError, NotCompilableError } from 'tfjs-compile';
import { afterEach, describe, expect, it } from 'vitest';

/** The message of the error that the calls throw; `left` counts the tensors that the function itself leaves. */
function refusal(fn: (x: tf.Tensor) => unknown, calls = 1, left = 0): string {
  const compiled = compile(fn, { name: 'step' });
  const before = tf.memory().numTensors;
  try {
    for (let call = 0; call < calls; call++) {
      const x = tf.tensor1d([3, 1, 2]);
      try {
        tf.dispose(compiled(x) as tf.Tensor);
      } finally {
        x.dispose();
      }
    }
  } catch (error) {
    expect(error).toBeInstanceOf(NotCompilableError);
    expect(tf.memory().numTensors).toBe(before + left);
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

const HERE = /refusals\.test\.ts:\d+:\d+/;

afterEach(() => {
  // Whatever was refused, the hooks are gone.
  expect(Math.random.toString()).toContain('native code');
  expect(Object.keys(tf.engine())).not.toContain('runKernel');
  expect(Object.hasOwn(tf.backend(), 'readSync')).toBe(false);
});

describe('a compiled function is refused when it', () => {
  it.each<[string, (x: tf.Tensor) => unknown]>([
    ['dataSync', (x) => x.mul((x.dataSync() as Float32Array)[0] as number)],
    ['arraySync', (x) => x.mul((x.square().arraySync() as number[])[0] as number)],
    ['print', (x) => x.add(1).print()],
    ['toString', (x) => x.add(1).toString()],
  ])('reads a value: %s', (call, fn) => {
    const message = refusal(fn);
    expect(message).toMatch(
      new RegExp(`^"step" cannot be compiled: (${call}|dataSync|print)\\(\\) at `),
    );
    expect(message).toMatch(HERE);
    expect(message).toContain('reads the value of a tensor');
  });

  it.each<[string, (x: tf.Tensor) => Promise<unknown>]>([
    ['data', (x) => x.data()],
    ['array', (x) => x.add(1).array()],
  ])('reads a value later: %s', (call, fn) => {
    const message = refusal((x) => {
      void fn(x);
      return x.add(2);
    });
    expect(message).toMatch(new RegExp(`${call}\\(\\) at .*refusals\\.test\\.ts`));
  });

  it('reads a value even where it catches the error', () => {
    expect(
      refusal((x) => {
        try {
          x.dataSync();
        } catch {}
        return x;
      }),
    ).toContain('dataSync()');
  });

  it('reads a variable', () => {
    const v = tf.variable(tf.scalar(2));
    expect(refusal((x) => x.mul(v.dataSync()[0] as number))).toContain('or on a variable');
    v.dispose();
  });

  it('is not refused for reading a constant', () => {
    const compiled = compile((x: tf.Tensor) => x.mul(tf.scalar(3).dataSync()[0] as number));
    for (let call = 0; call < 3; call++) expect(compiled(tf.scalar(2)).dataSync()[0]).toBe(6);
  });

  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['randomNormal', (x) => x.add(tf.randomNormal([3]))],
    ['randomUniform', (x) => x.add(tf.randomUniform([3]))],
    ['truncatedNormal', (x) => x.add(tf.truncatedNormal([3]))],
    ['dropout', (x) => tf.dropout(x, 0.5)],
    ['random', (x) => x.mul(Math.random())],
    ['multinomial', (x) => tf.multinomial(x as tf.Tensor1D, 2, 7)],
  ])('draws random numbers outside a RandomStream: %s', (_, fn) => {
    const message = refusal(fn);
    expect(message).toContain('RandomStream');
    expect(message).toMatch(HERE);
  });

  it('names the layer call whose dropout is random', () => {
    const layer = tf.layers.dropout({ rate: 0.5 });
    expect(refusal((x) => layer.apply(x, { training: true }))).toMatch(
      /draws random numbers in JavaScript/,
    );
  });

  it.each<[string, (x: tf.Tensor) => unknown]>([
    ['UniqueV2', (x) => tf.unique(x as tf.Tensor1D).values],
    [
      'NonMaxSuppressionV3',
      (x) =>
        tf.image.nonMaxSuppression(tf.stack([x, x, x, x], 1) as tf.Tensor2D, x as tf.Tensor1D, 2),
    ],
  ])('makes a shape from values: %s', (operation, fn) => {
    const message = refusal(fn);
    expect(message).toContain(`shape depends on values (${operation})`);
    expect(message).toMatch(HERE);
  });

  it('uses strings', () => {
    const message = refusal(() => tf.string.staticRegexReplace(tf.tensor1d(['a']), 'a', 'b'));
    expect(message).toMatch(/staticRegexReplace\(\) at .* uses a tensor that holds strings/);
    expect(message).toMatch(HERE);
  });

  it('writes a summary', () => {
    const folder = mkdtempSync(join(tmpdir(), 'refusals-'));
    const writer = tf.node.summaryFileWriter(folder);
    const message = refusal((x) => {
      writer.scalar('loss', x.sum() as tf.Scalar, 1);
      return x;
    });
    expect(message).toContain('has an effect outside TensorFlow (WriteScalarSummary)');
    expect(message).toMatch(HERE);
    rmSync(folder, { recursive: true });
  });

  it('runs a SavedModel', () => {
    // What TFSavedModel.predict calls.
    const backend = tf.backend() as unknown as {
      runSavedModel(session: number, inputs: tf.Tensor[], names: object[], outputs: string[]): void;
    };
    const message = refusal((x) => backend.runSavedModel(0, [x], [{ name: 'x:0' }], ['y:0']));
    expect(message).toContain('runs a SavedModel');
    expect(message).toMatch(HERE);
  });

  it('is asynchronous', () => {
    expect(refusal(async (x) => x)).toContain('returns a promise');
  });

  it('keeps a tensor in every call', () => {
    const kept: tf.Tensor[] = [];
    const compiled = compile((x: tf.Tensor) => {
      kept.push(tf.keep(x.square()));
      return x;
    });
    compiled(tf.scalar(1));
    expect(() => compiled(tf.scalar(1))).toThrow(
      /keeps a tensor \(tf\.keep\) made by square\(\) at .*refusals\.test\.ts/,
    );
    tf.dispose(kept);
  });

  it('creates a variable in every call', () => {
    const made: tf.Variable[] = [];
    const compiled = compile((x: tf.Tensor) => {
      const v = tf.variable(x, true, `new${made.length}`);
      made.push(v);
      return v.add(1);
    });
    compiled(tf.scalar(1));
    expect(() => compiled(tf.scalar(1))).toThrow(/creates a tf\.Variable in every call \(new1\)/);
    tf.dispose(made);
  });

  it('disposes of a variable', () => {
    const v = tf.variable(tf.scalar(1));
    const disposing = (x: tf.Tensor): tf.Tensor => {
      const y = x.add(v);
      v.dispose();
      return y;
    };
    // One less: the variable.
    expect(refusal(disposing, 1, -1)).toContain('disposes of the tf.Variable');
  });

  it('uses a tensor from outside that is disposed of, at once or later', () => {
    const captured = tf.scalar(2);
    const compiled = compile((x: tf.Tensor) => x.mul(captured), { name: 'step' });
    for (let call = 0; call < 3; call++) expect(compiled(tf.scalar(3)).dataSync()[0]).toBe(6);
    captured.dispose();
    expect(() => compiled(tf.scalar(3))).toThrow(
      /"step" uses a tensor from outside itself that has been disposed of; it was used by mul\(\) at .*refusals\.test\.ts/,
    );
  });

  it('computes with a JavaScript number that changes', () => {
    let count = 0;
    const message = refusal((x) => x.mul(tf.scalar(++count)), 2);
    expect(message).toMatch(/the numbers that scalar\(\) at .* changed from one call to the next/);
    expect(message).toMatch(HERE);
  });

  it('uses another tensor of its surroundings in the second call', () => {
    const tensors = [tf.scalar(1), tf.scalar(1)];
    let count = 0;
    expect(refusal((x) => x.add(tensors[count++] as tf.Tensor), 2)).toContain(
      'used another tensor or variable from outside itself',
    );
    tf.dispose(tensors);
  });

  it('takes another way in the second call', () => {
    let count = 0;
    expect(refusal((x) => (count++ ? x.square() : x.exp()), 2)).toContain(
      '(Square) than in the call before (Exp)',
    );
    expect(refusal((x) => tf.softmax(count++ % 2 ? x.add(1) : x), 2)).toContain(
      'than in the call before',
    );
  });
});

describe('what a refused or failing call did', () => {
  it('is undone in the variables', () => {
    const v = tf.variable(tf.scalar(1));
    refusal((x) => {
      v.assign(v.add(1));
      x.dataSync();
      return x;
    });
    expect(v.dataSync()[0]).toBe(1);
    v.dispose();
  });

  it('is reported with the tfjs call, while tracing and while running', () => {
    const gather = (table: tf.Tensor, at: tf.Tensor1D): tf.Tensor => tf.gather(table, at);
    const compiled = compile(gather, { name: 'look up', verify: false });
    const table = tf.tensor1d([1, 2, 3]);
    expect(compiled(table, tf.tensor1d([2], 'int32')).dataSync()[0]).toBe(3);
    expect(() => compiled(table, tf.tensor1d([9], 'int32'))).toThrow(GraphError);
    expect(() => compiled(table, tf.tensor1d([9], 'int32'))).toThrow(
      /TensorFlow failed in "look up": gather\(\) at .*refusals\.test\.ts:\d+:\d+ failed: .*9 is not in \[0, 3\)/,
    );
    const shapes = compile((x: tf.Tensor) => tf.image.resizeBilinear(x as tf.Tensor4D, [0, 0]));
    expect(() => shapes(tf.zeros([1, 2, 2, 1]))).toThrow(
      /TensorFlow refused ResizeBilinear, called by resizeBilinear\(\) at .*refusals\.test\.ts/,
    );
  });
});
