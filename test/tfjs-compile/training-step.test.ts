import { tf } from 'selfsup';
import {
  type Compiled,
  compile,
  findState,
  lstm,
  RandomStream,
  useNativeGradients,
} from 'tfjs-compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** AdamW with its state in variables and its learning rate a tensor (Loshchilov and Hutter, arXiv:1711.05101). */
class AdamW {
  private readonly moments: [tf.Variable, tf.Variable][];
  private readonly count = tf.variable(tf.scalar(0), false);

  constructor(private readonly variables: tf.Variable[]) {
    this.moments = variables.map((v) => [
      tf.variable(tf.zerosLike(v), false),
      tf.variable(tf.zerosLike(v), false),
    ]);
  }

  apply(grads: tf.NamedTensorMap, learningRate: tf.Scalar): void {
    tf.tidy(() => {
      this.count.assign(this.count.add(1));
      const correction1 = tf.sub(1, tf.pow(0.9, this.count));
      const correction2 = tf.sub(1, tf.pow(0.999, this.count));
      this.variables.forEach((v, i) => {
        const [m1, m2] = this.moments[i] as [tf.Variable, tf.Variable];
        const g = grads[v.name] as tf.Tensor;
        m1.assign(m1.mul(0.9).add(g.mul(0.1)));
        m2.assign(m2.mul(0.999).add(g.square().mul(0.001)));
        const update = m1.div(correction1).div(m2.div(correction2).sqrt().add(1e-4));
        v.assign(v.sub(update.add(v.mul(0.01)).mul(learningRate)));
      });
    });
  }

  dispose(): void {
    tf.dispose([this.count, ...this.moments.flat()]);
  }
}

type Inputs = { images: tf.Tensor; seed: tf.Tensor1D; learningRate: tf.Scalar };
interface Step {
  step(inputs: Inputs): { loss: tf.Scalar };
  weights(): tf.Tensor[];
  setWeights(weights: tf.Tensor[]): void;
  dispose(): void;
}

function ntXent(z: tf.Tensor2D): tf.Scalar {
  const n = z.shape[0];
  const unit = z.div(z.square().sum(1, true).add(1e-9).sqrt()) as tf.Tensor2D;
  const similarity = tf.matMul(unit, unit, false, true).div(0.5).sub(tf.eye(n).mul(1e9));
  const swapped = tf.concat([unit.slice([n / 2, 0]), unit.slice([0, 0], [n / 2, -1])]);
  const positive = unit.mul(swapped).sum(1).div(0.5);
  return similarity.logSumExp(1).sub(positive).mean() as tf.Scalar;
}

/** Noise in the graph, a convolution, batch norm, a head, NT-Xent, AdamW. */
function simclr(): Step {
  const init = (seed: number) => tf.initializers.glorotUniform({ seed });
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [8, 8, 3],
        filters: 8,
        kernelSize: 3,
        padding: 'same',
        useBias: false,
        kernelInitializer: init(1),
      }),
      tf.layers.batchNormalization({ momentum: 0.9 }),
      tf.layers.activation({ activation: 'relu' }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({
        filters: 16,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        kernelInitializer: init(2),
      }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 8, kernelInitializer: init(3) }),
    ],
  });
  const variables = model.trainableWeights.map((w) => (w as unknown as { val: tf.Variable }).val);
  const optimizer = new AdamW(variables);
  return {
    step: ({ images, seed, learningRate }) =>
      tf.tidy(() => {
        const random = new RandomStream(seed);
        const view = (): tf.Tensor => images.add(random.normal(images.shape, 0, 0.3));
        const views = tf.concat([view(), view()]);
        const { value, grads } = tf.variableGrads(
          () => ntXent(model.apply(views, { training: true }) as tf.Tensor2D),
          variables,
        );
        optimizer.apply(grads, learningRate);
        return { loss: value };
      }),
    weights: () => model.getWeights(),
    setWeights: (weights) => model.setWeights(weights),
    dispose: () => {
      optimizer.dispose();
      model.dispose();
    },
  };
}

/** A bidirectional LSTM from `tf.layers` in one direction and from this package in the other. */
function recurrent(): Step {
  const layer = tf.layers.lstm({
    units: 6,
    recurrentActivation: 'sigmoid',
    returnSequences: true,
    kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
    recurrentInitializer: tf.initializers.glorotUniform({ seed: 2 }),
  });
  layer.apply(tf.zeros([1, 5, 4]));
  const variables = layer.weights.map((w) => (w as unknown as { val: tf.Variable }).val);
  const [kernel, recurrentKernel, bias] = variables as [tf.Variable, tf.Variable, tf.Variable];
  const optimizer = new AdamW(variables);
  return {
    step: ({ images, seed, learningRate }) =>
      tf.tidy(() => {
        const x = images as tf.Tensor3D;
        const target = new RandomStream(seed).normal([x.shape[0], 5, 12]);
        const { value, grads } = tf.variableGrads(() => {
          const forwards = layer.apply(x, { training: true }) as tf.Tensor3D;
          const back = lstm(x, { kernel, recurrentKernel, bias }, { goBackwards: true }).outputs;
          return tf.concat([forwards, back], 2).sub(target).square().mean() as tf.Scalar;
        }, variables);
        optimizer.apply(grads, learningRate);
        return { loss: value };
      }),
    weights: () => layer.getWeights(),
    setWeights: (weights) => layer.setWeights(weights),
    dispose: () => {
      optimizer.dispose();
      layer.dispose();
    },
  };
}

