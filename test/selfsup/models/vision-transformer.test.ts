import {
  attentionOf,
  Classifier,
  copyModel,
  InvalidArgumentError,
  RandomStream,
  tf,
  tutorialEncoder,
  type VisionTransformerOptions,
  variableOf,
  visionTransformer,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const small = (options: VisionTransformerOptions = {}) =>
  visionTransformer({
    inputShape: [8, 8, 3],
    patchSize: 4,
    embeddingDim: 12,
    blocks: 2,
    heads: 3,
    ...options,
  });
const images = new RandomStream([5, 6]).uniform([3, 8, 8, 3]) as tf.Tensor4D;
const featuresOf = (model: tf.LayersModel) => model.predict(images) as tf.Tensor2D;
const gap = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).abs().max().dataSync()[0] as number;

describe('visionTransformer', () => {
  it('turns each image into a vector, on its own', () => {
    const model = small();
    const features = featuresOf(model);
    expect(features.shape).toEqual([3, 12]);
    const alone = model.predict(images.slice([1], [1])) as tf.Tensor2D;
    expect(gap(alone, features.slice([1], [1]))).toBeLessThan(1e-5);
    // Embedding, two blocks of twelve, the last normalization.
    expect(model.trainableWeights).toHaveLength(2 + 2 * 12 + 2);
  });

  it('sees where patches stand', () => {
    const model = small();
    expect(gap(model.predict(images.reverse(2)) as tf.Tensor, featuresOf(model))).toBeGreaterThan(
      1e-4,
    );
  });

  it('begins equal for equal seeds, otherwise differently', () => {
    expect(gap(featuresOf(small({ seed: 4 })), featuresOf(small({ seed: 4 })))).toBe(0);
    expect(gap(featuresOf(small({ seed: 4 })), featuresOf(small({ seed: 5 })))).toBeGreaterThan(
      1e-3,
    );
  });

  it('can be copied, and the copy changed alone', () => {
    const model = small();
    const copy = copyModel(model);
    expect(gap(featuresOf(copy), featuresOf(model))).toBe(0);
    const before = featuresOf(model);
    for (const weight of copy.trainableWeights) {
      const variable = variableOf(weight);
      variable.assign(variable.mul(1.5).add(0.1));
    }
    expect(gap(featuresOf(model), before)).toBe(0);
    expect(gap(featuresOf(copy), before)).toBeGreaterThan(1e-3);
  });

  it('lets gradients reach every weight, in a classifier too', () => {
    const classifier = new Classifier({ encoder: small(), classes: 4, seed: 1 });
    for (const one of classifier.headVariables) one.assign(tf.randomNormal(one.shape, 0, 1));
    const variables = [...classifier.encoderVariables, ...classifier.headVariables];
    const { grads } = tf.variableGrads(
      () => classifier.logits(images).square().mean() as tf.Scalar,
      variables,
    );
    expect(Object.keys(grads)).toHaveLength(28 + 2);
    for (const gradient of Object.values(grads)) {
      expect(gradient.abs().max().dataSync()[0]).toBeGreaterThan(0);
    }
  });

  it('shows where it looks', () => {
    const attention = attentionOf(small(), images);
    expect(attention.map(({ shape }) => shape)).toEqual([
      [3, 3, 4, 4],
      [3, 3, 4, 4],
    ]);
    for (const one of attention) {
      expect(one.sum(3).sub(1).abs().max().dataSync()[0]).toBeLessThan(1e-5);
    }
    const convolutional = tutorialEncoder({ inputShape: [8, 8, 3] });
    expect(() => attentionOf(convolutional, images)).toThrow(/no visionTransformer/);
  });

  it('says what does not fit', () => {
    const wrong: [VisionTransformerOptions, RegExp][] = [
      [{ patchSize: 3 }, /patches of 3 pixels do not fill 8 × 8/],
      [{ heads: 5 }, /5 heads cannot share 12/],
      [{ embeddingDim: 6, heads: 3 }, /multiple of 4/],
      [{ blocks: 0 }, /blocks/],
    ];
    for (const [options, message] of wrong) {
      expect(() => small(options)).toThrow(InvalidArgumentError);
      expect(() => small(options)).toThrow(message);
    }
  });
});
