import {
  BidirectionalLstmEncoder,
  CaptionEncoder,
  InvalidArgumentError,
  RandomStream,
  SentenceClassifier,
  tf,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const newEncoder = () =>
  new BidirectionalLstmEncoder({
    vocabularySize: 12,
    embeddingDim: 5,
    units: 4,
    layers: 2,
    seed: 3,
  });
const valuesOf = (variables: readonly tf.Variable[]) =>
  variables.map((one) => Array.from(one.dataSync()));
const tokens = () =>
  tf.tensor2d(
    [
      [3, 7, 5, 0, 0],
      [4, 5, 6, 3, 11],
    ],
    [2, 5],
    'int32',
  );

describe.each([
  ['BidirectionalLstmEncoder', newEncoder],
  ['CaptionEncoder', () => new CaptionEncoder({ vocabularySize: 12 })],
] as const)('%s', (name, make) => {
  it('refuses what are no batches of sentences, in a sentence', () => {
    const encoder = make();
    for (const [wrong, message] of [
      [tf.tensor2d([[1, 2]]), 'a float32 tensor of shape [1,2]; expected int32 token numbers'],
      [tf.tensor1d([1, 2], 'int32'), 'Make one sentence a batch'],
      [tf.zeros([2, 0], 'int32'), 'expected [N, T] with T at least 1'],
    ] as const) {
      const act = () => encoder.call(wrong as tf.Tensor2D);
      expect(act).toThrow(InvalidArgumentError);
      expect(act).toThrow(`${name} was given`);
      expect(act).toThrow(message);
    }
    encoder.dispose();
  });
});

describe('BidirectionalLstmEncoder.copy', () => {
  it('has the same values in weights of its own', () => {
    const before = tf.memory().numTensors;
    const encoder = newEncoder();
    const [first] = encoder.weights;
    tf.tidy(() => first?.assign(first.add(1)));
    const copy = encoder.copy();
    expect(valuesOf(copy.weights)).toEqual(valuesOf(encoder.weights));
    const own = valuesOf(encoder.weights);
    for (const weight of copy.weights) tf.tidy(() => weight.assign(tf.zerosLike(weight)));
    expect(valuesOf(encoder.weights)).toEqual(own);
    copy.dispose();
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('drops as it is told', () => {
    const encoder = newEncoder();
    const [copy, dropping] = [encoder.copy(), encoder.copy({ dropout: 0.5 })];
    tf.tidy(() => {
      const t = tokens();
      const of = (one: BidirectionalLstmEncoder) =>
        one.call(t, { random: new RandomStream([1, 2]) });
      expect(of(copy).sub(of(encoder)).abs().max().dataSync()[0]).toBe(0);
      expect(of(dropping).sub(of(encoder)).abs().max().dataSync()[0]).toBeGreaterThan(0.01);
      expect(dropping.call(t).sub(encoder.call(t)).abs().max().dataSync()[0]).toBe(0);
    });
    expect(() => encoder.copy({ dropout: 1 })).toThrow(InvalidArgumentError);
    for (const one of [copy, dropping, encoder]) one.dispose();
  });
});

describe('SentenceClassifier', () => {
  it('begins with equal probabilities, and its features do not see padding', () => {
    const encoder = newEncoder();
    const classifier = new SentenceClassifier({ encoder, classes: 3 });
    tf.tidy(() => {
      const t = tokens();
      expect(classifier.logits(t).abs().max().dataSync()[0]).toBe(0);
      const features = classifier.features(t);
      expect(features.shape).toEqual([2, encoder.outputDim]);
      const further = classifier.features(
        t.pad([
          [0, 0],
          [0, 6],
        ]),
      );
      expect(features.sub(further).abs().max().dataSync()[0]).toBeLessThan(1e-6);
      expect(features.abs().max().dataSync()[0]).toBeGreaterThan(0.01);
    });
    classifier.dispose();
    encoder.dispose();
  });

  it('pools as it is told, drops only when training, and leaves no tensors', () => {
    const encoder = newEncoder();
    const before = tf.memory().numTensors;
    const classifier = new SentenceClassifier({
      encoder,
      classes: 2,
      dropout: 0.5,
      pooling: (hidden) => hidden.max(1) as tf.Tensor2D,
    });
    tf.tidy(() => {
      const t = tokens();
      const [kernel] = classifier.headVariables;
      kernel?.assign(tf.randomNormal(kernel.shape, 0, 1, 'float32', 1));
      const expected = tf.matMul(
        encoder.call(t).max(1) as tf.Tensor2D,
        kernel as unknown as tf.Tensor2D,
      );
      expect(classifier.logits(t).sub(expected).abs().max().dataSync()[0]).toBeLessThan(1e-6);
      const dropped = classifier.logits(t, { random: new RandomStream([1, 0]) });
      expect(dropped.sub(expected).abs().max().dataSync()[0]).toBeGreaterThan(0.01);
    });
    classifier.dispose();
    expect(tf.memory().numTensors).toBe(before);
    encoder.dispose();
  });

  it('refuses options out of range', () => {
    const encoder = newEncoder();
    const wrong = (options: object) => () =>
      new SentenceClassifier({ encoder, classes: 2, ...options });
    expect(wrong({ classes: 1 })).toThrow('classes is 1');
    expect(wrong({ dropout: 1 })).toThrow('dropout is 1');
    expect(wrong({ encoderDropout: -1 })).toThrow(InvalidArgumentError);
    for (const none of [{}, null]) {
      expect(wrong({ encoder: none })).toThrow(InvalidArgumentError);
      expect(wrong({ encoder: none })).toThrow(
        /SentenceClassifier was given an encoder without weights, outputDim, call, copy; expected a TokenEncoder/,
      );
    }
    encoder.dispose();
  });
});
