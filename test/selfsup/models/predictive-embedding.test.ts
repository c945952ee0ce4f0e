import {
  Byol,
  InvalidArgumentError,
  type PredictiveEmbedding,
  projectionHead,
  RandomStream,
  SimSiam,
  tf,
  tutorialEncoder,
  variableOf,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const random = new RandomStream([9, 8]);
const view1 = random.uniform([8, 8, 8, 3]) as tf.Tensor4D;
const view2 = random.uniform([8, 8, 8, 3]) as tf.Tensor4D;
const numberOf = (x: tf.Tensor) => x.dataSync()[0] as number;
const gap = (a: tf.Tensor, b: tf.Tensor) => numberOf(a.sub(b).abs().max());

const parts = () => ({
  encoder: tutorialEncoder({ inputShape: [8, 8, 3], embeddingDim: 16, seed: 1 }),
  projectionHead: projectionHead({
    inputDim: 16,
    hiddenDim: 16,
    projectionDim: 6,
    batchNorm: true,
    outputBatchNorm: true,
    seed: 1,
  }),
  predictor: projectionHead({ inputDim: 6, hiddenDim: 4, projectionDim: 6, seed: 2 }),
});

/** −cos, one pair of rows after the other, in double precision. */
function negativeCosine(predictions: tf.Tensor2D, targets: tf.Tensor2D): number {
  const [p, t] = [predictions.arraySync(), targets.arraySync()];
  const cosines = p.map((row, i) => {
    const other = t[i] as number[];
    const dot = row.reduce((sum, v, d) => sum + v * (other[d] as number), 0);
    return dot / (Math.hypot(...row) * Math.hypot(...other));
  });
  return -cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length;
}

/** ½ D(q(z1), t2) + ½ D(q(z2), t1). */
function byHand(model: PredictiveEmbedding, t1: tf.Tensor2D, t2: tf.Tensor2D): number {
  const predictionOf = (images: tf.Tensor4D) =>
    model.predictor.predict(model.call(images).projections) as tf.Tensor2D;
  return negativeCosine(predictionOf(view1), t2) / 2 + negativeCosine(predictionOf(view2), t1) / 2;
}
const gradientsOf = (model: PredictiveEmbedding) =>
  tf.variableGrads(() => model.loss(view1, view2).loss, model.trainableVariables).grads;

describe('SimSiam', () => {
  it('foretells the projections of the other view', () => {
    const model = new SimSiam(parts());
    const { loss, z1, z2, features } = model.loss(view1, view2, { training: false });
    expect(numberOf(loss)).toBeCloseTo(byHand(model, z1, z2), 5);
    expect([z1.shape, z2.shape, features.shape]).toEqual([
      [8, 6],
      [8, 6],
      [16, 16],
    ]);
    expect(gap(z2, model.call(view2).projections)).toBeLessThan(1e-5);
  });

  it('lets no gradient reach the targets, unless told to', () => {
    const [stopped, free] = [
      new SimSiam(parts()),
      new SimSiam({ ...parts(), stopGradient: false }),
    ];
    const [ofStopped, ofFree] = [gradientsOf(stopped), gradientsOf(free)];
    expect(Object.keys(ofStopped)).toHaveLength(stopped.trainableVariables.length);
    for (const gradient of Object.values(ofStopped)) {
      expect(numberOf(gradient.isFinite().all())).toBe(1);
    }
    const gradientAt = (model: SimSiam, all: tf.NamedTensorMap, place: number) =>
      all[model.trainableVariables[place]?.name as string] as tf.Tensor;
    // The gradient with constant targets, from targets that are constants.
    const { z1, z2 } = stopped.loss(view1, view2);
    const both = tf.concat([view1, view2]);
    const constants = tf.concat([z2, z1]);
    const { grads } = tf.variableGrads(() => {
      const { projections } = stopped.call(both, { training: true });
      const predictions = stopped.predictor.apply(projections, { training: true }) as tf.Tensor2D;
      const unit = (x: tf.Tensor) => x.div(tf.norm(x, 2, 1, true));
      return unit(predictions).mul(unit(constants)).sum(1).mean().neg() as tf.Scalar;
    }, stopped.trainableVariables);
    stopped.trainableVariables.forEach(({ name }, place) => {
      const found = gradientAt(stopped, ofStopped, place);
      expect(gap(found, grads[name] as tf.Tensor)).toBeLessThan(1e-5);
    });
    expect(gap(gradientAt(stopped, ofStopped, 0), gradientAt(free, ofFree, 0))).toBeGreaterThan(
      1e-4,
    );
    // The predictor is no part of the targets: its gradient is the same either way.
    const last = stopped.trainableVariables.length - 1;
    expect(gap(gradientAt(stopped, ofStopped, last), gradientAt(free, ofFree, last))).toBeLessThan(
      1e-5,
    );
  });

  it('works without a projection head', () => {
    const { encoder } = parts();
    const predictor = projectionHead({ inputDim: 16, hiddenDim: 4, projectionDim: 16 });
    const model = new SimSiam({ encoder, predictor });
    expect(numberOf(model.loss(view1, view2).loss)).toBeLessThanOrEqual(1);
  });

  it('says what does not fit', () => {
    const predictor = projectionHead({ inputDim: 6, hiddenDim: 4, projectionDim: 5 });
    expect(() => new SimSiam({ ...parts(), predictor })).toThrow(
      /predictor gives 5 numbers for each projection of 6/,
    );
    expect(() => new SimSiam(parts()).loss(view1, view2.slice([0], [4]))).toThrow(
      InvalidArgumentError,
    );
  });

  it('disposes everything, and leaves nothing behind', () => {
    const before = tf.memory().numTensors;
    const model = new SimSiam(parts());
    tf.dispose(model.loss(view1, view2));
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('BYOL', () => {
  it('foretells what the target network makes of the other view, with the loss of the paper', () => {
    const model = new Byol(parts());
    // Targets that differ from the trained network's own.
    for (const one of model.targetNetwork.variables) one.assign(one.mul(1.1).add(0.01));
    const t1 = model.targetNetwork.call(view1);
    const t2 = model.targetNetwork.call(view2);
    expect(gap(t1, model.call(view1).projections)).toBeGreaterThan(1e-3);
    const loss = numberOf(model.loss(view1, view2, { training: false }).loss);
    expect(loss).toBeCloseTo(4 + 4 * byHand(model, t1, t2), 4);
  });

  it('lets gradients reach encoder, head and predictor, and not the target network', () => {
    const model = new Byol(parts());
    const own = model.trainableVariables;
    // Asked for all of them: a target that were no constant would have gradients too.
    const all = [...own, ...model.targetNetwork.variables];
    const { grads } = tf.variableGrads(() => model.loss(view1, view2).loss, all);
    expect(Object.keys(grads).sort()).toEqual(own.map(({ name }) => name).sort());
    const namesOf = ({ trainableWeights }: tf.LayersModel) =>
      trainableWeights.map((weight) => variableOf(weight).name);
    for (const network of [model.encoder, model.projectionHead, model.predictor]) {
      const largest = namesOf(network as tf.LayersModel).map((name) =>
        numberOf((grads[name] as tf.Tensor).abs().max()),
      );
      expect(Math.max(...largest)).toBeGreaterThan(1e-4);
    }
  });

  it('moves the target network by its momentum, and counts it among its weights', () => {
    const model = new Byol(parts());
    const [own] = model.trainableVariables as [tf.Variable];
    const [followed] = model.targetNetwork.variables as [tf.Variable];
    const before = followed.clone();
    own.assign(own.add(1));
    model.updateTargetNetwork(0.9);
    expect(gap(followed, before.mul(0.9).add(own.mul(0.1)))).toBeLessThan(1e-6);
    const ids = model.weights.map(({ id }) => id);
    for (const { id } of [own, followed]) expect(ids).toContain(id);
  });

  it('disposes everything, and leaves nothing behind', () => {
    const before = tf.memory().numTensors;
    const model = new Byol(parts());
    tf.dispose(model.loss(view1, view2));
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
