import {
  AdamW,
  type BatchSource,
  InvalidArgumentError,
  imagePatches,
  MaskedAutoencoder,
  type MaskedAutoencoderOptions,
  maskedAutoencoderStep,
  type PatchMask,
  RandomStream,
  randomHorizontalFlip,
  tf,
  train,
  tutorialEncoder,
  visionTransformer,
} from 'selfsup';
import { compile, findState } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

const encoder = () =>
  visionTransformer({ inputShape: [8, 8, 3], patchSize: 2, embeddingDim: 12, blocks: 1, seed: 1 });
const fresh = (options: Partial<MaskedAutoencoderOptions> = {}) =>
  new MaskedAutoencoder({ encoder: encoder(), decoderDim: 12, ...options });
/** With the kernel of its pixels drawn, as after some training: a fresh one guesses the same whatever it sees. */
const autoencoder = (options: Partial<MaskedAutoencoderOptions> = {}, deviation = 0.3) => {
  const model = fresh(options);
  const pixelKernel = model.weights.find(
    (one) => one.shape.join() === '12,12' && tf.tidy(() => one.abs().max().dataSync()[0]) === 0,
  ) as tf.Variable;
  tf.tidy(() => pixelKernel.assign(new RandomStream([6, 6]).normal([12, 12]).mul(deviation)));
  return model;
};
const images = tf.tidy(() => {
  const coarse = new RandomStream([1, 2]).uniform([32, 3, 3, 3]) as tf.Tensor4D;
  return tf.image.resizeBilinear(coarse, [8, 8]);
});
const some = images.slice([0], [4]) as tf.Tensor4D;
const random = () => new RandomStream([7, 1]);
const gap = (a: tf.Tensor, b: tf.Tensor) =>
  tf.tidy(() => a.sub(b).abs().max().dataSync()[0] as number);
/** 1 for each patch that is grey in the masked images. */
const hiddenOf = (masked: tf.Tensor4D) =>
  imagePatches(masked, 2).sub(0.5).abs().max(2).less(1e-6).toFloat();

