import { AdamW, type AdamWOptions, InvalidArgumentError, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

const random = (shape: number[], seed: number): tf.Tensor =>
  tf.randomNormal(shape, 0, 1, 'float32', seed);

/** The formula of the paper, one number at a time, in float64. */
function oracle(
  weight: number[],
  gradients: number[][],
  rates: number[],
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, weightDecay = 0.01 }: AdamWOptions,
): number[] {
  const w = [...weight];
  const m = w.map(() => 0);
  const v = w.map(() => 0);
  gradients.forEach((gradient, index) => {
    const t = index + 1;
    const rate = rates[index] as number;
    gradient.forEach((g, k) => {
      m[k] = beta1 * (m[k] as number) + (1 - beta1) * g;
      v[k] = beta2 * (v[k] as number) + (1 - beta2) * g * g;
      const mean = (m[k] as number) / (1 - beta1 ** t);
      const meanSquare = (v[k] as number) / (1 - beta2 ** t);
      const old = w[k] as number;
      w[k] = old - rate * (mean / (Math.sqrt(meanSquare) + epsilon) + weightDecay * old);
    });
  });
  return w;
}

describe('AdamW', () => {
  it.each<AdamWOptions>([
    {},
    { weightDecay: 0 },
    { weightDecay: 0.3, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 },
    { beta1: 0 },
  ])('takes the steps of the formula: %o', (options) => {
    const variable = tf.variable(random([4, 3], 1));
    const start = [...variable.dataSync()];
    const optimizer = new AdamW([variable], options);
    const gradients = Array.from({ length: 20 }, (_, t) => random([4, 3], 100 + t));
    const rates = gradients.map((_, t) => 0.05 / (t + 1));
    gradients.forEach((gradient, t) => {
      tf.tidy(() => {
        optimizer.applyGradients({ [variable.name]: gradient }, tf.scalar(rates[t] as number));
      });
    });
    const expected = oracle(
      start,
      gradients.map((gradient) => [...gradient.dataSync()]),
      rates,
      options,
    );
    [...variable.dataSync()].forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k] as number, 5);
    });
    tf.dispose([variable, ...gradients]);
    optimizer.dispose();
  });

  it('equals tf.train.adam where nothing decays', () => {
    const ours = [tf.variable(random([5, 2], 2)), tf.variable(random([2], 3))];
    const theirs = ours.map((variable) => tf.variable(variable.clone()));
    const optimizer = new AdamW(ours, { weightDecay: 0 });
    const adam = tf.train.adam(0.01);
    for (let t = 0; t < 25; t++) {
      tf.tidy(() => {
        const gradients = ours.map((variable, k) => random(variable.shape, 10 * t + k));
        const named = (variables: tf.Variable[]) =>
          variables.map(({ name }, k) => ({ name, tensor: gradients[k] as tf.Tensor }));
        const byName = named(ours).map(({ name, tensor }) => [name, tensor]);
        optimizer.applyGradients(Object.fromEntries(byName), tf.scalar(0.01));
        adam.applyGradients(named(theirs));
      });
    }
    ours.forEach((variable, k) => {
      const expected = (theirs[k] as tf.Variable).dataSync();
      variable.dataSync().forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i] as number, 5);
      });
    });
    tf.dispose([...ours, ...theirs]);
    optimizer.dispose();
    adam.dispose();
  });

  it('lets kernels decay, but neither biases nor batch norm, unless told otherwise', () => {
    const decayed = (options: AdamWOptions): boolean[] => {
      const variables = [tf.variable(tf.ones([2, 2])), tf.variable(tf.ones([2]))];
      const optimizer = new AdamW(variables, options);
      tf.tidy(() => {
        const zeros = variables.map((one) => [one.name, tf.zerosLike(one)]);
        optimizer.applyGradients(Object.fromEntries(zeros), tf.scalar(0.5));
      });
      const result = variables.map((one) => one.dataSync()[0] !== 1);
      tf.dispose(variables);
      optimizer.dispose();
      return result;
    };
    expect(decayed({ weightDecay: 0.1 })).toEqual([true, false]);
    expect(decayed({ weightDecay: 0.1, decays: () => true })).toEqual([true, true]);
    expect(decayed({ weightDecay: 0 })).toEqual([false, false]);
  });

  it('needs twelve operations for a weight, thirteen where it decays', async () => {
    const operations = async (count: number, rank: 1 | 2): Promise<number> => {
      const variables = Array.from({ length: count }, () =>
        tf.variable(tf.ones(rank === 1 ? [2] : [2, 2])),
      );
      const optimizer = new AdamW(variables);
      const gradients = variables.map((one) => [one.name, tf.ones(one.shape)] as const);
      const rate = tf.scalar(0.1);
      const { kernels } = await tf.profile(() => {
        optimizer.applyGradients(Object.fromEntries(gradients), rate);
        return rate;
      });
      tf.dispose([variables, gradients.map(([, gradient]) => gradient), rate]);
      optimizer.dispose();
      return kernels.length;
    };
    expect((await operations(3, 1)) - (await operations(2, 1))).toBe(12);
    expect((await operations(3, 2)) - (await operations(2, 2))).toBe(13);
  });

  it('keeps the number of tensors, and gives all of them back', () => {
    const before = tf.memory().numTensors;
    const variable = tf.tidy(() => tf.variable(tf.ones([2, 2])));
    const optimizer = new AdamW([variable]);
    expect(optimizer.weights).toHaveLength(3);
    const gradient = tf.ones([2, 2]);
    const rate = tf.scalar(0.1);
    const during = tf.memory().numTensors;
    for (let t = 0; t < 5; t++) optimizer.applyGradients({ [variable.name]: gradient }, rate);
    expect(tf.memory().numTensors).toBe(during);
    tf.dispose([gradient, rate, variable]);
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a missing gradient before it changes anything', () => {
    const variables = [tf.variable(tf.ones([1])), tf.variable(tf.ones([1]))] as const;
    const optimizer = new AdamW(variables);
    const gradient = tf.ones([1]);
    const rate = tf.scalar(1);
    expect(() => optimizer.applyGradients({ [variables[0].name]: gradient }, rate)).toThrow(
      new RegExp(
        `no gradient for "${variables[1].name}"; it got gradients for ${variables[0].name}`,
      ),
    );
    expect(variables[0].dataSync()[0]).toBe(1);
    tf.dispose([gradient, rate, ...variables]);
    optimizer.dispose();
  });

  it.each<[AdamWOptions, RegExp]>([
    [{ beta1: 1 }, /beta1 is 1/],
    [{ beta2: -0.1 }, /beta2 is -0.1/],
    [{ epsilon: 0 }, /epsilon is 0/],
    [{ epsilon: Number.POSITIVE_INFINITY }, /epsilon is Infinity; expected a finite number/],
    [{ weightDecay: Number.NaN }, /weightDecay is NaN/],
    [{ weightDecay: Number.POSITIVE_INFINITY }, /weightDecay is Infinity; expected a finite/],
  ])('refuses %o', (options, message) => {
    const variable = tf.variable(tf.ones([1]));
    expect(() => new AdamW([variable], options)).toThrow(message);
    expect(() => new AdamW([], options)).toThrow(InvalidArgumentError);
    variable.dispose();
  });

  it('stays a number at gradients whose square is not', () => {
    const variable = tf.variable(tf.tensor1d([1, 1]));
    const optimizer = new AdamW([variable], { weightDecay: 0 });
    const rate = tf.scalar(0.1);
    for (const large of [1, 1e25, 3e38, 1, 1]) {
      const gradient = tf.tensor1d([large, 1]);
      optimizer.applyGradients({ [variable.name]: gradient }, rate);
      gradient.dispose();
    }
    const [extreme, plain] = variable.dataSync() as unknown as [number, number];
    // The first step is a full one; from the square that is infinite on, the mean over its root is 0, in torch as well.
    expect(extreme).toBeCloseTo(0.9, 6);
    // Five steps of one sign are five full steps of Adam.
    expect(plain).toBeCloseTo(0.5, 4);
    tf.dispose([variable, rate]);
    optimizer.dispose();
  });
});
