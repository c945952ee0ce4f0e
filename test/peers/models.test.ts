import {
  Byol,
  MaskedAutoencoder,
  type PredictiveEmbedding,
  RandomStream,
  SimSiam,
  tf,
  visionTransformer,
} from 'selfsup';
import { expect, test } from 'vitest';
import { load, relativeDifference, type StoredTensor } from './fixture';
import { row } from './table';

type Weights = Readonly<Record<string, StoredTensor>>;

interface ModelCase {
  readonly weights: Weights;
  readonly loss: number;
  readonly gradients: Weights;
}

type Agree = (difference: number, what: string) => void;

/** torch multiplies by a kernel's transpose. */
const asOurs = (name: string, stored: StoredTensor): tf.Tensor =>
  tf.tidy(() => (name.endsWith('Kernel') ? load(stored).transpose() : load(stored)));

/** Gives variables the peer's weights; both are in one order. */
function assign(variables: readonly tf.Variable[], weights: Weights): void {
  const stored = Object.entries(weights);
  expect(variables).toHaveLength(stored.length);
  tf.tidy(() => {
    stored.forEach(([name, weight], i) => {
      variables[i]?.assign(asOurs(name, weight));
    });
  });
}

/** Compares the loss, and its gradients of all weights; `constant` are variables that none may reach. */
function compare(
  { loss, gradients }: ModelCase,
  lossOf: () => tf.Scalar,
  { trained, constant = [] }: { trained: readonly tf.Variable[]; constant?: tf.Variable[] },
  { agree, what }: { agree: Agree; what: string },
): void {
  tf.tidy(() => {
    const { value, grads } = tf.variableGrads(lossOf, [...trained, ...constant]);
    agree(relativeDifference(value, [loss], 1), what);
    expect(Object.keys(grads).sort()).toEqual(trained.map(({ name }) => name).sort());
    const theirs = Object.entries(gradients).map(([name, one]) => ({ name, g: asOurs(name, one) }));
    // Where terms cancel, as in the gradient of the keys' bias, what is left is rounding of terms of the largest gradient's size.
    const largest = Math.max(...theirs.map(({ g }) => g.abs().max().dataSync()[0] as number));
    theirs.forEach(({ name, g }, i) => {
      const ours = grads[trained[i]?.name as string] as tf.Tensor;
      expect(ours.shape, name).toEqual(g.shape);
      const difference = relativeDifference(ours, g.dataSync(), largest);
      agree(difference, `${what}, gradient of ${name}`);
    });
  });
}

test('MaskedAutoencoder.loss', () => {
  interface Case extends ModelCase {
    readonly patchSize: number;
    readonly dim: number;
    readonly blocks: number;
    readonly decoderDim: number;
    readonly decoderBlocks: number;
    readonly normaliseTargets: boolean;
    readonly images: StoredTensor;
    readonly hidden: StoredTensor;
  }
  const { cases, agree } = row<Case>('models', 'MaskedAutoencoder.loss');
  expect(new Set(cases.map((one) => one.normaliseTargets)).size).toBe(2);
  for (const one of cases) {
    const images = load<tf.Rank.R4>(one.images);
    const hidden = load<tf.Rank.R2>(one.hidden);
    const [, height, width] = images.shape;
    const model = new MaskedAutoencoder({
      encoder: visionTransformer({
        inputShape: [height, width, 3],
        patchSize: one.patchSize,
        embeddingDim: one.dim,
        blocks: one.blocks,
      }),
      decoderDim: one.decoderDim,
      decoderBlocks: one.decoderBlocks,
      normaliseTargets: one.normaliseTargets,
      maskRatio: tf.tidy(() => hidden.mean().dataSync()[0] as number),
      mask: () => hidden.clone(),
    });
    assign(model.weights, one.weights);
    compare(
      one,
      () => model.loss(images, { random: new RandomStream([1, 1]) }),
      { trained: model.trainableVariables },
      { agree, what: `[${images.shape}], normalised ${one.normaliseTargets}` },
    );
    tf.dispose([images, hidden]);
    model.dispose();
  }
});

interface TwoViewCase extends ModelCase {
  readonly view1: StoredTensor;
  readonly view2: StoredTensor;
}

/** A dense layer from `inputs` to each of the sizes in turn, with tanh after all but the last. */
function denseLayers(inputs: number, ...sizes: number[]): tf.layers.Layer[] {
  return sizes.map((units, i) => {
    const activation = i < sizes.length - 1 ? 'tanh' : 'linear';
    return tf.layers.dense({ units, activation, inputShape: [sizes[i - 1] ?? inputs] });
  });
}

/** Encoder, head and predictor of the sizes of the peer's weights. */
function networksOf({ view1, weights }: TwoViewCase) {
  const [features, projected, hidden] = ['encoder 0 Bias', 'head 0 Bias', 'predictor 0 Bias'].map(
    (name) => weights[name]?.shape[0] as number,
  ) as [number, number, number];
  const imageShape = view1.shape.slice(1);
  const pixels = imageShape.reduce((product, length) => product * length, 1);
  return {
    encoder: tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: imageShape }),
        ...denseLayers(pixels, features, features),
      ],
    }),
    projectionHead: tf.sequential({ layers: denseLayers(features, projected) }),
    predictor: tf.sequential({ layers: denseLayers(projected, hidden, projected) }),
  };
}

function compareTwoViews<M extends PredictiveEmbedding>(
  one: TwoViewCase,
  model: M,
  agree: Agree,
  { constant = [], what }: { constant?: tf.Variable[]; what: string },
): void {
  assign(model.trainableVariables, one.weights);
  const [view1, view2] = [load<tf.Rank.R4>(one.view1), load<tf.Rank.R4>(one.view2)];
  const lossOf = () => model.loss(view1, view2).loss;
  compare(one, lossOf, { trained: model.trainableVariables, constant }, { agree, what });
  tf.dispose([view1, view2]);
  model.dispose();
}

test('SimSiam.loss', () => {
  const { cases, agree } = row<TwoViewCase & { stopGradient: boolean }>('models', 'SimSiam.loss');
  expect(new Set(cases.map(({ stopGradient }) => stopGradient)).size).toBe(2);
  for (const one of cases) {
    const { stopGradient } = one;
    const model = new SimSiam({ ...networksOf(one), stopGradient });
    const what = `[${one.view1.shape}], stop-gradient ${stopGradient}`;
    compareTwoViews(one, model, agree, { what });
  }
});

test('Byol.loss', () => {
  const { cases, agree } = row<TwoViewCase & { target: Weights }>('models', 'Byol.loss');
  for (const one of cases) {
    const model = new Byol(networksOf(one));
    const constant = model.targetNetwork.variables;
    assign(constant, one.target);
    compareTwoViews(one, model, agree, { constant, what: `[${one.view1.shape}]` });
  }
});