describe('MaskedAutoencoder', () => {
  it.each([0.25, 0.5, 0.75])(
    'hides %d of the patches of each image, others in each',
    (maskRatio) => {
      const model = autoencoder({ maskRatio });
      const { masked, reconstructed } = model.reconstruct(some, { random: random() });
      const hidden = hiddenOf(masked);
      expect(Array.from(hidden.sum(1).dataSync())).toEqual(new Array(4).fill(16 * maskRatio));
      expect(new Set((hidden.arraySync() as number[][]).map((row) => row.join())).size).toBe(4);
      const visible = tf.sub(1, hidden).expandDims(2);
      for (const shown of [masked, reconstructed]) {
        const errors = imagePatches(shown, 2).sub(imagePatches(some, 2)).mul(visible);
        expect(errors.abs().max().dataSync()[0]).toBeLessThan(1e-6);
      }
    },
  );

  it('says which patches it hid, at its own ratio and at another', () => {
    const model = autoencoder({ maskRatio: 0.75 });
    for (const maskRatio of [undefined, 0.25, 0.5]) {
      const { hidden, masked } = model.reconstruct(some, {
        random: random(),
        ...(maskRatio !== undefined && { maskRatio }),
      });
      expect(gap(hidden, hiddenOf(masked))).toBe(0);
      expect(Array.from(hidden.sum(1).dataSync())).toEqual(
        new Array(4).fill(16 * (maskRatio ?? 0.75)),
      );
    }
    for (const maskRatio of [0, 1]) {
      expect(() => model.reconstruct(some, { random: random(), maskRatio })).toThrow(
        /reconstruct: a maskRatio of/,
      );
    }
  });

  it('hides what its mask says, in pictures and in the loss', () => {
    const mask: PatchMask = ({ images: count, patches, visible }) =>
      tf.tidy(() =>
        tf
          .range(0, patches)
          .greaterEqual(visible)
          .toFloat()
          .tile([count])
          .reshape([count, patches]),
      );
    const model = autoencoder({ maskRatio: 0.5, mask });
    const { hidden, reconstructed } = model.reconstruct(some, { random: random() });
    expect(hidden.arraySync()).toEqual(
      new Array(4).fill([...new Array(8).fill(0), ...new Array(8).fill(1)]),
    );
    // The lower half is hidden: with other pixels there, the guesses are the same, and the loss is not.
    const lower = tf.concat([tf.zeros([4, 4, 8, 3]), tf.ones([4, 4, 8, 3])], 1);
    const changed = some.mul(tf.sub(1, lower)).add(lower.mul(0.9)) as tf.Tensor4D;
    expect(
      gap(model.reconstruct(changed, { random: random() }).reconstructed, reconstructed),
    ).toBeLessThan(1e-5);
    const lossOf = (x: tf.Tensor4D) => model.loss(x, { random: random() }).dataSync()[0] as number;
    expect(Math.abs(lossOf(changed) - lossOf(some))).toBeGreaterThan(1e-3);
  });

  it('guesses from the visible patches alone', () => {
    const model = autoencoder();
    const before = model.reconstruct(some, { random: random() });
    const hidden = hiddenOf(before.masked).expandDims(2);
    const patches = imagePatches(some, 2);
    // Other pixels where nothing is seen.
    const changed = patches.mul(tf.sub(1, hidden)).add(hidden.mul(0.9));
    const rows = changed.reshape([4, 4, 4, 2, 6]).transpose([0, 1, 3, 2, 4]);
    const other = rows.reshape([4, 8, 8, 3]) as tf.Tensor4D;
    const after = model.reconstruct(other, { random: random() });
    expect(gap(after.reconstructed, before.reconstructed)).toBeLessThan(1e-5);
    const farther = some.add(0.05) as tf.Tensor4D;
    expect(
      gap(model.reconstruct(farther, { random: random() }).reconstructed, before.reconstructed),
    ).toBeGreaterThan(1e-3);
  });

  it('has the mean squared error of the hidden patches as its loss', () => {
    // Guesses outside of [0, 1] are clipped in the picture, not in the loss: these stay inside.
    const model = autoencoder({}, 0.03);
    const { masked, reconstructed } = model.reconstruct(some, { random: random() });
    const hidden = hiddenOf(masked).expandDims(2);
    const guesses = imagePatches(reconstructed, 2);
    const shown = guesses.sub(0.5).mul(hidden).abs().max().dataSync()[0] as number;
    expect(shown).toBeGreaterThan(0.1);
    expect(shown).toBeLessThan(0.49);
    const errors = guesses.sub(imagePatches(some, 2)).square().mul(hidden);
    const expected = errors.sum().div(hidden.sum().mul(12)).dataSync()[0] as number;
    const loss = model.loss(some, { random: random() }).dataSync()[0] as number;
    expect(loss).toBeCloseTo(expected, 5);
  });

  it('first guesses grey, or the mean of normalised patches', () => {
    const grey = fresh().reconstruct(some, { random: random() });
    expect(gap(grey.reconstructed, grey.masked)).toBeLessThan(1e-6);
    const loss = fresh({ normaliseTargets: true }).loss(some, { random: random() });
    expect(loss.dataSync()[0]).toBeCloseTo(1, 2);
  });

  it('foretells patches with mean 0 and deviation 1 when told to', () => {
    const model = autoencoder({ normaliseTargets: true });
    // A decoder that says 0: the loss is then the targets' mean square, 1.
    for (const one of model.weights) {
      if (one.shape.join() === '12,12' || one.shape.join() === '12') one.assign(one.mul(0));
    }
    expect(model.loss(some, { random: random() }).dataSync()[0]).toBeCloseTo(1, 2);
  });

  it('computes a step compiled as eagerly, from the same state', () => {
    const trainee = () => {
      const model = autoencoder();
      const optimizer = new AdamW(model.trainableVariables);
      const augmentation = randomHorizontalFlip();
      return { model, step: maskedAutoencoderStep({ model, optimizer, augmentation }) };
    };
    const [eager, other] = [trainee(), trainee()];
    const compiled = compile(other.step, { name: 'step', verify: false });
    const inputs = () => ({
      images: some.clone(),
      seed: tf.tensor1d([5, 3], 'int32'),
      learningRate: tf.scalar(1e-3),
    });
    const [ofEager, ofOther] = [eager, other].map(({ step }) =>
      findState(() => tf.dispose(step(inputs()))),
    ) as [tf.Variable[], tf.Variable[]];
    expect(ofEager).toHaveLength(3 * eager.model.weights.length + 1);
    ofOther.forEach((variable, i) => {
      variable.assign(ofEager[i] as tf.Variable);
    });
    const [a, b] = [eager.step(inputs()), compiled(inputs())];
    expect(gap(a.loss, b.loss)).toBeLessThan(1e-5);
    ofEager.forEach((variable, i) => {
      expect(gap(variable, ofOther[i] as tf.Variable)).toBeLessThan(1e-4);
    });
    compiled.dispose();
  });

  it('learns to guess a hidden patch by those around it', async () => {
    const model = fresh({ maskRatio: 0.5 });
    const optimizer = new AdamW(model.trainableVariables, { weightDecay: 0 });
    // Each image has one colour: what is hidden is known from what is seen, and from nothing else.
    const colours = new RandomStream([4, 4]).uniform([64, 1, 1, 3]);
    const plain = colours.tile([1, 8, 8, 1]) as tf.Tensor4D;
    const data: BatchSource<{ images: tf.Tensor4D }> = {
      size: 64,
      batch: (indices) => ({
        images: tf.tidy(() => tf.gather(plain, tf.tensor1d(Array.from(indices), 'int32'))),
      }),
    };
    await train({
      step: maskedAutoencoderStep({ model, optimizer }),
      data,
      batchSize: 32,
      steps: 200,
      learningRate: 5e-3,
      seed: 2,
    });
    const after = model.loss(plain, { random: random() }).dataSync()[0] as number;
    const ofMean = colours.sub(colours.mean(0)).square().mean().dataSync()[0] as number;
    expect(after).toBeLessThan(ofMean / 4);
  });

  it('says what does not fit', () => {
    const convolutional = tutorialEncoder({ inputShape: [8, 8, 3] });
    expect(() => autoencoder({ encoder: convolutional })).toThrow(/no visionTransformer/);
    for (const maskRatio of [0, 1, 0.999, Number.NaN]) {
      expect(() => autoencoder({ maskRatio })).toThrow(InvalidArgumentError);
    }
    const transposed = autoencoder({ mask: ({ images: n, patches }) => tf.zeros([patches, n]) });
    expect(() => transposed.loss(some, { random: random() })).toThrow(
      /mask has the shape \[16, 4\]; expected \[4, 16\]/,
    );
    expect(() => autoencoder({ decoderDim: 9 })).toThrow(/multiple of 4/);
    expect(() => autoencoder({ decoderHeads: 5 })).toThrow(/5 heads/);
  });

  it('disposes everything, and leaves nothing behind', () => {
    const before = tf.memory().numTensors;
    const model = autoencoder();
    tf.dispose(model.loss(some, { random: random() }));
    tf.dispose({ ...model.reconstruct(some, { random: random() }) });
    model.dispose();
    // The streams' seeds are numbers, so nothing else is left.
    expect(tf.memory().numTensors).toBe(before);
  });
});
