import { tf } from 'selfsup';
import { compile, findState, sparseSoftmaxCrossEntropy, useNativeGradients } from 'tfjs-compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maxDifference } from './max-difference';

// Programs as people write them. Compiled and eager steps start from equal state, so that the bound is one of rounding.

let undo: (() => void) | undefined;
beforeAll(() => {
  undo = useNativeGradients();
});
afterAll(() => undo?.());

type Inputs = Record<string, tf.Tensor>;
interface Program {
  /** Makes the program anew, from the same initial values each time. */
  make(): { step(inputs: Inputs): tf.Tensor[]; dispose(): void };
  inputs(step: number): Inputs;
  /** How many variables a step assigns. */
  readonly state: number;
}

const seeded = (shape: number[], seed: number): tf.Tensor =>
  tf.randomNormal(shape, 0, 0.5, 'float32', seed);
const weight = (shape: number[], seed: number): tf.Variable =>
  tf.tidy(() => tf.variable(seeded(shape, seed)));
const init = (seed: number) => tf.initializers.glorotUniform({ seed });
const variablesOf = (model: tf.LayersModel): tf.Variable[] =>
  model.trainableWeights.map((w) => (w as unknown as { val: tf.Variable }).val);

/** A step of a model with an optimizer; `change` may change the gradients. */
function training(
  model: tf.LayersModel,
  optimizer: tf.Optimizer,
  change: (grads: tf.NamedTensorMap) => tf.NamedTensorMap = (grads) => grads,
) {
  return {
    step: ({ x, y }: Inputs): tf.Tensor[] => {
      const { value, grads } = tf.variableGrads(
        () =>
          tf.losses.meanSquaredError(
            y as tf.Tensor,
            model.apply(x as tf.Tensor, { training: true }) as tf.Tensor,
          ) as tf.Scalar,
        variablesOf(model),
      );
      optimizer.applyGradients(change(grads));
      return [value];
    },
    dispose: () => {
      model.dispose();
      optimizer.dispose();
    },
  };
}

/** Scales gradients together so that their norm is at most `limit` (Pascanu et al., 2013, arXiv:1211.5063). */
function clipped(grads: tf.NamedTensorMap, limit: number): tf.NamedTensorMap {
  const squares = Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)));
  const factor = tf.minimum(1, tf.div(limit, tf.sqrt(tf.addN(squares))));
  return Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, tf.mul(g, factor)]));
}

const residualBlock: Program = {
  make: () => {
    const input = tf.input({ shape: [6, 6, 4] });
    const conv = (seed: number) =>
      tf.layers.conv2d({
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        useBias: false,
        kernelInitializer: init(seed),
      });
    let y = conv(1).apply(input);
    y = tf.layers.batchNormalization({ momentum: 0.9 }).apply(y);
    y = tf.layers.reLU().apply(y);
    y = tf.layers.batchNormalization({ momentum: 0.9 }).apply(conv(2).apply(y));
    y = tf.layers.reLU().apply(tf.layers.add().apply([input, y as tf.SymbolicTensor]));
    y = tf.layers
      .dense({ units: 2, kernelInitializer: init(3) })
      .apply(tf.layers.globalAveragePooling2d({}).apply(y));
    const model = tf.model({ inputs: input, outputs: y as tf.SymbolicTensor });
    return training(model, tf.train.momentum(0.05, 0.9), (grads) => clipped(grads, 0.1));
  },
  inputs: (step) => ({ x: seeded([4, 6, 6, 4], step), y: seeded([4, 2], step + 50) }),
  // 2 kernels, 4 scales and offsets, kernel and bias, each with a velocity; 4 moving averages.
  state: 2 * 8 + 4,
};

const depthwise: Program = {
  make: () => {
    const model = tf.sequential({
      layers: [
        tf.layers.depthwiseConv2d({
          inputShape: [8, 8, 3],
          kernelSize: 3,
          depthMultiplier: 2,
          padding: 'same',
          depthwiseInitializer: init(1),
        }),
        tf.layers.separableConv2d({
          filters: 4,
          kernelSize: 3,
          strides: 2,
          activation: 'elu',
          depthwiseInitializer: init(2),
          pointwiseInitializer: init(3),
        }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2, kernelInitializer: init(4) }),
      ],
    });
    return training(model, tf.train.rmsprop(0.01));
  },
  inputs: (step) => ({ x: seeded([2, 8, 8, 3], step), y: seeded([2, 2], step + 50) }),
  // 2 + 3 + 2 weights, each with mean square and velocity.
  state: 3 * 7,
};

