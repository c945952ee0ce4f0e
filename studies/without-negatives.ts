/**
 * Methods with negatives and without, in the same time on the same encoder, views and protocol: notebook 09's table over
 * seeds. A seed decides the weights at the start, the order of the images, the views, and which images are held out.
 */
import {
  barChart,
  frozenFeatureQuality,
  imageBatches,
  processorSeconds,
  RandomStream,
  representationDiagnostics,
  simClrAugmentation,
  TimeBudget,
  tf,
  train,
  tutorialEncoder,
  twoViews,
} from 'selfsup';
import { type ImageDataName, loadImageData } from 'selfsup-course';
import { defineStudy, type StudyRow } from './runner/study';
import { availablePrecision } from './training/available-precision';
import { prepareMethod, type TwoViewMethod, type TwoViewRecipe } from './training/two-view-methods';

/** What all rows have in common. */
const SHARED = {
  /** Processor time of all cores, tracing and augmentation included. */
  seconds: 30,
  viewSize: 20,
  batchSize: 128,
  warmupSteps: 20,
  hiddenDim: 128,
  projectionDim: 64,
  headBatchNorm: true,
  /** bfloat16 where this processor has it. */
  precision: 'fastest',
  /** Labelled images for kNN and probe, spread evenly over the training images. */
  gallery: 10_000,
};

type Shared = typeof SHARED & { readonly peak: number };
type TrainedRecipe = Shared & TwoViewRecipe & TwoViewMethod;
type Recipe = Readonly<Record<string, string | number | boolean>> &
  (TrainedRecipe | (Shared & { readonly method: 'none' }));

/** VICReg's weights are chosen on the validation split, by short runs with seed 1; the others had no search. */
const RECIPES: Readonly<Record<string, Recipe>> = {
  'random, frozen': { ...SHARED, peak: 0, method: 'none' },
  SimCLR: { ...SHARED, peak: 5e-3, method: 'SimCLR', temperature: 0.1 },
  DCL: { ...SHARED, peak: 5e-3, method: 'DCL', temperature: 0.2 },
  MoCo: {
    ...SHARED,
    peak: 5e-3,
    method: 'MoCo',
    temperature: 0.1,
    queueSize: 4096,
    momentum: 0.99,
  },
  SimSiam: {
    ...SHARED,
    peak: 5e-3,
    method: 'SimSiam',
    predictorDim: 32,
    outputBatchNorm: true,
    stopGradient: true,
  },
  BYOL: {
    ...SHARED,
    peak: 5e-3,
    method: 'BYOL',
    predictorDim: 128,
    outputBatchNorm: true,
    momentum: 0.9,
  },
  VICReg: {
    ...SHARED,
    peak: 5e-3,
    method: 'VICReg',
    projectionDim: 128,
    invariance: 10,
    variance: 25,
    covariance: 2,
  },
  'Barlow Twins': {
    ...SHARED,
    peak: 5e-3,
    method: 'Barlow Twins',
    projectionDim: 128,
    redundancy: 0.1,
  },
};

/** Positions of `count` images, spread evenly over a data set. */
function spread(count: number, size: number): number[] {
  const taken = Math.min(count, size);
  return Array.from({ length: taken }, (_, index) => Math.floor((index * size) / taken));
}

/** Probe and kNN of each method; those without negatives stand last, as in the recipes. */
function chart(rows: readonly StudyRow<Recipe>[]) {
  const percent = (row: StudyRow<Recipe>, name: string) =>
    100 * (row.summaries[name]?.mean ?? Number.NaN);
  const measured = rows.filter((row) => row.summaries.testProbe !== undefined);
  if (measured.length === 0) return null;
  return barChart({
    title: 'Frozen features after the same time',
    description: `Test accuracy of a linear probe and of kNN: ${measured
      .map(
        (row) =>
          `${row.recipe} ${percent(row, 'testProbe').toFixed(1)} and ${percent(row, 'testKnn').toFixed(1)} %`,
      )
      .join('; ')}.`,
    bars: measured.flatMap((row) =>
      [['linear probe', 'testProbe'] as const, ['kNN', 'testKnn'] as const].map(
        ([group, name]) => ({ label: row.recipe, group, value: percent(row, name) }),
      ),
    ),
    categoryLabel: 'method',
    valueLabel: 'test accuracy (%)',
  });
}

export default defineStudy<Recipe>({
  title: 'With negatives and without, in the same time',
  about:
    'Frozen features of whole images, test split (CIFAR-10: n = 10,000); neighbours among 10,000 training images, on which the ' +
    'probe is fitted, too. The probe’s regularisation, and VICReg’s weights among the recipes, are chosen on the validation split ' +
    '(5,000). Each training takes 30 seconds of processor time of all cores. Rank and deviation are of the projections of 256 validation images.',
  revision: 1,
  recipes: RECIPES,
  data: ['cifar10'],
  seeds: [1, 2, 3],
  columns: [
    { name: 'testProbe', title: 'linear probe', unit: 'percent' },
    { name: 'testKnn', title: 'kNN', unit: 'percent' },
    { name: 'validationProbe', title: 'probe, validation', unit: 'percent' },
    { name: 'effectiveRank', title: 'rank', decimals: 1 },
    { name: 'deviation', title: 'deviation', decimals: 2 },
    { name: 'steps', title: 'steps', decimals: 0 },
  ],
  async measure({ parameters, data: name, seed, scale }, { onProgress }) {
    const data = await loadImageData({ data: name as ImageDataName, seed, onProgress });
    const gallery = data.train.subset(spread(parameters.gallery, data.train.size));
    if (parameters.method === 'none') {
      const encoder = tutorialEncoder({ inputShape: [null, null, 3], seed });
      const untrained = { effectiveRank: Number.NaN, deviation: Number.NaN, steps: 0 };
      return { ...(await frozenFeatureQuality(encoder, data, { gallery })), ...untrained };
    }
    const { encoder, model, step } = prepareMethod(parameters, seed);
    const budget = new TimeBudget(scale * parameters.seconds, {
      clock: processorSeconds,
      onProgress,
    });
    const started = performance.now();
    const { stepsDone, history } = await train({
      step,
      data: imageBatches(data.train),
      batchSize: parameters.batchSize,
      steps: budget.steps,
      learningRate: budget.schedule(parameters),
      signal: budget.signal,
      seed,
      precision: availablePrecision(parameters.precision),
    });
    const trainingSeconds = (performance.now() - started) / 1000;
    const projections = tf.tidy(() => {
      const images = data.validation.images(spread(256, data.validation.size));
      const views = twoViews(simClrAugmentation({ size: parameters.viewSize }));
      return views(images, new RandomStream([0, 0])).map((view) => model.call(view).projections);
    });
    const { effectiveRank, deviation, alignment, uniformity } = representationDiagnostics(
      projections[0] as tf.Tensor2D,
      projections[1] as tf.Tensor2D,
    );
    tf.dispose(projections);
    return {
      ...(await frozenFeatureQuality(encoder, data, { gallery })),
      effectiveRank,
      deviation,
      alignment,
      uniformity,
      steps: stepsDone,
      loss: history.steps.at(-1)?.loss ?? Number.NaN,
      trainingSeconds,
    };
  },
  chart,
});
