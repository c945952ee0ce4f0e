import { AdamW, lossStep, RandomStream, tf, train, trainableVariablesOf } from 'selfsup';
import { describe, expect, it } from 'vitest';
import { expectCompiledAsEager } from './compiled-as-eager';
import { data, inputs } from './small-image-run';

type Images = { images: tf.Tensor4D };

/** A layer that predicts each picture's mean colour from it, spoilt by noise. */
function colourOfNoisy() {
  const network = tf.sequential({
    layers: [
      tf.layers.globalAveragePooling2d({ inputShape: [10, 10, 3] }),
      tf.layers.dense({
        units: 3,
        kernelInitializer: tf.initializers.glorotNormal({ seed: 3 }),
      }),
    ],
  });
  const variables = trainableVariablesOf([network]);
  const optimizer = new AdamW(variables);
  const loss = ({ images }: Images, random: RandomStream) => {
    const spoilt = images.add<tf.Tensor4D>(random.normal(images.shape, 0, 0.1));
    const guess = network.apply(spoilt) as tf.Tensor2D;
    return guess
      .sub(images.mean([1, 2]))
      .square()
      .mean() as tf.Scalar;
  };
  return {
    network,
    variables,
    loss,
    step: lossStep<Images>({ variables, optimizer, loss }),
    dispose: () => {
      network.dispose();
      optimizer.dispose();
    },
  };
}

describe('lossStep', () => {
  it('gives the loss before the update, and updates by the gradient of a linear layer in closed form', () => {
    const { variables, loss, dispose } = colourOfNoisy();
    const given = inputs(2);
    const random = () => new RandomStream([5, 2]);
    const [kernel, bias] = variables as [tf.Variable, tf.Variable];
    const expected = tf.tidy(() => {
      const spoilt = given.images.add(random().normal(given.images.shape, 0, 0.1)).mean([1, 2]);
      const error = spoilt
        .matMul(kernel)
        .add(bias)
        .sub(given.images.mean([1, 2]));
      // Of the mean of 8 × 3 squares.
      const gradient = spoilt.matMul(error, true).mul(2 / 24);
      const ofBias = error.sum(0).mul(2 / 24);
      return [kernel.sub(gradient.mul(0.5)), bias.sub(ofBias.mul(0.5))].map((one) => [
        ...one.dataSync(),
      ]);
    });
    const before = tf.tidy(() => loss(given, random()).dataSync()[0] as number);
    const step = lossStep<Images>({ variables, optimizer: tf.train.sgd(0.5), loss });
    const outputs = step(given);
    expect(Object.keys(outputs)).toEqual(['loss']);
    expect(outputs.loss.dataSync()[0]).toBeCloseTo(before, 6);
    for (const [i, variable] of variables.entries()) {
      variable.dataSync().forEach((value, j) => {
        expect(value).toBeCloseTo(expected[i]?.[j] as number, 6);
      });
    }
    tf.dispose([outputs, given]);
    dispose();
  });

  it('changes the variables it was given and no others', () => {
    const { variables, loss, dispose } = colourOfNoisy();
    const [kernel, bias] = variables as [tf.Variable, tf.Variable];
    const before = [...kernel.dataSync()];
    const optimizer = new AdamW([bias]);
    const given = inputs(0);
    tf.dispose(lossStep<Images>({ variables: [bias], optimizer, loss })(given));
    expect([...kernel.dataSync()]).toEqual(before);
    expect([...bias.dataSync()]).not.toEqual([0, 0, 0]);
    tf.dispose(given);
    optimizer.dispose();
    dispose();
  });

  it('is compiled as it runs eagerly', () => {
    const trainees: ReturnType<typeof colourOfNoisy>[] = [];
    const make = () => {
      const trainee = colourOfNoisy();
      trainees.push(trainee);
      return trainee;
    };
    const { moved } = expectCompiledAsEager(make, { steps: 8, inputs });
    expect(moved).toBeGreaterThan(5e-3);
    for (const trainee of trainees) trainee.dispose();
  });

  it('learns, draws anew in each step and leaves nothing behind', async () => {
    const { step, dispose } = colourOfNoisy();
    const tensors = new Set<number>();
    const { history } = await train({
      step,
      data,
      batchSize: 8,
      steps: 200,
      learningRate: 0.02,
      seed: 1,
      onStep: () => {
        tensors.add(tf.memory().numTensors);
      },
    });
    expect(tensors.size).toBe(1);
    expect(history.steps.at(-1)?.loss).toBeLessThan(0.1 * (history.steps[0]?.loss as number));
    dispose();
  });
});