const transformerBlock: Program = {
  make: () => {
    const [vocabulary, width, heads, length] = [7, 8, 2, 5];
    const names = {
      table: [vocabulary, width],
      position: [length, width],
      q: [width, width],
      k: [width, width],
      v: [width, width],
      o: [width, width],
      up: [width, 16],
      down: [16, width],
    };
    const w = Object.fromEntries(
      Object.entries(names).map(([name, shape], i) => [name, weight(shape, i + 1)]),
    ) as Record<keyof typeof names, tf.Variable>;
    const optimizer: tf.Optimizer = tf.train.adam(0.01);
    const normalized = (x: tf.Tensor): tf.Tensor => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5)));
    };
    const dense = (x: tf.Tensor, kernel: tf.Variable): tf.Tensor =>
      tf.reshape(tf.matMul(tf.reshape(x, [-1, x.shape[2] as number]), kernel as tf.Tensor2D), [
        x.shape[0] as number,
        length,
        kernel.shape[1] as number,
      ]);
    const split = (x: tf.Tensor): tf.Tensor =>
      tf.transpose(tf.reshape(x, [-1, length, heads, width / heads]), [0, 2, 1, 3]);
    const gelu = (x: tf.Tensor): tf.Tensor =>
      tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1));
    return {
      step: ({ tokens }) => {
        const { value, grads } = tf.variableGrads(() => {
          const x = tf.add(tf.gather(w.table, tokens as tf.Tensor2D), w.position);
          const h = normalized(x);
          const scores = tf.matMul(split(dense(h, w.q)), split(dense(h, w.k)), false, true);
          const attended = tf.matMul(tf.softmax(tf.div(scores, 2)), split(dense(h, w.v)));
          const joined = tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), [-1, length, width]);
          const y = tf.add(x, dense(joined, w.o));
          const z = tf.add(y, dense(gelu(dense(normalized(y), w.up)), w.down));
          const logits = tf.matMul(
            tf.reshape(z, [-1, width]) as tf.Tensor2D,
            w.table as tf.Tensor2D,
            false,
            true,
          );
          const target = tf.reshape(tf.reverse(tokens as tf.Tensor2D, 1), [-1]) as tf.Tensor1D;
          return tf.mean(sparseSoftmaxCrossEntropy(target, logits as tf.Tensor2D)) as tf.Scalar;
        }, Object.values(w));
        optimizer.applyGradients(grads);
        return [value];
      },
      dispose: () => {
        tf.dispose(w);
        optimizer.dispose();
      },
    };
  },
  inputs: (step) => ({ tokens: tf.randomUniform([3, 5], 0, 7, 'int32', step + 1) }),
  state: 3 * 8 + 2,
};

/** Two optimizers, and a penalty on the critic's gradient (Gulrajani et al., 2017, arXiv:1704.00028). */
const adversarial: Program = {
  make: () => {
    const g = [weight([2, 8], 1), weight([8, 3], 2)] as const;
    const d = [weight([3, 8], 3), weight([8, 1], 4)] as const;
    const generate = (z: tf.Tensor): tf.Tensor2D =>
      tf.matMul(tf.tanh(tf.matMul(z as tf.Tensor2D, g[0] as tf.Tensor2D)), g[1] as tf.Tensor2D);
    const judge = (x: tf.Tensor): tf.Tensor =>
      tf.matMul(tf.tanh(tf.matMul(x as tf.Tensor2D, d[0] as tf.Tensor2D)), d[1] as tf.Tensor2D);
    const [ofG, ofD]: [tf.Optimizer, tf.Optimizer] = [
      tf.train.adam(0.01, 0.5),
      tf.train.adam(0.02, 0.5),
    ];
    return {
      step: ({ real, z }) => {
        const critic = tf.variableGrads(() => {
          const fake = generate(z as tf.Tensor);
          const slope = tf.grad((x: tf.Tensor) => tf.sum(judge(x)))(
            tf.div(tf.add(real as tf.Tensor, fake), 2),
          );
          const length = tf.sqrt(tf.add(tf.sum(tf.square(slope), 1), 1e-6));
          const penalty = tf.mean(tf.square(tf.sub(length, 1)));
          return tf.add(
            tf.sub(tf.mean(judge(fake)), tf.mean(judge(real as tf.Tensor))),
            tf.mul(penalty, 10),
          ) as tf.Scalar;
        }, [...d]);
        ofD.applyGradients(critic.grads);
        const generator = tf.variableGrads(
          () => tf.neg(tf.mean(judge(generate(z as tf.Tensor)))) as tf.Scalar,
          [...g],
        );
        ofG.applyGradients(generator.grads);
        return [critic.value, generator.value];
      },
      dispose: () => {
        tf.dispose([...g, ...d]);
        ofG.dispose();
        ofD.dispose();
      },
    };
  },
  inputs: (step) => ({ real: seeded([4, 3], step + 20), z: seeded([4, 2], step + 70) }),
  state: 2 * (3 * 2 + 2),
};

