/**
 * What a masked autoencoder teaches a small vision Transformer, beside SimCLR in about the same time: frozen features, and all
 * weights trained with 1 % of the labels, against the same network without pre-training. A seed decides the weights at the
 * start, which labels are kept, the order of the images, what is hidden, the views, and which images are held out.
 */
import {
  AdamW,
  Classifier,
  compose,
  cosineSchedule,
  fineTune,
  frozenFeatureQuality,
  type ImageData,
  imageBatches,
  labelSubset,
  MaskedAutoencoder,
  maskedAutoencoderStep,
  processorSeconds,
  projectionHead,
  randomHorizontalFlip,
  randomResizedCrop,
  SimClr,
  simClrAugmentation,
  simClrStep,
  type tf,
  train,
  twoViews,
  visionTransformer,
} from 'selfsup';
import { type ImageDataName, loadImageData } from 'selfsup-course';
import { defineStudy } from './runner/study';
import { firstImages } from './training/first-images';
import { testAccuracy } from './training/test-accuracy';

const SHARED = {
  patchSize: 4,
  embeddingDim: 64,
  blocks: 4,
  heads: 2,
  decoderDim: 32,
  decoderHeads: 2,
  maskRatio: 0.75,
  temperature: 0.1,
  batchSize: 128,
  peak: 2e-3,
  labels: 0.01,
  headSteps: 40,
  /** At most. It ends when eight looks in a row were no better than the best, and at twice that one's step at the earliest. */
  tuningSteps: 2000,
  patience: 8,
  patienceFactor: 2,
  tuningBatchSize: 64,
  tuningRate: 1e-3,
};

interface Pretraining {
  readonly [parameter: string]: string | number;
  /** Without any the network stays random, and what is fine-tuned is trained from scratch. */
  readonly method: 'none' | 'masked autoencoder' | 'SimCLR';
  readonly pretrainingSteps: number;
  /** Of them, until the learning rate has its peak. */
  readonly warmupSteps: number;
}
type Recipe = Pretraining & typeof SHARED;

/** Labelled images for the probe and kNN, and validation images for looks while fine-tuning: all would take longer than training. */
const GALLERY = 10_000;
const LOOKED_AT = 1000;

function pretrainingStep(recipe: Recipe, encoder: tf.LayersModel, seed: number) {
  const { embeddingDim, decoderDim, decoderHeads, maskRatio, temperature } = recipe;
  if (recipe.method === 'SimCLR') {
    const head = projectionHead({ inputDim: embeddingDim, seed });
    const model = new SimClr({ encoder, projectionHead: head, temperature });
    return simClrStep({
      model,
      optimizer: new AdamW(model.trainableVariables),
      views: twoViews(simClrAugmentation({ size: 32 })),
    });
  }
  const model = new MaskedAutoencoder({ encoder, decoderDim, decoderHeads, maskRatio, seed });
  return maskedAutoencoderStep({
    model,
    optimizer: new AdamW(model.trainableVariables),
    augmentation: randomHorizontalFlip(),
  });
}

/** The network before it meets a label. */
async function pretrained(
  recipe: Recipe,
  data: ImageData,
  seed: number,
  scale: number,
): Promise<tf.LayersModel> {
  const { patchSize, embeddingDim, blocks, heads, batchSize, peak, warmupSteps } = recipe;
  const encoder = visionTransformer({ patchSize, embeddingDim, blocks, heads, seed });
  if (recipe.method === 'none') return encoder;
  await train({
    step: pretrainingStep(recipe, encoder, seed),
    data: imageBatches(data.train),
    batchSize,
    steps: Math.ceil(scale * recipe.pretrainingSteps),
    learningRate: cosineSchedule({ peak, warmupSteps }),
    seed,
  });
  return encoder;
}

/** Test accuracy after training with few labels, from the best look at validation images, and when that was. */
async function withFewLabels(
  encoder: tf.LayersModel,
  recipe: Recipe,
  data: ImageData,
  seed: number,
  scale: number,
): Promise<{ fewLabels: number; bestStep: number; converged: number }> {
  const classifier = new Classifier({ encoder, classes: data.train.labelNames.length, seed });
  const { best, converged } = await fineTune({
    classifier,
    data: labelSubset(data.train, { fraction: recipe.labels, seed }),
    // A head that knows nothing does not spoil what was learned; from scratch there is nothing to spoil.
    headSteps: recipe.method === 'none' ? 0 : Math.ceil(scale * recipe.headSteps),
    steps: Math.ceil(scale * recipe.tuningSteps),
    learningRate: recipe.tuningRate,
    batchSize: recipe.tuningBatchSize,
    augmentation: compose(randomResizedCrop({ size: 32, scale: [0.5, 1] }), randomHorizontalFlip()),
    validation: {
      data: firstImages(data.validation, LOOKED_AT),
      everySteps: 20,
      patience: recipe.patience,
      patienceFactor: recipe.patienceFactor,
    },
    seed,
  });
  return {
    fewLabels: await testAccuracy(classifier, data.test),
    bestStep: best?.step ?? Number.NaN,
    converged: Number(converged),
  };
}

export default defineStudy<Recipe>({
  title: 'A masked autoencoder, SimCLR in the same time, and no pre-training',
  about:
    'CIFAR-10, test split, n = 10,000; a vision Transformer of four blocks. "1 % of the labels": all weights trained on 450 labelled images until eight ' +
    'looks in a row at 1,000 validation images, and half of all steps, were no better; the weights of the best look are kept. After pre-training, 40 steps of the new last layer alone come first; without it, that is ' +
    'training from scratch. Linear probe and kNN: frozen features and 10,000 labelled images, the probe’s regularisation chosen on the ' +
    'validation split; without pre-training the network is random. Best step: of the training with labels, at which validation was best; converged: ' +
    'trainings that ended because validation had stopped improving. The steps of SimCLR were chosen so that both pre-trainings take equally long.',
  revision: 3,
  recipes: {
    'no pre-training': { ...SHARED, method: 'none', pretrainingSteps: 0, warmupSteps: 0 },
    'masked autoencoder': {
      ...SHARED,
      method: 'masked autoencoder',
      pretrainingSteps: 1200,
      warmupSteps: 40,
    },
    'SimCLR, same time': { ...SHARED, method: 'SimCLR', pretrainingSteps: 260, warmupSteps: 20 },
  },
  data: ['cifar10'],
  seeds: [1, 2, 3],
  columns: [
    { name: 'testProbe', title: 'linear probe', unit: 'percent' },
    { name: 'testKnn', title: 'kNN', unit: 'percent' },
    { name: 'fewLabels', title: '1 % of the labels', unit: 'percent' },
    { name: 'bestStep', title: 'best step', decimals: 0 },
    { name: 'converged', title: 'converged', unit: 'percent' },
    { name: 'pretrainingSeconds', title: 'pre-training, processor time (s)', decimals: 0 },
  ],
  async measure({ parameters, data: name, seed, scale }, { onProgress }) {
    const data = await loadImageData({ data: name as ImageDataName, seed, onProgress });
    const started = processorSeconds();
    const encoder = await pretrained(parameters, data, seed, scale);
    const pretrainingSeconds = processorSeconds() - started;
    const frozen = await frozenFeatureQuality(encoder, data, {
      gallery: firstImages(data.train, GALLERY),
    });
    const tuned = await withFewLabels(encoder, parameters, data, seed, scale);
    return { ...frozen, ...tuned, pretrainingSeconds };
  },
});