function maxDifference(a: tf.Tensor[], b: tf.Tensor[]): number {
  return tf.tidy(() =>
    Math.max(
      ...a.map(
        (tensor, i) =>
          tensor
            .sub(b[i] as tf.Tensor)
            .abs()
            .max()
            .dataSync()[0] as number,
      ),
    ),
  );
}

const DATA: Record<string, [() => Step, number[]]> = {
  'convolutions, batch norm and NT-Xent': [simclr, [12, 8, 8, 3]],
  'an LSTM': [recurrent, [6, 5, 4]],
};

describe.each([
  ["tfjs's gradients", false],
  ['native gradients', true],
])('a training step with %s', (_, native) => {
  let undo: (() => void) | undefined;
  beforeAll(() => {
    undo = useNativeGradients();
    if (!native) undo();
  });
  afterAll(() => {
    if (native) undo?.();
  });

  const inputsOf = (shape: number[], step: number): Inputs => ({
    images: tf.randomUniform(shape, 0, 1, 'float32', step + 1),
    seed: tf.tensor1d([7, step], 'int32'),
    learningRate: tf.scalar(0.002 / (1 + step)),
  });

  /** The state of two steps of one making, variable by variable. */
  const statesOf = (a: Step, b: Step, shape: number[]): [tf.Variable[], tf.Variable[]] => {
    const stateOf = (one: Step): tf.Variable[] =>
      findState(() => one.step(inputsOf(shape, 0)), { name: 'step' });
    return [stateOf(a), stateOf(b)];
  };

  const copy = (from: tf.Variable[], to: tf.Variable[]): void => {
    to.forEach((variable, i) => {
      variable.assign(from[i] as tf.Variable);
    });
  };

  // What two kernels round differently decides, some steps later, on which side of 0 a relu falls. So each step starts from equal
  // state, and the bounds are those of rounding in one step.
  it.each(Object.entries(DATA))(
    'of %s: compiled steps equal eager ones from equal state',
    (_name, [make, shape]) => {
      const [eager, other] = [make(), make()];
      const [state, otherState] = statesOf(eager, other, shape);
      expect(otherState.map((v) => v.shape)).toEqual(state.map((v) => v.shape));
      const compiled: Compiled<[Inputs], { loss: tf.Scalar }> = compile(other.step, {
        name: 'step',
      });
      const start = state.map((v) => v.clone());
      const before = tf.memory().numTensors;
      for (let step = 0; step < 8; step++) {
        copy(state, otherState);
        tf.tidy(() => {
          const inputs = inputsOf(shape, step);
          const [a, b] = [eager.step(inputs).loss, compiled(inputs).loss];
          expect(maxDifference([a], [b])).toBeLessThan(1e-5);
          // Moving averages, moments and counts are part of the state.
          expect(maxDifference(state, otherState)).toBeLessThan(1e-5);
        });
        expect(tf.memory().numTensors).toBe(before);
        // Weights set from outside reach the graph.
        if (step === 4) tf.tidy(() => eager.setWeights(eager.weights().map((w) => w.mul(0.99))));
      }
      expect(maxDifference(start, otherState)).toBeGreaterThan(1e-3);
      expect(compiled.state).toEqual(otherState);
      expect(compiled.graphs).toHaveLength(1);
      compiled.dispose();
      eager.dispose();
      other.dispose();
      tf.dispose(start);
    },
  );

  it.each(Object.entries(DATA))(
    'of %s: unchanged, 8 compiled steps stay with the eager ones',
    (_name, [make, shape]) => {
      const [eager, other] = [make(), make()];
      copy(...statesOf(eager, other, shape));
      const compiled = compile(other.step, { unchanged: true, verify: false });
      const losses = Array.from({ length: 8 }, (_, step) =>
        tf.tidy(() => {
          const inputs = inputsOf(shape, step);
          return [eager.step(inputs).loss, compiled(inputs).loss].map((loss) => loss.dataSync()[0]);
        }),
      ) as [number, number][];
      // The first is traced, hence eager. Where both sides choose the same kernels, all are equal to the last bit; oneDNN chooses by
      // processor. The bound says that no mistake accumulates, not how kernels round.
      expect(losses[0]?.[1]).toBe(losses[0]?.[0]);
      for (const [a, b] of losses) expect(Math.abs(a - b)).toBeLessThan(1e-3);
      expect(maxDifference(eager.weights(), other.weights())).toBeLessThan(1e-3);
      compiled.dispose();
      eager.dispose();
      other.dispose();
    },
  );
});