/** Weights, and their moving average that is used for evaluation. */
const averaged: Program = {
  make: () => {
    const w = weight([3, 2], 1);
    const average = tf.tidy(() => tf.variable(w, false));
    const optimizer: tf.Optimizer = tf.train.adagrad(0.1);
    return {
      step: ({ x, y }) => {
        const error = (of: tf.Tensor): tf.Scalar =>
          tf.mean(
            tf.square(tf.sub(tf.matMul(x as tf.Tensor2D, of as tf.Tensor2D), y as tf.Tensor)),
          ) as tf.Scalar;
        const { value, grads } = tf.variableGrads(() => error(w), [w]);
        optimizer.applyGradients(grads);
        average.assign(tf.add(tf.mul(average, 0.9), tf.mul(w, 0.1)));
        return [value, error(average)];
      },
      dispose: () => {
        tf.dispose([w, average]);
        optimizer.dispose();
      },
    };
  },
  inputs: (step) => ({ x: seeded([4, 3], step), y: seeded([4, 2], step + 50) }),
  state: 3,
};

/** A filter learnt in the frequency domain. */
const spectral: Program = {
  make: () => {
    const parts = [weight([1, 9], 1), weight([1, 9], 2)] as const;
    const optimizer: tf.Optimizer = tf.train.adamax(0.05);
    return {
      step: ({ x, y }) => {
        const { value, grads } = tf.variableGrads(() => {
          const [ofX, ofY] = [tf.spectral.rfft(x as tf.Tensor), tf.spectral.rfft(y as tf.Tensor)];
          const [re, im] = [tf.real(ofX), tf.imag(ofX)];
          // By Parseval's theorem the error of the spectra is that of the signals.
          return tf.add(
            tf.mean(
              tf.square(tf.sub(tf.sub(tf.mul(re, parts[0]), tf.mul(im, parts[1])), tf.real(ofY))),
            ),
            tf.mean(
              tf.square(tf.sub(tf.add(tf.mul(re, parts[1]), tf.mul(im, parts[0])), tf.imag(ofY))),
            ),
          ) as tf.Scalar;
        }, [...parts]);
        optimizer.applyGradients(grads);
        return [value];
      },
      dispose: () => {
        tf.dispose([...parts]);
        optimizer.dispose();
      },
    };
  },
  inputs: (step) => ({ x: seeded([3, 16], step), y: seeded([3, 16], step + 50) }),
  // Of the two counters of tf.train.adamax, one is β₁ᵗ and one the iteration.
  state: 3 * 2 + 2,
};

describe('a compiled step is the eager one', () => {
  it.each(
    Object.entries({ residualBlock, depthwise, transformerBlock, adversarial, averaged, spectral }),
  )('of %s', (_, { make, inputs, state }) => {
    const [eager, other] = [make(), make()];
    const stateOf = ({ step }: typeof eager): tf.Variable[] =>
      tf.tidy(() => {
        const given = inputs(0);
        return findState(() => step(given), { name: 'step' });
      });
    const [a, b] = [stateOf(eager), stateOf(other)];
    expect(a).toHaveLength(state);
    const start = a.map((variable) => variable.clone());
    const compiled = compile(other.step, { name: 'step' });
    for (let step = 0; step < 4; step++) {
      b.forEach((variable, i) => {
        variable.assign(a[i] as tf.Variable);
      });
      tf.tidy(() => {
        const given = inputs(step);
        expect(maxDifference(compiled(given), eager.step(given))).toBeLessThan(1e-5);
        expect(maxDifference(a, b)).toBeLessThan(1e-4);
      });
    }
    expect(compiled.graphs).toHaveLength(1);
    expect(compiled.state).toEqual(b);
    expect(maxDifference(start, a)).toBeGreaterThan(1e-2);
    compiled.dispose();
    tf.dispose(start);
    eager.dispose();
    other.dispose();
  });
});
