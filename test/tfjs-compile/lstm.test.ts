import { tf } from 'selfsup';
import {
  bidirectionalLstm,
  CompileArgumentError,
  compile,
  GraphError,
  type LstmResult,
  type LstmWeights,
  lstm,
} from 'tfjs-compile';
import { describe, expect, it } from 'vitest';
import { maxDifference } from './max-difference';

const random = (shape: number[], seed: number): tf.Tensor =>
  tf.randomNormal(shape, 0, 1, 'float32', seed);

function weightsOf(features: number, units: number, seed: number): LstmWeights {
  return {
    kernel: random([features, 4 * units], seed),
    recurrentKernel: random([units, 4 * units], seed + 1),
    bias: random([4 * units], seed + 2),
  };
}

const tensorsOf = ({ outputs, hidden, cell }: LstmResult): tf.Tensor[] => [outputs, hidden, cell];

/** The recurrence written down as the formula says, one example and one step after the other. */
function oracle(
  x: tf.Tensor3D,
  { kernel, recurrentKernel, bias }: LstmWeights,
  lengths: readonly number[],
  goBackwards: boolean,
): LstmResult {
  const [batch, time] = x.shape;
  const units = recurrentKernel.shape[0] as number;
  const zero = tf.zeros([1, units]);
  const examples = Array.from({ length: batch }, (_, n) => {
    let [hidden, cell] = [zero, zero] as [tf.Tensor, tf.Tensor];
    const outputs = Array<tf.Tensor>(time).fill(zero);
    const order = Array.from({ length: lengths[n] as number }, (__, t) => t);
    for (const t of goBackwards ? order.reverse() : order) {
      const input = x.slice([n, t, 0], [1, 1, -1]).reshape([1, -1]);
      const gates = input.matMul(kernel).add(hidden.matMul(recurrentKernel)).add(bias);
      const [i, f, g, o] = tf.split(gates, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      cell = f.sigmoid().mul(cell).add(i.sigmoid().mul(g.tanh()));
      hidden = o.sigmoid().mul(cell.tanh());
      outputs[t] = hidden;
    }
    return { outputs: tf.concat(outputs, 0), hidden, cell };
  });
  return {
    outputs: tf.stack(examples.map(({ outputs }) => outputs)) as tf.Tensor3D,
    hidden: tf.concat(examples.map(({ hidden }) => hidden)) as tf.Tensor2D,
    cell: tf.concat(examples.map(({ cell }) => cell)) as tf.Tensor2D,
  };
}

/** What `run` returns, and the gradients of a scalar of all of it. */
function withGradients(
  run: (x: tf.Tensor3D, weights: LstmWeights) => LstmResult,
  x: tf.Tensor3D,
  { kernel, recurrentKernel, bias }: LstmWeights,
): tf.Tensor[] {
  const f = (...given: tf.Tensor[]): LstmResult => {
    const [a, k, r, b] = given as [tf.Tensor3D, tf.Tensor, tf.Tensor, tf.Tensor];
    return run(a, { kernel: k, recurrentKernel: r, bias: b });
  };
  const inputs = [x, kernel, recurrentKernel, bias];
  const grads = tf.grads((...given: tf.Tensor[]) => {
    const { outputs, hidden, cell } = f(...given);
    const weighted = outputs.mul(random(outputs.shape, 99));
    return tf.addN([weighted.sum(), hidden.square().sum(), cell.mul(2).sum()]) as tf.Scalar;
  })(inputs);
  return [...tensorsOf(f(...inputs)), ...grads];
}

describe('lstm', () => {
  it.each([false, true])('equals tf.layers.lstm, goBackwards %s', (goBackwards) => {
    tf.tidy(() => {
      const layer = tf.layers.lstm({
        units: 3,
        recurrentActivation: 'sigmoid',
        returnSequences: true,
        returnState: true,
        goBackwards,
      });
      const x = random([2, 4, 5], 1) as tf.Tensor3D;
      layer.apply(x);
      const weights = layer.weights.map((w) => (w as unknown as { val: tf.Variable }).val);
      const [kernel, recurrentKernel, bias] = weights as [tf.Variable, tf.Variable, tf.Variable];
      const ofLayer = (): tf.Tensor[] => {
        const [outputs, hidden, cell] = layer.apply(x) as [tf.Tensor, tf.Tensor, tf.Tensor];
        return [goBackwards ? tf.reverse(outputs, 1) : outputs, hidden, cell];
      };
      const ofFunction = (): tf.Tensor[] =>
        tensorsOf(lstm(x, { kernel, recurrentKernel, bias }, { goBackwards }));
      const results = (run: () => tf.Tensor[]): tf.Tensor[] => {
        const f = (): tf.Scalar => {
          const [outputs, hidden, cell] = run() as [tf.Tensor, tf.Tensor, tf.Tensor];
          return tf.addN([outputs.square().sum(), hidden.sum(), cell.mul(2).sum()]) as tf.Scalar;
        };
        const { value, grads } = tf.variableGrads(f, weights);
        return [...run(), value, ...weights.map((w) => grads[w.name] as tf.Tensor)];
      };
      expect(maxDifference(results(ofFunction), results(ofLayer))).toBeLessThan(1e-5);
      layer.dispose();
    });
  });

  it.each([false, true])(
    'with lengths, reads each sequence as if it were alone, goBackwards %s',
    (goBackwards) => {
      tf.tidy(() => {
        const x = random([5, 4, 3], 1) as tf.Tensor3D;
        const weights = weightsOf(3, 2, 10);
        const lengths = [4, 1, 0, 3, 2];
        const given = tf.tensor1d(lengths, 'int32');
        const own = withGradients(
          (a, w) => lstm(a, w, { goBackwards, lengths: given }),
          x,
          weights,
        );
        const expected = withGradients((a, w) => oracle(a, w, lengths, goBackwards), x, weights);
        expect(maxDifference(own, expected)).toBeLessThan(1e-5);
      });
    },
  );

  it('does not let padding reach anything, however large', () => {
    tf.tidy(() => {
      const weights = weightsOf(3, 2, 20);
      const lengths = tf.tensor1d([2, 3], 'int32');
      const clean = random([2, 4, 3], 2) as tf.Tensor3D;
      const isReal = tf.less(
        tf.range(0, 4, 1, 'int32').reshape([1, 4, 1]),
        lengths.reshape([2, 1, 1]),
      );
      const dirty = tf.where(isReal, clean, tf.fill(clean.shape, 1e30)) as tf.Tensor3D;
      for (const goBackwards of [false, true]) {
        const run = (x: tf.Tensor3D): tf.Tensor[] => [
          ...tensorsOf(lstm(x, weights, { goBackwards, lengths })),
        ];
        expect(maxDifference(run(dirty), run(clean))).toBe(0);
      }
    });
  });

  it.each([false, true])(
    'lets not even NaN in padding reach results or gradients, goBackwards %s',
    (goBackwards) => {
      tf.tidy(() => {
        const weights = weightsOf(3, 2, 20);
        const lengths = [2, 0, 4];
        const given = tf.tensor1d(lengths, 'int32');
        const clean = random([3, 4, 3], 2) as tf.Tensor3D;
        const isReal = tf.less(
          tf.range(0, 4, 1, 'int32').reshape([1, 4, 1]),
          given.reshape([3, 1, 1]),
        );
        const expected = withGradients(
          (a, w) => oracle(a, w, lengths, goBackwards),
          clean,
          weights,
        );
        for (const what of [Number.NaN, Number.POSITIVE_INFINITY]) {
          const dirty = tf.where(isReal, clean, tf.fill(clean.shape, what)) as tf.Tensor3D;
          const step = (x: tf.Tensor3D, l: tf.Tensor1D): tf.Tensor[] =>
            withGradients((a, w) => lstm(a, w, { goBackwards, lengths: l }), x, weights);
          expect(maxDifference(step(dirty, given), expected)).toBeLessThan(1e-5);
          const compiled = compile(step, { verify: false });
          compiled(dirty, given);
          expect(maxDifference(compiled(dirty, given), expected)).toBeLessThan(1e-5);
          compiled.dispose();
        }
      });
    },
  );

  it.each([
    ['lstm', 5, false],
    ['lstm', -1, false],
    ['lstm', 5, true],
    ['lstm', -1, true],
    ['bidirectionalLstm', 5, false],
  ])('%s refuses the length %d of 4 steps, goBackwards %s', (name, length, goBackwards) => {
    tf.tidy(() => {
      const weights = weightsOf(3, 2, 50);
      const x = random([2, 4, 3], 1) as tf.Tensor3D;
      const run = (a: tf.Tensor3D, lengths: tf.Tensor1D): tf.Tensor =>
        name === 'lstm'
          ? lstm(a, weights, { lengths, goBackwards }).hidden
          : bidirectionalLstm(a, { forwards: weights, backwards: weights }, { lengths }).hidden;
      const bad = tf.tensor1d([2, length], 'int32');
      expect(() => run(x, bad)).toThrow(CompileArgumentError);
      expect(() => run(x, bad)).toThrow(
        `lstm was given the length ${length} for sequence 1; expected 0 to 4`,
      );
      const compiled = compile(run, { name: 'read', verify: false });
      expect(() => compiled(x, bad)).toThrow(GraphError);
      compiled(x, tf.tensor1d([0, 4], 'int32'));
      expect(() => compiled(x, bad)).toThrow(
        new RegExp(
          `"read": (lstm|bidirectionalLstm)\\(\\) at .*lstm\\.test\\.ts.*${length} is not in \\[0, 5\\)`,
        ),
      );
      compiled.dispose();
    });
  });

  it('gives the whole sequences their plain result', () => {
    tf.tidy(() => {
      const x = random([2, 3, 4], 3) as tf.Tensor3D;
      const weights = weightsOf(4, 2, 30);
      const lengths = tf.tensor1d([3, 3], 'int32');
      for (const goBackwards of [false, true]) {
        const plain = tensorsOf(lstm(x, weights, { goBackwards }));
        expect(maxDifference(tensorsOf(lstm(x, weights, { goBackwards, lengths })), plain)).toBe(0);
      }
    });
  });

  it('keeps no tensors, with gradients or without', () => {
    const x = random([2, 3, 4], 4) as tf.Tensor3D;
    const weights = weightsOf(4, 2, 40);
    const lengths = tf.tensor1d([3, 1], 'int32');
    const before = tf.memory().numTensors;
    const { outputs, hidden, cell } = lstm(x, weights, { lengths });
    expect(tf.memory().numTensors).toBe(before + 3);
    tf.dispose([outputs, hidden, cell]);
    tf.dispose(
      tf.tidy(() =>
        withGradients((a, w) => lstm(a, w, { lengths, goBackwards: true }), x, weights),
      ),
    );
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, lengths, ...Object.values(weights)]);
  });

  it('reports weights and lengths that do not fit', () => {
    tf.tidy(() => {
      const x = tf.ones([1, 2, 3]) as tf.Tensor3D;
      expect(() =>
        lstm(x, {
          kernel: tf.ones([3, 8]),
          recurrentKernel: tf.ones([2, 8]),
          bias: tf.ones([4]),
        }),
      ).toThrow(/bias \[4\]; expected \[N, T, D\]/);
      const weights = weightsOf(3, 2, 50);
      expect(() => lstm(x, weights, { lengths: tf.tensor1d([2]) })).toThrow(
        /float32 lengths \[1\]; expected one int32 length for each of the 1 sequences/,
      );
      expect(() => lstm(x, weights, { lengths: tf.tensor1d([2, 2], 'int32') })).toThrow(
        /int32 lengths \[2\]/,
      );
    });
  });
});

