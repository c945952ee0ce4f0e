import { AdamW, tf } from 'selfsup';
import { compile, findState, NotCompilableError, observeCall, StateError } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

function numbers(tensor: tf.Tensor): number[] {
  return Array.from(tensor.dataSync());
}

/** Two weights and a step that trains them; `apply` is given the gradients. */
function problem(optimize: (weights: tf.Variable[]) => (grads: tf.NamedTensorMap) => void) {
  const weights = [tf.variable(tf.tensor1d([1, -2, 3])), tf.variable(tf.tensor2d([[0.5], [2]]))];
  const apply = optimize(weights);
  const step = (x: tf.Tensor): tf.Scalar =>
    tf.tidy(() => {
      const [a, b] = weights as [tf.Variable, tf.Variable];
      const { value, grads } = tf.variableGrads(
        () => tf.add(a.mul(x).square().sum(), b.mul(a.sum()).square().sum()) as tf.Scalar,
        weights,
      );
      apply(grads);
      return value;
    });
  return { weights, step };
}

const ofTensorFlow = (make: () => tf.Optimizer) => () => {
  const optimizer = make();
  return (grads: tf.NamedTensorMap): void => optimizer.applyGradients(grads);
};

/** Optimizers, and how many scalars and moments of each weight they hold. */
const OPTIMIZERS: Record<string, [Parameters<typeof problem>[0], number, number]> = {
  sgd: [ofTensorFlow(() => tf.train.sgd(0.1)), 0, 0],
  momentum: [ofTensorFlow(() => tf.train.momentum(0.1, 0.9)), 0, 1],
  rmsprop: [ofTensorFlow(() => tf.train.rmsprop(0.1)), 0, 2],
  'centred rmsprop': [ofTensorFlow(() => tf.train.rmsprop(0.1, 0.9, 0, 1e-7, true)), 0, 3],
  adagrad: [ofTensorFlow(() => tf.train.adagrad(0.1)), 0, 1],
  adadelta: [ofTensorFlow(() => tf.train.adadelta(0.1)), 0, 2],
  adam: [ofTensorFlow(() => tf.train.adam(0.1)), 2, 2],
  adamax: [ofTensorFlow(() => tf.train.adamax(0.1)), 2, 2],
  'AdamW of selfsup': [
    (weights) => {
      const optimizer = new AdamW(weights);
      return (grads) => tf.tidy(() => optimizer.applyGradients(grads, tf.scalar(0.1)));
    },
    1,
    2,
  ],
};

/** Five losses of steps from the state as it is. */
function losses(step: (x: tf.Tensor) => tf.Scalar): number[] {
  return tf.tidy(() =>
    Array.from({ length: 5 }, (_, i) => numbers(step(tf.tensor1d([i, 1, 2])))[0] as number),
  );
}

