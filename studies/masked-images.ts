/**
 * Whether a masked autoencoder helps where labels are few: a small vision Transformer, fine-tuned with 1 % of the labels after
 * pre-training without any and trained on them from scratch, over several seeds. Its frozen features are measured beside the
 * same network's at random. A seed decides the weights at the start, which labels are kept, the order of the images, what is
 * hidden, and which images are held out.
 */
import {
  AdamW,
  Classifier,
  compose,
  cosineSchedule,
  fineTune,
  type ImageData,
  imageBatches,
  labelSubset,
  MaskedAutoencoder,
  maskedAutoencoderStep,
  randomHorizontalFlip,
  randomResizedCrop,
  type tf,
  train,
  visionTransformer,
} from 'selfsup';
import { type ImageDataName, loadImageData } from 'selfsup-course';
import { defineStudy } from './runner/study';
import { firstImages } from './training/first-images';
import { frozenFeatureQuality } from './training/frozen-feature-quality';
import { testAccuracy } from './training/test-accuracy';

/** Notebook 10, standard profile. */
const SHARED = {
  patchSize: 4,
  embeddingDim: 64,
  blocks: 4,
  heads: 2,
  decoderDim: 32,
  decoderHeads: 2,
  maskRatio: 0.75,
  batchSize: 128,
  peak: 2e-3,
  warmupSteps: 40,
  labels: 0.01,
  headSteps: 40,
  /** At most; it ends when eight looks in a row were no better than the best. */
  tuningSteps: 800,
  patience: 8,
  tuningBatchSize: 64,
  tuningRate: 1e-3,
};

interface Recipe {
  readonly [parameter: string]: string | number;
  /** Steps of the masked autoencoder; 0: the network stays random, and what is fine-tuned is trained from scratch. */
  readonly pretrainingSteps: number;
}
type MaskedRecipe = Recipe & typeof SHARED;

/** Labelled images for the probe and kNN, and validation images for looks while fine-tuning: all would take longer than training. */
const GALLERY = 10_000;
const LOOKED_AT = 1000;

/** The network before it meets a label. */
async function pretrained(
  recipe: MaskedRecipe,
  data: ImageData,
  seed: number,
  scale: number,
): Promise<tf.LayersModel> {
  const { patchSize, embeddingDim, blocks, heads, decoderDim, decoderHeads, maskRatio } = recipe;
  const encoder = visionTransformer({ patchSize, embeddingDim, blocks, heads, seed });
  if (recipe.pretrainingSteps === 0) return encoder;
  const model = new MaskedAutoencoder({ encoder, decoderDim, decoderHeads, maskRatio, seed });
  await train({
    step: maskedAutoencoderStep({
      model,
      optimizer: new AdamW(model.trainableVariables),
      augmentation: randomHorizontalFlip(),
    }),
    data: imageBatches(data.train),
    batchSize: recipe.batchSize,
    steps: Math.ceil(scale * recipe.pretrainingSteps),
    learningRate: cosineSchedule({ peak: recipe.peak, warmupSteps: recipe.warmupSteps }),
    seed,
  });
  return encoder;
}

/** Test accuracy after training with few labels, from the best look at validation images, and when that was. */
async function withFewLabels(
  encoder: tf.LayersModel,
  recipe: MaskedRecipe,
  data: ImageData,
  seed: number,
  scale: number,
): Promise<{ fewLabels: number; bestStep: number; converged: number }> {
  const classifier = new Classifier({ encoder, classes: data.train.labelNames.length, seed });
  const { best, converged } = await fineTune({
    classifier,
    data: labelSubset(data.train, { fraction: recipe.labels, seed }),
    // A head that knows nothing does not spoil what was learned; from scratch there is nothing to spoil.
    headSteps: recipe.pretrainingSteps === 0 ? 0 : Math.ceil(scale * recipe.headSteps),
    steps: Math.ceil(scale * recipe.tuningSteps),
    learningRate: recipe.tuningRate,
    batchSize: recipe.tuningBatchSize,
    augmentation: compose(randomResizedCrop({ size: 32, scale: [0.5, 1] }), randomHorizontalFlip()),
    validation: {
      data: firstImages(data.validation, LOOKED_AT),
      everySteps: 20,
      patience: recipe.patience,
    },
    seed,
  });
  return {
    fewLabels: await testAccuracy(classifier, data.test),
    bestStep: best?.step ?? Number.NaN,
    converged: Number(converged),
  };
}

export default defineStudy<MaskedRecipe>({
  title: 'A masked autoencoder where labels are few',
  about:
    'CIFAR-10, test split, n = 10,000. "1 % of the labels": all weights trained on 450 labelled images until eight looks in a row at ' +
    '1,000 validation images were no better, the weights of the best look kept; without pre-training that is training from scratch. ' +
    'Linear probe and kNN: frozen features and 10,000 labelled images, the probe’s regularisation chosen on the validation split. ' +
    'Best step: of fine-tuning, at which validation was best; converged: trainings that ended because validation had stopped improving.',
  revision: 2,
  recipes: {
    'no pre-training': { ...SHARED, pretrainingSteps: 0 },
    'masked autoencoder': { ...SHARED, pretrainingSteps: 1200 },
  },
  data: ['cifar10'],
  seeds: [1, 2, 3],
  columns: [
    { name: 'fewLabels', title: '1 % of the labels', unit: 'percent' },
    { name: 'testProbe', title: 'linear probe', unit: 'percent' },
    { name: 'testKnn', title: 'kNN', unit: 'percent' },
    { name: 'bestStep', title: 'best step', decimals: 0 },
    { name: 'converged', title: 'converged', unit: 'percent' },
    { name: 'pretrainingSeconds', title: 'pre-training (s)', decimals: 0 },
  ],
  async measure({ parameters, data: name, seed, scale }, { onProgress }) {
    const data = await loadImageData({ data: name as ImageDataName, seed, onProgress });
    const started = performance.now();
    const encoder = await pretrained(parameters, data, seed, scale);
    const pretrainingSeconds = (performance.now() - started) / 1000;
    const frozen = await frozenFeatureQuality(encoder, {
      ...data,
      train: firstImages(data.train, GALLERY),
    });
    const tuned = await withFewLabels(encoder, parameters, data, seed, scale);
    return { ...frozen, ...tuned, pretrainingSeconds };
  },
});