describe('bidirectionalLstm', () => {
  it.each([undefined, [3, 1, 4]])('is one lstm in each direction, lengths %s', (lengths) => {
    tf.tidy(() => {
      const x = random([3, 4, 3], 5) as tf.Tensor3D;
      const forwards = weightsOf(3, 2, 60);
      const backwards = weightsOf(3, 2, 70);
      const given = lengths ? { lengths: tf.tensor1d(lengths, 'int32') } : {};
      const both = tensorsOf(bidirectionalLstm(x, { forwards, backwards }, given));
      const one = tensorsOf(lstm(x, forwards, given));
      const other = tensorsOf(lstm(x, backwards, { ...given, goBackwards: true }));
      const expected = one.map((t, i) => tf.concat([t, other[i] as tf.Tensor], -1));
      expect(maxDifference(both, expected)).toBeLessThan(1e-6);
    });
  });

  it('trains the same compiled as eagerly', () => {
    tf.tidy(() => {
      const x = random([3, 4, 3], 6) as tf.Tensor3D;
      const lengths = tf.tensor1d([4, 2, 0], 'int32');
      const weights = { forwards: weightsOf(3, 2, 80), backwards: weightsOf(3, 2, 90) };
      const step = (a: tf.Tensor3D, l: tf.Tensor1D): tf.Tensor[] =>
        withGradients(
          (b, forwards) => bidirectionalLstm(b, { ...weights, forwards }, { lengths: l }),
          a,
          weights.forwards,
        );
      const compiled = compile(step, { verify: false });
      const eager = step(x, lengths);
      compiled(x, lengths);
      expect(maxDifference(compiled(x, lengths), eager)).toBeLessThan(1e-5);
      compiled.dispose();
    });
  });

  it('names itself where weights do not fit', () => {
    tf.tidy(() => {
      expect(() =>
        bidirectionalLstm(tf.ones([1, 2, 3]), {
          forwards: weightsOf(3, 2, 1),
          backwards: weightsOf(4, 2, 1),
        }),
      ).toThrow(/bidirectionalLstm was given x \[1,2,3\], kernel \[4,8\]/);
    });
  });
});