describe('the state of a step', () => {
  it.each(Object.entries(OPTIMIZERS))('with %s: found, and the calls undone', (_, row) => {
    const [optimize, scalars, moments] = row;
    const expected = losses(problem(optimize).step);
    const { weights, step } = problem(optimize);
    const x = tf.tensor1d([1, 2, 3]);
    const state = findState(() => step(x));
    expect(state.slice(0, 2)).toEqual(weights);
    const shapes = state.slice(2).map(({ shape }) => shape.join());
    const ofMoments = shapes.filter((shape) => shape !== '');
    expect(shapes).toHaveLength(scalars + 2 * moments);
    expect(ofMoments.sort()).toEqual([...Array(moments).fill('2,1'), ...Array(moments).fill('3')]);
    // Created variables are as they were created: the run from here is the one of a fresh optimizer, to the last bit.
    expect(losses(step)).toEqual(expected);
    x.dispose();
  });

  it.each(Object.entries(OPTIMIZERS))('with %s: the same compiled', (_, [optimize]) => {
    const x = tf.tensor1d([1, 2, 3]);
    const eager = problem(optimize);
    const found = findState(() => eager.step(x));
    const other = problem(optimize);
    const compiled = compile(other.step);
    expect(compiled.state).toEqual([]);
    const ofCompiled = findState(() => compiled(x));
    expect(ofCompiled.map(({ shape }) => shape)).toEqual(found.map(({ shape }) => shape));
    // The graph exists after one more call, which is undone as well.
    const call = observeCall(() => compiled(x));
    expect(compiled.graphs).toHaveLength(1);
    expect(call.assigned).toEqual(ofCompiled);
    call.undo();
    call.dispose();
    expect(compiled.state).toEqual(ofCompiled);
    const expected = losses(problem(optimize).step);
    losses(compiled).forEach((loss, i) => {
      expect(loss).toBeCloseTo(expected[i] as number, 3);
    });
    // What runs as a graph is observed like what runs eagerly.
    const last = observeCall(() => compiled(x));
    expect(last.assigned).toEqual(ofCompiled);
    expect(last.created).toEqual([]);
    expect(last.read).toEqual(expect.arrayContaining([...other.weights]));
    last.dispose();
    compiled.dispose();
    expect(compiled.state).toEqual([]);
    x.dispose();
  });

  it('includes the moving averages of batch norm, and not a frozen layer', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [2] }),
        tf.layers.batchNormalization({}),
        tf.layers.dense({ units: 1 }),
      ],
    });
    const variables = model.weights.map((w) => (w as unknown as { val: tf.Variable }).val);
    const trained = variables.filter(({ name }) => /gamma|beta/.test(name));
    const averages = variables.filter(({ name }) => /moving/.test(name));
    const optimizer = tf.train.sgd(0.1);
    const step = (x: tf.Tensor): tf.Scalar => {
      const loss = () => (model.apply(x, { training: true }) as tf.Tensor).square().mean();
      const { value, grads } = tf.variableGrads(loss as () => tf.Scalar, trained);
      optimizer.applyGradients(grads);
      return value;
    };
    const x = tf.randomNormal([4, 2], 0, 1, 'float32', 1);
    const before = averages.map(numbers);
    expect(new Set(findState(() => step(x)))).toEqual(new Set([...trained, ...averages]));
    expect(averages.map(numbers)).toEqual(before);
    const call = observeCall(() => step(x));
    // A checkpoint may want what is only read, too: the run depends on it.
    expect(new Set(call.read)).toEqual(new Set(variables));
    call.dispose();
    tf.dispose([x, call.result]);
    model.dispose();
  });

  it('includes what nested compiled functions assign', () => {
    const count = tf.variable(tf.scalar(0));
    const total = tf.variable(tf.scalar(0));
    const unused = tf.variable(tf.scalar(0));
    const inner = compile((x: tf.Tensor) => {
      count.assign(count.add(1));
      return x.square();
    });
    const outer = compile((x: tf.Tensor) => {
      total.assign(total.add(inner(x)));
      return total.mul(1);
    });
    const x = tf.scalar(3);
    // Eager around a compiled one, and compiled around a compiled one, before and after there are graphs.
    for (let round = 0; round < 4; round++) {
      expect(findState(() => outer(x))).toEqual([count, total]);
      expect(findState(() => inner(x))).toEqual([count]);
    }
    expect(outer.state).toEqual([count, total]);
    expect(inner.state).toEqual([count]);
    expect([...numbers(count), ...numbers(total)]).toEqual([0, 0]);
    tf.dispose([count, total, unused, x]);
  });

  it('is in the order of creation, whatever the names', () => {
    const names = ['z', 'a', '7', '3', 'm'];
    const variables = names.map((name) => tf.variable(tf.scalar(1), true, `order-${name}`));
    // JavaScript lists keys that are whole numbers first.
    const numbered = tf.variable(tf.scalar(1), true, '123456');
    const all = [...variables, numbered];
    const state = findState(() => {
      for (const variable of [...all].reverse()) variable.assign(variable.add(1));
    });
    expect(state).toEqual(all);
    tf.dispose(all);
  });

  it('holds no variable that shares its value, or gets its own value back', () => {
    const shared = tf.tensor1d([1, 2]);
    const [a, b] = [tf.variable(shared), tf.variable(shared)];
    const compiled = compile((x: tf.Tensor1D) => {
      const old = a.clone();
      a.assign(x);
      a.assign(old);
      b.assign(b.add(x));
      return b.sum();
    });
    // Tracing gives both storage of their own, which changes no value.
    for (let call = 0; call < 4; call++) expect(findState(() => compiled(shared))).toEqual([b]);
    tf.dispose([a, b, shared]);
  });

  it('is refused where it lives in plain tensors', () => {
    let moment: tf.Tensor = tf.keep(tf.zeros([3]));
    const w = tf.variable(tf.tensor1d([1, 2, 3]));
    const step = (): void => {
      const old = moment;
      moment = tf.keep(tf.tidy(() => tf.add(old.mul(0.9), w)));
      old.dispose();
      w.assign(tf.sub(w, moment));
    };
    expect(() => findState(step)).toThrow(StateError);
    expect(() => findState(step)).toThrow(
      /The state of "step" cannot be found: in every call it keeps a tensor, made by add\(\) at .*observe-state\.test\.ts:\d+:\d+, that it does not return/,
    );
    expect(numbers(w)).toEqual([1, 2, 3]);
    const compiled = compile(step);
    expect(() => findState(() => compiled())).toThrow(NotCompilableError);
    expect(numbers(w)).toEqual([1, 2, 3]);
    tf.dispose([w, moment]);
  });

  it('is refused where a variable is remembered as a clone, which has the variable’s own storage', () => {
    const w = tf.variable(tf.scalar(1));
    const previous: tf.Tensor[] = [];
    const step = (x: tf.Tensor): tf.Tensor => {
      w.assign(w.add(x));
      previous.push(tf.keep(w.clone()));
      return w.mul(previous[0] as tf.Tensor);
    };
    const x = tf.scalar(1);
    expect(() => findState(() => step(x))).toThrow(/in every call it keeps a tensor/);
    const compiled = compile(step, { name: 'step' });
    compiled(x).dispose();
    expect(() => compiled(x)).toThrow(/"step" cannot be compiled: in every call it keeps a tensor/);
    const keeping = compile((y: tf.Tensor) => {
      previous.push(tf.keep(y));
      return y.add(1);
    });
    keeping(x).dispose();
    expect(() => keeping(x)).toThrow(/in every call it keeps a tensor/);
    tf.dispose([w, x, ...previous]);
  });

  it('is found where the first call keeps a table that the others use', () => {
    let table: tf.Tensor | undefined;
    const w = tf.variable(tf.scalar(1));
    const state = findState(() => {
      table ??= tf.keep(tf.range(0, 3));
      w.assign(w.mul(table.sum()));
    });
    expect(state).toEqual([w]);
    expect(numbers(w)).toEqual([1]);
    tf.dispose([w, table as tf.Tensor]);
  });

  it('is refused where every call creates a variable', () => {
    const made: tf.Variable[] = [];
    expect(() =>
      findState(function step() {
        made.push(tf.variable(tf.scalar(1), true, `every-call-${made.length}`));
      }),
    ).toThrow(/"step" cannot be found: it creates a tf\.Variable in every call \(every-call-1\)/);
    tf.dispose(made);
  });
});

