import {
  Byol,
  Classifier,
  copyModel,
  InvalidArgumentError,
  MoCo,
  projectionHead,
  RandomStream,
  residualEncoder,
  SimClr,
  SimSiam,
  tf,
  tutorialEncoder,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const small = { inputShape: [8, 8, 3], embeddingDim: 16, seed: 3 } as const;
const images = new RandomStream([1, 2]).uniform([5, 8, 8, 3]) as tf.Tensor4D;
const valuesOf = (variables: tf.Variable[]) => variables.map((one) => [...one.dataSync()]);
const gap = (a: tf.Tensor, b: tf.Tensor) =>
  tf.tidy(() => a.sub(b).abs().max().dataSync()[0] as number);

const conv = (filters: number, more: object = {}) =>
  tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same', ...more });
const inputShape = [8, 8, 3];

/** Encoders of every kind that tf.layers has, besides those of the library. */
const OTHER_MODELS: Record<string, () => tf.LayersModel> = {
  'tf.sequential with batch norm and dropout': () =>
    tf.sequential({
      layers: [
        conv(4, { inputShape }),
        tf.layers.batchNormalization({}),
        tf.layers.reLU({}),
        tf.layers.dropout({ rate: 0.5 }),
        tf.layers.globalAveragePooling2d({}),
        tf.layers.dense({ units: 6 }),
      ],
    }),
  'a sequential model in a sequential one': () =>
    tf.sequential({
      layers: [
        tf.sequential({ layers: [conv(4, { inputShape }), tf.layers.batchNormalization({})] }),
        tf.layers.flatten({}),
        tf.layers.dense({ units: 6 }),
      ],
    }),
  'models nested in a functional one': () => {
    const input = tf.input({ shape: inputShape });
    const inner = tf.sequential({
      layers: [conv(4, { inputShape }), tf.layers.batchNormalization({})],
    });
    const innerInput = tf.input({ shape: [8, 8, 4] });
    const pooled = tf.layers.globalAveragePooling2d({}).apply(innerInput) as tf.SymbolicTensor;
    const functional = tf.model({ inputs: innerInput, outputs: pooled });
    const x = functional.apply(inner.apply(input)) as tf.SymbolicTensor;
    return tf.model({
      inputs: input,
      outputs: tf.layers.dense({ units: 6 }).apply(x) as tf.SymbolicTensor,
    });
  },
  'a layer that is used twice': () => {
    const input = tf.input({ shape: inputShape });
    const shared = conv(3);
    const once = shared.apply(input) as tf.SymbolicTensor;
    const twice = shared.apply(tf.layers.reLU({}).apply(once)) as tf.SymbolicTensor;
    const sum = tf.layers.add().apply([once, twice]) as tf.SymbolicTensor;
    const outputs = tf.layers.flatten({}).apply(sum) as tf.SymbolicTensor;
    return tf.model({ inputs: input, outputs });
  },
  'a layer that is frozen': () => {
    const frozen = conv(4, { inputShape, trainable: false });
    const norm = tf.layers.batchNormalization({});
    const layers = [frozen, norm, tf.layers.flatten({}), tf.layers.dense({ units: 6 })];
    const model = tf.sequential({ layers });
    norm.trainable = false;
    return model;
  },
  'a model that is frozen as a whole': () => {
    const inner = tf.sequential({
      layers: [conv(4, { inputShape }), tf.layers.batchNormalization({})],
    });
    inner.trainable = false;
    return tf.sequential({
      layers: [inner, tf.layers.flatten({}), tf.layers.dense({ units: 6 })],
    });
  },
};

describe('copyModel', () => {
  it.each([
    ['tutorialEncoder', tutorialEncoder],
    ['residualEncoder', residualEncoder],
  ])('computes what the given %s computes, with weights of its own', (_, encoder) => {
    const model = encoder(small);
    // Moving averages too must be those of the model, not the initial ones.
    (model.apply(images, { training: true }) as tf.Tensor).dispose();
    const copy = copyModel(model);
    expect(gap(model.predict(images) as tf.Tensor, copy.predict(images) as tf.Tensor)).toBe(0);
    const weights = () => model.getWeights().map((weight) => [...weight.dataSync()]);
    const given = weights();
    for (const weight of copy.weights) {
      (weight.read() as tf.Variable).assign(tf.ones(weight.shape as number[]));
    }
    expect(weights()).toEqual(given);
    copy.dispose();
    model.dispose();
  });

  it.each(Object.entries(OTHER_MODELS))('copies %s', (_, make) => {
    const model = make();
    (model.apply(images, { training: true }) as tf.Tensor).dispose();
    const copy = copyModel(model);
    expect(gap(model.predict(images) as tf.Tensor, copy.predict(images) as tf.Tensor)).toBe(0);
    expect(copy.weights.map(({ shape }) => shape)).toEqual(model.weights.map(({ shape }) => shape));
    expect(copy.trainableWeights).toHaveLength(model.trainableWeights.length);
    // A layer that is used twice has one set of weights in the copy, too.
    expect(new Set(copy.weights.map(({ id }) => id)).size).toBe(copy.weights.length);
    const before = model.getWeights().map((weight) => [...weight.dataSync()]);
    for (const weight of copy.weights) {
      (weight.read() as tf.Variable).assign(tf.ones(weight.shape as number[]));
    }
    expect(model.getWeights().map((weight) => [...weight.dataSync()])).toEqual(before);
    const classifier = new Classifier({ encoder: model, classes: 2 });
    expect(classifier.logits(images).shape).toEqual([5, 2]);
    const moCo = new MoCo({ encoder: model, queueSize: 8 });
    expect(
      gap(moCo.queries(images, { training: false }), moCo.keys(images, { training: false })),
    ).toBe(0);
    expect(moCo.keyVariables).toHaveLength(moCo.trainableVariables.length);
    for (const part of [copy, classifier, moCo]) part.dispose();
  });

  it.each(Object.entries(OTHER_MODELS))('takes %s as the encoder of every method', (_, make) => {
    const encoder = make();
    const width = encoder.outputShape[1] as number;
    const head = () => projectionHead({ inputDim: width, hiddenDim: 6, projectionDim: 4, seed: 1 });
    const predictor = () =>
      projectionHead({ inputDim: 4, hiddenDim: 4, projectionDim: 4, seed: 2 });
    const methods = [
      new SimClr({ encoder, projectionHead: head() }),
      new SimSiam({ encoder, projectionHead: head(), predictor: predictor() }),
      new Byol({ encoder, projectionHead: head(), predictor: predictor() }),
    ];
    for (const method of methods) {
      const { features } = method.call(images);
      expect(gap(features, encoder.predict(images) as tf.Tensor)).toBeLessThan(1e-5);
      const { loss } = method.loss(images, images.reverse(2));
      expect(Number.isFinite(loss.dataSync()[0])).toBe(true);
      const gradients = tf.variableGrads(
        () => method.loss(images, images.reverse(2)).loss,
        method.trainableVariables,
      ).grads;
      expect(Object.keys(gradients)).toHaveLength(
        new Set(method.trainableVariables.map(({ id }) => id)).size,
      );
    }
  });

  it('copies a sequential model that has never been called', () => {
    const make = OTHER_MODELS['tf.sequential with batch norm and dropout'] as () => tf.LayersModel;
    const encoder = make();
    const classifier = new Classifier({ encoder, classes: 2 });
    const moCo = new MoCo({ encoder, queueSize: 8 });
    expect(classifier.encoderVariables).toHaveLength(6);
    expect(moCo.keyVariables).toHaveLength(6);
    expect(classifier.logits(images).shape).toEqual([5, 2]);
    classifier.dispose();
    moCo.dispose();
  });

  it('says in a sentence what it cannot copy', () => {
    class Twice extends tf.layers.Layer {
      static className = 'Twice';
      override call(x: tf.Tensor | tf.Tensor[]) {
        return tf.mul((Array.isArray(x) ? x[0] : x) as tf.Tensor, 2);
      }
    }
    const own = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [8, 8, 3] }),
        new Twice({}),
        tf.layers.dense({ units: 4 }),
      ],
    });
    expect(() => copyModel(own)).toThrow(InvalidArgumentError);
    expect(() => new Classifier({ encoder: own, classes: 2 })).toThrow(
      /cannot be copied \(.*Twice.*registerClass/,
    );
    tf.serialization.registerClass(Twice);
    const copy = copyModel(own);
    expect(gap(own.predict(images) as tf.Tensor, copy.predict(images) as tf.Tensor)).toBe(0);
    const unbuilt = tf.sequential();
    expect(() => new MoCo({ encoder: unbuilt })).toThrow(/is not built.*inputShape/);
    expect(() => copyModel({} as tf.LayersModel)).toThrow(/expected a tf\.LayersModel/);
    const input = tf.input({ shape: [4] });
    const branches = [0, 1].map(
      () => tf.layers.dense({ units: 2 }).apply(input) as tf.SymbolicTensor,
    );
    const forked = tf.model({ inputs: input, outputs: branches });
    expect(() => new Classifier({ encoder: forked, classes: 2 })).toThrow(
      /2 outputs; expected one/,
    );
  });

  it('leaves nothing once the copy is disposed', () => {
    const model = tutorialEncoder(small);
    const before = tf.memory().numTensors;
    for (let time = 0; time < 3; time++) copyModel(model).dispose();
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});

