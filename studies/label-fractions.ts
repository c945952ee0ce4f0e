/**
 * What pre-training is worth by the number of labels: a linear probe, fine-tuning and training from scratch, in equal
 * steps and until validation stops improving, beside a random frozen encoder. A seed decides the weights at the start (also
 * those that are pre-trained), which images are held out and which are labelled, their order and the augmentation.
 */
import {
  AdamW,
  Classifier,
  compose,
  cosineSchedule,
  extractFeatures,
  fineTune,
  type ImageData,
  imageBatches,
  labelSubset,
  labelSubsetIndices,
  linearProbe,
  lineChart,
  type OnProgress,
  projectionHead,
  randomHorizontalFlip,
  randomResizedCrop,
  resize,
  SimClr,
  simClrAugmentation,
  simClrStep,
  tf,
  train,
  tutorialEncoder,
  twoViews,
} from 'selfsup';
import { type ImageDataName, loadImageData } from 'selfsup-course';
import { defineStudy, type StudyRow } from './runner/study';
import { availablePrecision } from './training/available-precision';
import { firstImages } from './training/first-images';
import { inParts } from './training/in-parts';
import { keptWeights } from './training/kept-weights';
import { testAccuracy } from './training/test-accuracy';

/** What all recipes have in common. */
const SHARED = {
  /** Shares of the training images that have labels, drawn within each class; see {@link sharesOf}. */
  shares: '0.002 0.005 0.01 0.02 0.05 0.1 0.25 1',
  /** Notebook 07's pre-training with one epoch more, on all training images: about eight epochs of CIFAR-10. */
  pretrainingSteps: 1400,
  /** Images while training with labels; the probes see whole ones. */
  size: 20,
  batchSize: 64,
  /** Smallest area of a crop. */
  cropScale: 0.4,
  /** Steps of the head alone before fine-tuning. */
  headSteps: 60,
  /** Validation images that end a training. */
  judges: 3000,
  everySteps: 100,
  patience: 8,
  coolDown: 0.25,
  /** bfloat16 where this processor has it. */
  precision: 'fastest',
};
/** More steps than a training to its end takes. */
const MOST_STEPS = 40_000;

type Recipe = typeof SHARED & {
  /** Whether the encoder begins from pre-trained weights. */
  readonly pretrained: boolean;
  /** A linear probe of the frozen encoder, or a training of everything, in so many steps or to its end. */
  readonly method: 'probe' | 'equal steps' | 'to the end';
  /** Of trainings to the end: constant until the cool-down; of those in equal steps the peak of a cosine. */
  readonly learningRate: number;
  readonly steps: number;
  /** Of trainings to the end: they also wait until they have trained so many times as long as to their best look. */
  readonly patienceFactor?: number;
  /** Of probes: the size of the images they see; without it they see whole ones. */
  readonly probeSize?: number;
};

const frozen = { ...SHARED, method: 'probe', learningRate: 0, steps: 0 } as const;
// The rates of notebook 06; they are not searched there either.
const equalSteps = { ...SHARED, method: 'equal steps', learningRate: 4e-3, steps: 400 } as const;
const toTheEnd = {
  ...SHARED,
  method: 'to the end',
  steps: MOST_STEPS,
  patienceFactor: 2,
} as const;

function sharesOf({ shares }: { readonly shares: string }): number[] {
  return shares.split(' ').map(Number);
}

/** SimCLR's encoder, trained without labels on all training images. */
async function pretrain(
  encoder: tf.LayersModel,
  data: ImageData,
  { steps, precision }: { steps: number; precision: 'float32' | 'bfloat16' },
  { seed, onProgress }: { seed: number; onProgress: OnProgress },
): Promise<void> {
  const head = projectionHead({ seed });
  const model = new SimClr({ encoder, projectionHead: head, temperature: 0.1 });
  const optimizer = new AdamW(model.trainableVariables);
  await train({
    step: simClrStep({ model, optimizer, views: twoViews(simClrAugmentation({ size: 20 })) }),
    data: imageBatches(data.train),
    batchSize: 256,
    steps,
    learningRate: cosineSchedule({ peak: 5e-3, warmupSteps: 20 }),
    seed,
    precision,
    onProgress: (progress) => onProgress({ ...progress, label: 'Pre-training' }),
  });
  optimizer.dispose();
  head.dispose();
}

/** Test accuracy of a linear probe on frozen features, by share of the labels. */
async function probes(
  encoder: tf.LayersModel,
  data: ImageData,
  { probeSize, ...recipe }: Recipe,
  seed: number,
): Promise<Record<string, number>> {
  const seen = probeSize === undefined ? {} : { transform: resize({ size: probeSize }) };
  const [known, validation, test] = [
    await extractFeatures(encoder, data.train, seen),
    await extractFeatures(encoder, data.validation, seen),
    await extractFeatures(encoder, data.test, seen),
  ];
  const found: Record<string, number> = {};
  for (const fraction of sharesOf(recipe)) {
    const labelled = labelSubsetIndices(data.train.labels, { fraction, seed });
    const fit = tf.gather(known, labelled);
    const probe = await linearProbe({
      trainFeatures: fit,
      trainLabels: Array.from(labelled, (image) => data.train.labels[image] as number),
      validationFeatures: validation,
      validationLabels: data.validation.labels,
      testFeatures: test,
      testLabels: data.test.labels,
    });
    fit.dispose();
    found[`test ${fraction}`] = probe.test?.accuracy ?? Number.NaN;
    found[`steps ${fraction}`] = 0;
  }
  tf.dispose([known, validation, test]);
  return found;
}

