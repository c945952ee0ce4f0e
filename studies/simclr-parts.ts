/**
 * From the tutorial's recipe to notebook 07's SimCLR, one part at a time, and the temperatures around it; each in the same
 * time on the same convolutions. A seed decides the weights at the start, the order of the images, the views, and which
 * images are held out.
 */
import {
  AdamW,
  frozenFeatureQuality,
  imageBatches,
  processorSeconds,
  projectionHead,
  SimClr,
  simClrAugmentation,
  simClrStep,
  TimeBudget,
  train,
  tutorialEncoder,
  tutorialViews,
  twoViews,
  waterfallChart,
} from 'selfsup';
import { type ImageDataName, loadImageData } from 'selfsup-course';
import { defineStudy, type StudyRow } from './runner/study';
import { availablePrecision } from './training/available-precision';

/** The tutorial's recipe. Its learning rate is constant and its weights do not decay. */
const TUTORIAL = {
  /** Processor time of all cores, tracing and augmentation included. */
  seconds: 60,
  batchSize: 256,
  /** bfloat16 where this processor has it. */
  precision: 'fastest',
  views: 'weak' as 'weak' | 'strong',
  viewSize: 24,
  head: false,
  temperature: 0.5,
  batchNorm: false,
  /** AdamW with decay, its rate warmed up and then lowered along a cosine; else Adam at 10⁻³. */
  schedule: false,
};
type Recipe = typeof TUTORIAL;

const CONTROL = 'random, frozen';
const START = 'tutorial’s recipe';

// Each has one part more than the one before it, as the names below say.
const strongViews: Recipe = { ...TUTORIAL, views: 'strong' };
const withHead: Recipe = { ...strongViews, head: true };
const lowTemperature: Recipe = { ...withHead, temperature: 0.1 };
const normalised: Recipe = { ...lowTemperature, batchNorm: true };
const scheduled: Recipe = { ...normalised, schedule: true };
const simClr: Recipe = { ...scheduled, viewSize: 20 };

/** What each part adds to the linear probe, one after the other. */
function chart(rows: readonly StudyRow<Recipe>[]) {
  const percent = ({ summaries }: StudyRow<Recipe>, what: 'mean' | 'deviation') =>
    summaries.testProbe?.times(100)[what] ?? Number.NaN;
  const stages = rows
    .filter(({ recipe }) => recipe === START || recipe.startsWith('+ '))
    .map((row) => ({
      label: row.recipe,
      value: percent(row, 'mean'),
      ...(Number.isFinite(percent(row, 'deviation')) && { deviation: percent(row, 'deviation') }),
    }));
  if (stages.length < 2) return null;
  return waterfallChart({
    title: 'What each part of SimCLR adds',
    description: `Linear probe on the test split, mean and deviation over seeds: ${stages.map(({ label, value }) => `${label} ${value.toFixed(1)} %`).join('; ')}.`,
    categoryLabel: 'recipe',
    valueLabel: 'linear probe (%), test split',
    stages,
    referenceLines: rows
      .filter(({ recipe }) => recipe === CONTROL)
      .map((row) => ({ value: percent(row, 'mean'), label: row.recipe })),
  });
}

export default defineStudy<Recipe>({
  title: 'From the tutorial’s recipe to SimCLR, one part at a time',
  about:
    'Frozen features of whole images, test split (CIFAR-10: n = 10,000); nothing is chosen on it. The probe’s regularisation is ' +
    'chosen on the validation split (5,000). Each training takes 60 seconds of processor time of all cores, whatever its steps cost. ' +
    'Parts are added in one order; in another each could bring more or less.',
  revision: 1,
  recipes: {
    [CONTROL]: { ...simClr, seconds: 0 },
    'random, frozen, no batch norm': { ...TUTORIAL, seconds: 0 },
    [START]: TUTORIAL,
    '+ strong views': strongViews,
    '+ projection head': withHead,
    '+ temperature 0.1': lowTemperature,
    '+ batch norm': normalised,
    '+ AdamW and schedule': scheduled,
    '+ views of 20 pixels = SimCLR': simClr,
    'SimCLR, temperature 0.05': { ...simClr, temperature: 0.05 },
    'SimCLR, temperature 0.2': { ...simClr, temperature: 0.2 },
    'SimCLR, temperature 0.5': { ...simClr, temperature: 0.5 },
    'SimCLR, temperature 1': { ...simClr, temperature: 1 },
  },
  data: ['cifar10'],
  seeds: [1, 2, 3],
  columns: [
    { name: 'testProbe', title: 'linear probe', unit: 'percent' },
    { name: 'testKnn', title: 'kNN', unit: 'percent' },
    { name: 'steps', title: 'steps', decimals: 0 },
  ],
  async measure({ parameters, data: name, seed, scale }, { onProgress }) {
    const { views, viewSize, head, batchNorm, schedule } = parameters;
    const data = await loadImageData({ data: name as ImageDataName, seed, onProgress });
    const encoder = tutorialEncoder({ inputShape: [null, null, 3], batchNorm, seed });
    if (parameters.seconds === 0) {
      return { ...(await frozenFeatureQuality(encoder, data)), steps: 0 };
    }
    const model = new SimClr({
      encoder,
      ...(head && { projectionHead: projectionHead({ seed }) }),
      temperature: parameters.temperature,
    });
    const optimizer = new AdamW(model.trainableVariables, schedule ? {} : { weightDecay: 0 });
    const budget = new TimeBudget(scale * parameters.seconds, {
      clock: processorSeconds,
      onProgress,
    });
    const { stepsDone } = await train({
      step: simClrStep({
        model,
        optimizer,
        views:
          views === 'weak'
            ? tutorialViews({ size: viewSize })
            : twoViews(simClrAugmentation({ size: viewSize })),
      }),
      data: imageBatches(data.train),
      batchSize: parameters.batchSize,
      steps: budget.steps,
      learningRate: schedule
        ? budget.schedule({ peak: 5e-3, warmupSteps: 20 })
        : budget.constant(1e-3),
      signal: budget.signal,
      seed,
      precision: availablePrecision(parameters.precision),
    });
    return { ...(await frozenFeatureQuality(encoder, data)), steps: stepsDone };
  },
  chart,
});
