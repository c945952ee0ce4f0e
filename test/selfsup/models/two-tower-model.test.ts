import {
  CaptionEncoder,
  InvalidArgumentError,
  projectionHead,
  RandomStream,
  type TowerLoss,
  TwoTowerModel,
  tf,
  tutorialEncoder,
  twoTowerLoss,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const tokens = () =>
  tf.tensor2d(
    [
      [3, 4, 0],
      [5, 0, 0],
      [3, 4, 6],
    ],
    [3, 3],
    'int32',
  );
const images = () => new RandomStream([1, 1]).uniform([3, 8, 8, 3]) as tf.Tensor4D;

function model(
  options: { temperature?: number; projectionDim?: number; loss?: TowerLoss } = {},
): TwoTowerModel {
  const { projectionDim = 6, ...rest } = options;
  return new TwoTowerModel({
    imageEncoder: tutorialEncoder({ inputShape: [8, 8, 3], embeddingDim: 8 }),
    imageProjection: projectionHead({ inputDim: 8, hiddenDim: 8, projectionDim: 6 }),
    textEncoder: new CaptionEncoder({
      vocabularySize: 9,
      embeddingDim: 5,
      hiddenDim: 7,
      projectionDim,
    }),
    ...rest,
  });
}

describe('CaptionEncoder', () => {
  const make = (seed = 0) =>
    new CaptionEncoder({
      vocabularySize: 9,
      embeddingDim: 5,
      hiddenDim: 7,
      projectionDim: 4,
      seed,
    });

  it('is two layers over the mean of the word vectors, padding left out', () => {
    const encoder = make();
    const [e, w1, b1, w2, b2] = encoder.weights.map((w) => w.arraySync()) as [
      number[][],
      number[][],
      number[],
      number[][],
      number[],
    ];
    const apply = (x: number[], w: number[][], b: number[]) =>
      b.map((bias, j) => x.reduce((sum, value, i) => sum + value * (w[i]?.[j] as number), bias));
    const found = encoder.call(tokens()).arraySync();
    [[3, 4], [5], [3, 4, 6]].forEach((words, row) => {
      const mean = b1
        .slice(0, 5)
        .map((_, d) => words.reduce((s, word) => s + (e[word]?.[d] as number), 0) / words.length);
      const expected = apply(
        apply(mean, w1, b1).map((x) => Math.max(0, x)),
        w2,
        b2,
      );
      expected.forEach((value, d) => {
        expect(found[row]?.[d]).toBeCloseTo(value, 5);
      });
    });
  });

  it('does not see how long the row is, and takes an empty row', () => {
    const encoder = make();
    const padded = encoder.call(
      tokens().pad([
        [0, 0],
        [0, 4],
      ]) as tf.Tensor2D,
    );
    expect(padded.sub(encoder.call(tokens())).abs().max().dataSync()[0]).toBeLessThan(1e-6);
    expect(
      encoder
        .call(tf.zeros([1, 3], 'int32'))
        .isFinite()
        .all()
        .dataSync()[0],
    ).toBe(1);
  });

  it('begins with the weights of its seed', () => {
    const [a, b, c] = [make(1), make(1), make(2)].map((one) => one.call(tokens()).dataSync());
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });

  it('refuses sizes that are none, and disposes its weights', () => {
    expect(() => new CaptionEncoder({ vocabularySize: 0 })).toThrow(/vocabularySize is 0/);
    const before = tf.memory().numTensors;
    make().dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('TwoTowerModel', () => {
  it('embeds images and sentences as unit vectors of one space', () => {
    const one = model();
    const [v, t] = [one.embedImages(images()), one.embedTexts(tokens())];
    expect([v.shape, t.shape]).toEqual([
      [3, 6],
      [3, 6],
    ]);
    for (const rows of [v, t]) {
      for (const length of rows.norm(2, 1).dataSync()) expect(length).toBeCloseTo(1, 5);
    }
  });

  it('has the two-tower loss at its temperature', () => {
    const one = model({ temperature: 0.2 });
    const captions = tf.tensor1d([1, 0, 1], 'int32');
    for (const sameCaption of ['positives', 'negatives'] as const) {
      const { loss, images: v, texts: t } = one.loss(images(), tokens(), captions, { sameCaption });
      const expected = twoTowerLoss(v, t, captions, { temperature: 0.2, sameCaption });
      expect(loss.dataSync()[0]).toBeCloseTo(expected.dataSync()[0] as number, 5);
    }
  });

  it('takes another loss', () => {
    const loss: TowerLoss = (_images, _texts, captions, { temperature, sameCaption }) =>
      tf.add(captions.sum(), tf.mul(temperature, sameCaption === 'masked' ? 10 : 1)).asScalar();
    const one = model({ temperature: 0.2, loss });
    const captions = tf.tensor1d([1, 0, 1], 'int32');
    const found = one.loss(images(), tokens(), captions, { sameCaption: 'masked' }).loss;
    expect(found.dataSync()[0]).toBeCloseTo(4, 5);
    expect(one.towerLoss).toBe(loss);
    expect(model().towerLoss).toBe(twoTowerLoss);
  });

  it('learns its temperature and keeps it at 0.01 or above', () => {
    const one = model({ temperature: 0.07 });
    expect(one.temperature().dataSync()[0]).toBeCloseTo(0.07, 6);
    const logScale = one.trainableVariables.at(-1) as tf.Variable;
    const { grads } = tf.variableGrads(
      () => one.loss(images(), tokens(), tf.tensor1d([0, 1, 2], 'int32')).loss,
      one.trainableVariables,
    );
    expect(Math.abs(grads[logScale.name]?.dataSync()[0] as number)).toBeGreaterThan(1e-4);
    logScale.assign(tf.scalar(9));
    one.clipTemperature();
    expect(one.temperature().dataSync()[0]).toBeCloseTo(0.01, 6);
    logScale.assign(tf.scalar(2));
    one.clipTemperature();
    expect(one.temperature().dataSync()[0]).toBeCloseTo(Math.exp(-2), 6);
  });

  it('lists the moving averages among its weights, but does not train them', () => {
    const one = model();
    const trained = new Set(one.trainableVariables);
    expect(one.weights.filter((weight) => !trained.has(weight))).toHaveLength(6);
    expect(one.weights.length - trained.size).toBe(6);
  });

  it('refuses towers that do not meet, and temperatures out of range', () => {
    expect(() => model({ projectionDim: 5 })).toThrow(/equal widths of both towers/);
    for (const temperature of [0, 0.001, Number.NaN]) {
      expect(() => model({ temperature })).toThrow(InvalidArgumentError);
    }
  });

  it('leaves what it returns, and disposes everything', () => {
    const start = tf.memory().numTensors;
    const one = model();
    const [given, words, captions] = [images(), tokens(), tf.tensor1d([0, 1, 0], 'int32')];
    const before = tf.memory().numTensors;
    tf.dispose([one.embedImages(given), one.embedTexts(words), one.temperature()]);
    tf.dispose(Object.values(one.loss(given, words, captions)));
    one.clipTemperature();
    expect(tf.memory().numTensors).toBe(before);
    one.dispose();
    tf.dispose([given, words, captions]);
    expect(tf.memory().numTensors).toBe(start);
  });
});
