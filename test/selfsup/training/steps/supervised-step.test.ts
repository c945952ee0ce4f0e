import {
  AdamW,
  Classifier,
  InvalidArgumentError,
  labelledImageBatches,
  RandomStream,
  supervisedStep,
  tf,
  train,
  tutorialEncoder,
} from 'selfsup';
import { describe, expect, it } from 'vitest';
import { syntheticImages } from '../../evaluation/synthetic-images';

const data = syntheticImages(48);
const valuesOf = (variables: readonly tf.Variable[]) => variables.map((one) => [...one.dataSync()]);

function smallClassifier(hiddenDim: number | null = null) {
  const encoder = tutorialEncoder({ inputShape: [4, 4, 3], embeddingDim: 8 });
  const classifier = new Classifier({ encoder, classes: 2, hiddenDim });
  encoder.dispose();
  const headOptimizer = new AdamW(classifier.headVariables);
  const encoderOptimizer = new AdamW(classifier.encoderVariables);
  return {
    classifier,
    headOptimizer,
    encoderOptimizer,
    dispose: () => {
      for (const one of [classifier, headOptimizer, encoderOptimizer]) one.dispose();
    },
  };
}

describe('labelledImageBatches', () => {
  it('gives the images of the positions with their labels', () => {
    const batches = labelledImageBatches(data);
    expect(batches.size).toBe(48);
    const { images, labels } = batches.batch([3, 8]);
    expect(labels.dtype).toBe('int32');
    expect([...labels.dataSync()]).toEqual([1, 0]);
    const expected = data.images([3, 8]);
    expect(images.sub(expected).abs().max().dataSync()[0]).toBe(0);
    tf.dispose([images, labels, expected]);
  });
});