describe('observeCall', () => {
  it('tells what a call creates, and undoes it later, again and again', () => {
    const { weights, step } = problem(ofTensorFlow(() => tf.train.adam(0.1)));
    const x = tf.tensor1d([1, 2, 3]);
    const call = observeCall(() => step(x));
    expect(call.created).toHaveLength(4);
    // The weights and the powers of the two betas.
    expect(call.assigned).toHaveLength(4);
    expect(call.assigned.slice(0, 2)).toEqual(weights);
    expect(call.keptTensors).toEqual([]);
    const after = weights.map(numbers);
    losses(step);
    for (let round = 0; round < 2; round++) {
      call.undo();
      expect(weights.map(numbers)).toEqual([
        [1, -2, 3],
        [0.5, 2],
      ]);
      for (const moment of call.created)
        expect(numbers(moment)).toEqual(numbers(tf.zerosLike(moment)));
      expect(call.assigned.slice(2).map((power) => numbers(power)[0])).toEqual([
        Math.fround(0.9),
        Math.fround(0.999),
      ]);
      step(x).dispose();
      expect(weights.map(numbers)).toEqual(after);
    }
    call.dispose();
    tf.dispose([x, call.result]);
  });

  it('undoes a call that throws, eager or compiled, in created variables too', () => {
    const w = tf.variable(tf.scalar(1));
    let made: tf.Variable | undefined;
    const step = (): tf.Tensor => {
      made ??= tf.variable(tf.scalar(5), true, 'made-then-failed');
      made.assign(made.add(w));
      w.assign(w.add(1));
      throw new Error('half-way');
    };
    for (const call of [() => observeCall(step), compile(step)]) {
      expect(call).toThrow('half-way');
      expect([...numbers(w), ...numbers(made as unknown as tf.Tensor)]).toEqual([1, 5]);
    }
    tf.dispose([w, made as unknown as tf.Tensor]);
  });

  it('gives the result to the caller and leaves no other tensor', () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const before = tf.memory().numTensors;
    const call = observeCall(() => {
      w.assign(w.add(1).mul(2));
      return { loss: w.sum(), more: [w.mul(2)], count: 3 };
    });
    expect(call.read).toEqual([w]);
    expect(call.result.count).toBe(3);
    expect(numbers(call.result.loss)).toEqual([10]);
    call.dispose();
    tf.dispose(call.result);
    expect(tf.memory().numTensors).toBe(before);
    w.dispose();
  });

  it('tells a value that is read in JavaScript from one that is only replaced', () => {
    const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
    const call = observeCall(() => {
      b.assign(tf.scalar(a.dataSync()[0] as number));
    });
    expect([call.read, call.assigned]).toEqual([[a], [b]]);
    call.dispose();
    tf.dispose([a, b]);
  });

  it('reports what it cannot observe', () => {
    const w = tf.variable(tf.scalar(1), true, 'to be disposed');
    expect(() => observeCall(() => w.dispose(), { name: 'step' })).toThrow(
      /The state of "step" cannot be found: it disposes of the tf\.Variable "to be disposed"/,
    );
    expect(() => observeCall(async () => 1)).toThrow(/it returns a promise\. Await outside it/);
    expect(() => findState(async () => 1)).toThrow(/it returns a promise/);
    const nested = compile((x: tf.Tensor) => observeCall(() => x.add(1)).result);
    expect(() => nested(tf.scalar(1))).toThrow(/observed inside a function that is being compiled/);
    expect(Object.hasOwn(tf.engine(), 'makeVariable')).toBe(false);
    expect(Object.hasOwn(tf.engine(), 'trackTensor')).toBe(false);
    expect(Object.hasOwn(tf.backend(), 'readSync')).toBe(false);
  });
});