/** Test accuracy of a classifier trained with a share of the labels, and the steps that it took. */
async function training(
  encoder: tf.LayersModel,
  data: ImageData,
  recipe: Recipe,
  {
    fraction,
    seed,
    scale,
    onProgress,
  }: {
    fraction: number;
    seed: number;
    scale: number;
    onProgress: OnProgress;
  },
): Promise<{ accuracy: number; steps: number }> {
  const { size, cropScale, pretrained, headSteps, method, learningRate, judges } = recipe;
  const classifier = new Classifier({ encoder, classes: data.train.labelNames.length });
  const transform = resize({ size });
  const scaled = (steps: number) => Math.ceil(scale * steps);
  const isToTheEnd = method === 'to the end';
  const head = pretrained ? scaled(headSteps) : 0;
  const { validations } = await fineTune({
    classifier,
    data: labelSubset(data.train, { fraction, seed }),
    headSteps: head,
    steps: isToTheEnd ? scaled(recipe.steps) : Math.max(1, scaled(recipe.steps) - head),
    batchSize: recipe.batchSize,
    learningRate: isToTheEnd
      ? learningRate
      : cosineSchedule({ peak: learningRate, warmupSteps: 10 }),
    augmentation: compose(
      randomResizedCrop({ size, scale: [cropScale, 1] }),
      randomHorizontalFlip(),
    ),
    ...(isToTheEnd && {
      validation: {
        data: firstImages(data.validation, judges),
        everySteps: scaled(recipe.everySteps),
        patience: recipe.patience,
        patienceFactor: recipe.patienceFactor,
        coolDown: recipe.coolDown,
        transform,
      },
    }),
    precision: availablePrecision(recipe.precision),
    seed,
    onProgress: (progress) =>
      onProgress({ ...progress, label: `${100 * fraction} % of the labels` }),
  });
  const accuracy = await testAccuracy(classifier, data.test, transform);
  classifier.dispose();
  const steps = validations.at(-1)?.step ?? scaled(recipe.steps);
  return { accuracy, steps };
}

/** Test accuracy over the share of the labels. */
function chart(rows: readonly StudyRow<Recipe>[]) {
  const measured = rows.filter(({ summaries }) => Object.keys(summaries).length > 0);
  if (measured.length === 0) return null;
  const percent = (row: StudyRow<Recipe>, what: 'mean' | 'deviation') =>
    sharesOf(row.parameters).map(
      (share) => 100 * (row.summaries[`test ${share}`]?.[what] ?? Number.NaN),
    );
  const said = measured.map(
    (row) =>
      `${row.recipe} ${percent(row, 'mean')
        .map((value) => value.toFixed(1))
        .join(', ')} %`,
  );
  return lineChart({
    title: 'What pre-training is worth in labels',
    description: `Test accuracy over the share of the training images that have labels, ${SHARED.shares.replaceAll(' ', ', ')}: ${said.join('; ')}.`,
    series: measured.map((row) => ({
      name: row.recipe,
      x: sharesOf(row.parameters).map((share) => 100 * share),
      y: percent(row, 'mean'),
      deviation: percent(row, 'deviation'),
    })),
    xLabel: 'training images with labels (%)',
    xScale: 'log',
    yLabel: 'accuracy (%), test split',
  });
}

export default defineStudy<Recipe>({
  title: 'What pre-training is worth in labels',
  about:
    'Test split (CIFAR-10: n = 10,000), by the share of the 45,000 training images that have labels, equally many of each class. ' +
    'Trainings see images of 20 × 20 pixels, the linear probes whole ones unless it is said. A training to the end is over when eight looks at 3,000 ' +
    'validation images, 100 steps apart, were no better than the best and it has trained twice as long as to the best; it then goes on ' +
    'from there for a quarter of its steps while the learning rate falls to 0. The regularisation of the probes is chosen on the validation split (5,000).',
  revision: 1,
  recipes: {
    'random, frozen': { ...frozen, pretrained: false },
    'linear probe': { ...frozen, pretrained: true },
    'linear probe, 20 × 20': { ...frozen, pretrained: true, probeSize: SHARED.size },
    'fine-tuned, 400 steps': { ...equalSteps, pretrained: true },
    'from scratch, 400 steps': { ...equalSteps, pretrained: false },
    'fine-tuned, to the end': { ...toTheEnd, pretrained: true, learningRate: 1e-3 },
    'from scratch, to the end': { ...toTheEnd, pretrained: false, learningRate: 4e-3 },
  },
  data: ['cifar10'],
  seeds: [1, 2, 3],
  columns: sharesOf(SHARED).flatMap((share) => [
    { name: `test ${share}`, title: `${100 * share} %`, unit: 'percent' as const },
    { name: `steps ${share}`, title: 'steps', decimals: 0 },
  ]),
  async measure({ parameters, data: name, seed, scale }, { onProgress }) {
    const data = await loadImageData({ data: name as ImageDataName, seed, onProgress });
    const encoder = tutorialEncoder({ inputShape: [null, null, 3], seed });
    if (parameters.pretrained) {
      const pretraining = {
        steps: Math.ceil(scale * parameters.pretrainingSteps),
        precision: availablePrecision(parameters.precision),
      };
      await keptWeights(
        encoder,
        { study: 'label-fractions', data: name, seed, ...pretraining },
        () => pretrain(encoder, data, pretraining, { seed, onProgress }),
      );
    }
    if (parameters.method === 'probe') return probes(encoder, data, parameters, seed);
    // To the end they take an hour and more.
    const what = { ...parameters, study: 'label-fractions', data: name, seed, scale };
    return inParts(what, sharesOf(parameters), async (fraction) => {
      const one = await training(encoder, data, parameters, { fraction, seed, scale, onProgress });
      return { [`test ${fraction}`]: one.accuracy, [`steps ${fraction}`]: one.steps };
    });
  },
  chart,
});