describe('supervisedStep', () => {
  it('computes the cross entropy and accuracy of the batch before the update', () => {
    const { classifier, headOptimizer, dispose } = smallClassifier(6);
    const [images, labels] = [data.images([0, 1, 2, 3]), tf.tensor1d([0, 1, 1, 1], 'int32')];
    const inputs = {
      images,
      labels,
      seed: tf.tensor1d([1, 0], 'int32'),
      learningRate: tf.scalar(0),
    };
    const logits = classifier
      .logits(images, { dropoutRandom: new RandomStream([1, 0]) })
      .arraySync() as number[][];
    const outputs = supervisedStep({ classifier, headOptimizer })(inputs);
    const truth = [0, 1, 1, 1];
    let loss = 0;
    let right = 0;
    logits.forEach((row, i) => {
      const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
      loss += Math.log(sum) - (row[truth[i] as number] as number);
      right += Number(row.indexOf(Math.max(...row)) === truth[i]);
    });
    expect(outputs.loss.dataSync()[0]).toBeCloseTo(loss / 4, 5);
    expect(outputs.accuracy?.dataSync()[0]).toBeCloseTo(right / 4, 6);
    tf.dispose([outputs, inputs]);
    dispose();
  });

  it('updates the head by the analytic gradient (softmax − truth)·features and starts at ln(classes)', () => {
    const { classifier, dispose } = smallClassifier();
    // With β₁ = β₂ = 0 and ε = 1 the update is g / (|g| + 1), from which g can be read back.
    const headOptimizer = new AdamW(classifier.headVariables, {
      beta1: 0,
      beta2: 0,
      epsilon: 1,
      weightDecay: 0,
    });
    const indices = [0, 1, 2, 3, 4];
    const { images, labels } = labelledImageBatches(data).batch(indices);
    const features = classifier.encoder.predict(images) as tf.Tensor2D;
    const error = tf.sub(tf.fill([5, 2], 0.5), tf.oneHot(labels, 2)) as tf.Tensor2D;
    const expected = features.matMul(error, true).div(5);
    const inputs = {
      images,
      labels,
      seed: tf.tensor1d([1, 0], 'int32'),
      learningRate: tf.scalar(1),
    };
    const outputs = supervisedStep({ classifier, headOptimizer })(inputs);
    expect(outputs.loss.dataSync()[0]).toBeCloseTo(Math.LN2, 6);
    const update = (classifier.headVariables[0] as tf.Variable).neg();
    const gradient = update.div(tf.sub(1, update.abs()));
    expect(gradient.sub(expected).abs().max().dataSync()[0]).toBeLessThan(1e-5);
    expect(expected.abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
    headOptimizer.dispose();
    tf.dispose([outputs, inputs]);
    dispose();
  });

  it.each([true, false])(
    'without its optimizer leaves every weight of the encoder alone, compile: %s',
    async (compile) => {
      const { classifier, headOptimizer, dispose } = smallClassifier();
      const [encoder, head] = [
        valuesOf(classifier.weights.slice(0, -2)),
        valuesOf(classifier.headVariables),
      ];
      await train({
        step: supervisedStep({ classifier, headOptimizer }),
        data: labelledImageBatches(data),
        batchSize: 16,
        steps: 5,
        learningRate: 0.01,
        compile,
      });
      expect(valuesOf(classifier.weights.slice(0, -2))).toEqual(encoder);
      expect(valuesOf(classifier.headVariables)).not.toEqual(head);
      dispose();
    },
  );

  it('with its optimizer trains every weight, batch norm’s moving averages included; learns; compiled as eagerly', async () => {
    const run = async (compile: boolean) => {
      const { classifier, headOptimizer, encoderOptimizer, dispose } = smallClassifier();
      const before = valuesOf(classifier.weights);
      const result = await train({
        step: supervisedStep({ classifier, headOptimizer, encoderOptimizer }),
        data: labelledImageBatches(data),
        batchSize: 16,
        steps: 40,
        learningRate: 5e-3,
        compile,
      });
      const after = valuesOf(classifier.weights);
      after.forEach((values, k) => {
        expect(values, classifier.weights[k]?.name).not.toEqual(before[k]);
      });
      dispose();
      return result.history.steps;
    };
    const [eager, compiled] = [await run(false), await run(true)];
    expect(eager[0]?.loss).toBeCloseTo(Math.LN2, 5);
    expect(eager.at(-1)?.loss).toBeLessThan(0.3);
    expect(eager.at(-1)?.metrics.accuracy).toBeGreaterThan(0.9);
    compiled.slice(0, 10).forEach(({ loss }, k) => {
      expect(Math.abs(loss - (eager[k]?.loss as number))).toBeLessThan(1e-3);
    });
  });

  it('multiplies the encoder’s learning rate by encoderRate', async () => {
    const movement = async (encoderRate: number) => {
      const { classifier, headOptimizer, encoderOptimizer, dispose } = smallClassifier(4);
      const kernel = classifier.encoderVariables[0] as tf.Variable;
      const before = kernel.clone();
      await train({
        step: supervisedStep({ classifier, headOptimizer, encoderOptimizer, encoderRate }),
        data: labelledImageBatches(data),
        batchSize: 16,
        steps: 1,
        learningRate: 1e-2,
      });
      const moved = kernel.sub(before).abs().max().dataSync()[0] as number;
      before.dispose();
      dispose();
      return moved;
    };
    const full = await movement(1);
    // Adam's first step is as long as the learning rate, whatever the gradient; decay adds a little.
    expect(full).toBeGreaterThan(0.009);
    expect(full).toBeLessThan(0.0105);
    expect((await movement(0.1)) / full).toBeCloseTo(0.1, 2);
  });

  it.each([true, false])('does not grow over many steps, compile: %s', async (compile) => {
    const { classifier, headOptimizer, encoderOptimizer, dispose } = smallClassifier(4);
    const before = tf.memory().numTensors;
    const tensors = new Set<number>();
    await train({
      step: supervisedStep({
        classifier,
        headOptimizer,
        encoderOptimizer,
        augmentation: (images, random) =>
          tf.tidy(() => images.add(random.normal(images.shape, 0, 0.01))),
      }),
      data: labelledImageBatches(data),
      batchSize: 8,
      steps: 20,
      learningRate: 1e-3,
      compile,
      onStep: () => tensors.add(tf.memory().numTensors),
    });
    expect(tensors.size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
    dispose();
  });

  it('refuses a rate of 0, and says how to freeze', () => {
    const { classifier, headOptimizer, dispose } = smallClassifier();
    const make = () => supervisedStep({ classifier, headOptimizer, encoderRate: -1 });
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(/leave encoderOptimizer out/);
    dispose();
  });
});