describe('Classifier', () => {
  it('starts at equal probabilities of all classes', () => {
    const encoder = tutorialEncoder(small);
    const classifier = new Classifier({ encoder, classes: 7 });
    const probabilities = tf.softmax(classifier.logits(images));
    expect(probabilities.shape).toEqual([5, 7]);
    expect(gap(probabilities, tf.fill([5, 7], 1 / 7))).toBeLessThan(1e-7);
    probabilities.dispose();
    classifier.dispose();
    encoder.dispose();
  });

  it('is the head on the features, linear or with the tutorial’s hidden layer', () => {
    const encoder = tutorialEncoder(small);
    const linear = new Classifier({ encoder, classes: 3 });
    const [kernel, bias] = linear.headVariables as [tf.Variable, tf.Variable];
    kernel.assign(tf.randomNormal([16, 3], 0, 1, 'float32', 1));
    bias.assign(tf.tensor1d([1, -2, 3]));
    const features = encoder.predict(images) as tf.Tensor2D;
    const expected = features.matMul(kernel as tf.Tensor as tf.Tensor2D).add(bias);
    expect(gap(linear.logits(images), expected)).toBeLessThan(1e-5);

    const deep = new Classifier({ encoder, classes: 3, hiddenDim: 64, seed: 5 });
    const [w1, b1, w2, b2] = deep.headVariables as [
      tf.Variable,
      tf.Variable,
      tf.Variable,
      tf.Variable,
    ];
    expect([w1.shape, w2.shape]).toEqual([
      [16, 64],
      [64, 3],
    ]);
    const hidden = tf.relu(tf.matMul(features, w1 as tf.Tensor as tf.Tensor2D).add(b1));
    const logits = tf.matMul(hidden as tf.Tensor2D, w2 as tf.Tensor as tf.Tensor2D).add(b2);
    expect(gap(deep.logits(images), logits)).toBeLessThan(1e-5);
    expect(logits.abs().max().dataSync()[0]).toBeGreaterThan(0);
    const other = new Classifier({ encoder, classes: 3, hiddenDim: 64, seed: 6 });
    expect(gap(other.logits(images), logits)).toBeGreaterThan(1e-3);
    for (const one of [linear, deep, other]) one.dispose();
    encoder.dispose();
  });

  it('drops hidden units only when given a stream, equal streams alike, keeping the mean', () => {
    const encoder = tutorialEncoder(small);
    const classifier = new Classifier({ encoder, classes: 3, hiddenDim: 64, dropout: 0.5 });
    const dropped = (seed: number) =>
      classifier.logits(images, { dropoutRandom: new RandomStream([seed, 0]) });
    expect(gap(dropped(1), dropped(1))).toBe(0);
    expect(gap(dropped(1), dropped(2))).toBeGreaterThan(1e-4);
    const plain = classifier.logits(images);
    const mean = tf.tidy(() =>
      tf.stack(Array.from({ length: 400 }, (_, seed) => dropped(seed))).mean(0),
    );
    expect(gap(mean, plain)).toBeLessThan(0.2 * (plain.abs().max().dataSync()[0] as number));
    classifier.dispose();
    encoder.dispose();
  });

  it('copies the encoder: what is done to the classifier leaves the given one alone', () => {
    const encoder = tutorialEncoder(small);
    const given = encoder.getWeights().map((weight) => [...weight.dataSync()]);
    const classifier = new Classifier({ encoder, classes: 2 });
    for (const variable of classifier.weights) variable.assign(tf.ones(variable.shape));
    tf.dispose(classifier.logits(images, { trainEncoder: true }));
    classifier.dispose();
    expect(encoder.getWeights().map((weight) => [...weight.dataSync()])).toEqual(given);
    encoder.dispose();
  });

  it('updates batch norm’s moving averages only with trainEncoder', () => {
    const encoder = tutorialEncoder(small);
    const classifier = new Classifier({ encoder, classes: 2 });
    const before = valuesOf(classifier.weights);
    tf.dispose(classifier.logits(images));
    expect(valuesOf(classifier.weights)).toEqual(before);
    tf.dispose(classifier.logits(images, { trainEncoder: true }));
    expect(valuesOf(classifier.weights)).not.toEqual(before);
    const count = (classifier.encoderVariables.length + classifier.headVariables.length) as number;
    // Two moving averages for each of the three batch normalizations.
    expect(classifier.weights.length).toBe(count + 6);
    classifier.dispose();
    encoder.dispose();
  });

  it('keeps the number of tensors constant', () => {
    const encoder = tutorialEncoder(small);
    const before = tf.memory().numTensors;
    const classifier = new Classifier({ encoder, classes: 2, hiddenDim: 8 });
    const made = tf.memory().numTensors;
    for (let call = 0; call < 3; call++) {
      classifier
        .logits(images, { trainEncoder: true, dropoutRandom: new RandomStream([1, call]) })
        .dispose();
      expect(tf.memory().numTensors).toBe(made);
    }
    classifier.dispose();
    expect(tf.memory().numTensors).toBe(before);
    encoder.dispose();
  });

  it.each([
    [{ classes: 1 }, /classes is 1; expected a whole number, 2 or more/],
    [{ classes: 2, hiddenDim: 0 }, /hiddenDim is 0/],
    [{ classes: 2, hiddenDim: 4, dropout: 1 }, /dropout is 1; expected 0 ≤ dropout < 1/],
    [{ classes: 2, dropout: 0.5 }, /0 where there is no hidden layer/],
  ])('refuses %j', (options, message) => {
    const encoder = tutorialEncoder(small);
    expect(() => new Classifier({ encoder, ...options })).toThrow(InvalidArgumentError);
    expect(() => new Classifier({ encoder, ...options })).toThrow(message);
    encoder.dispose();
  });

  it('refuses an encoder that does not end in one vector for each image', () => {
    const input = tf.input({ shape: [8, 8, 3] });
    const outputs = tf.layers
      .conv2d({ filters: 4, kernelSize: 3 })
      .apply(input) as tf.SymbolicTensor;
    const encoder = tf.model({ inputs: input, outputs });
    expect(() => new Classifier({ encoder, classes: 2 })).toThrow(/expected \[N, d\]/);
    encoder.dispose();
  });
});
