/**
 * What self-supervised training reaches in so many wall-clock minutes on this machine, augmentation included and evaluation
 * not, beside the random frozen network and training with all labels in the same minutes. Recipes are a grid to be extended;
 * whatever is chosen is chosen by the validation columns or, without any label, by rank and alignment.
 */
import {
  AdamW,
  Classifier,
  decoupledContrastiveLoss,
  frozenFeatureQuality,
  type ImageData,
  imageBatches,
  JointEmbedding,
  labelledImageBatches,
  lineChart,
  ntXentLoss,
  type OnProgress,
  type PairLoss,
  projectionHead,
  RandomStream,
  representationDiagnostics,
  residualEncoder,
  simClrAugmentation,
  supervisedStep,
  TimeBudget,
  tf,
  train,
  tutorialEncoder,
  twoViewStep,
  twoViews,
  vicRegLoss,
} from 'selfsup';
import { type ImageDataName, loadImageData } from 'selfsup-course';
import { defineStudy, type StudyRow } from './runner/study';
import { availablePrecision } from './training/available-precision';

/** What all recipes have in common: notebook 07's. */
const SHARED = {
  viewSize: 20,
  batchSize: 256,
  temperature: 0.1,
  projectionDim: 64,
  peak: 5e-3,
  warmupSteps: 20,
  /** bfloat16 where this processor has it. */
  precision: 'fastest',
};

const ENCODERS = { tutorial: tutorialEncoder, residual: residualEncoder };

/** NT-Xent is SimCLR's; `labels` trains with them; `none` is the random frozen network. */
type Loss = 'NT-Xent' | 'decoupled' | 'VICReg' | 'labels' | 'none';

interface Recipe {
  readonly [parameter: string]: string | number;
  readonly minutes: number;
  readonly encoder: keyof typeof ENCODERS;
  readonly loss: Loss;
}
type MinutesRecipe = Recipe & typeof SHARED;

const NAMES: Record<Loss, string> = {
  'NT-Xent': 'SimCLR',
  decoupled: 'decoupled loss',
  VICReg: 'VICReg',
  labels: 'supervised',
  none: 'random, frozen',
};

/** What a recipe is called without its minutes. */
function familyOf({ loss, encoder }: MinutesRecipe): string {
  return `${NAMES[loss]}, ${encoder} encoder`;
}

function recipes(): Record<string, MinutesRecipe> {
  const grid: Omit<Recipe, 'minutes'>[] = (['tutorial', 'residual'] as const).flatMap((encoder) =>
    (['NT-Xent', 'labels'] as const).map((loss) => ({ encoder, loss })),
  );
  const losses: typeof grid = [
    { encoder: 'tutorial', loss: 'decoupled' },
    { encoder: 'residual', loss: 'decoupled' },
    { encoder: 'residual', loss: 'VICReg' },
  ];
  // An hour is for what may win.
  const byMinutes = new Map([
    [2, [...grid, ...losses]],
    [10, [...grid, ...losses]],
    [
      60,
      [...grid, ...losses].filter(
        ({ encoder, loss }) => encoder === 'residual' && loss !== 'VICReg',
      ),
    ],
  ]);
  const all = [
    ...(['tutorial', 'residual'] as const).map((encoder) => ({
      ...SHARED,
      minutes: 0,
      encoder,
      loss: 'none' as const,
    })),
    ...[...byMinutes].flatMap(([minutes, some]) =>
      some.map((one) => ({ ...SHARED, ...one, minutes }) as MinutesRecipe),
    ),
  ];
  return Object.fromEntries(
    all.map((one) => [
      one.minutes === 0 ? familyOf(one) : `${one.minutes} min, ${familyOf(one)}`,
      one,
    ]),
  );
}

function pairLoss({ loss, temperature }: MinutesRecipe): PairLoss {
  if (loss === 'VICReg') return (z1, z2) => vicRegLoss(z1, z2);
  const contrastive = loss === 'decoupled' ? decoupledContrastiveLoss : ntXentLoss;
  return (z1, z2) => contrastive(z1, z2, { temperature });
}

/** Trains within the budget and gives the encoder, how many steps there were, and the last losses' mean. */
async function trained(
  recipe: MinutesRecipe,
  data: ImageData,
  seed: number,
  { seconds, onProgress }: { seconds: number; onProgress: OnProgress },
): Promise<{ encoder: tf.LayersModel; steps: number; loss: number }> {
  const { batchSize, peak, warmupSteps, loss: lossName } = recipe;
  const encoder = ENCODERS[recipe.encoder]({ inputShape: [null, null, 3], seed });
  if (lossName === 'none') return { encoder, steps: 0, loss: Number.NaN };
  const augmentation = simClrAugmentation({ size: recipe.viewSize });
  const budget = new TimeBudget(seconds, { onProgress });
  const shared = {
    batchSize,
    steps: budget.steps,
    learningRate: budget.schedule({ peak, warmupSteps }),
    signal: budget.signal,
    seed,
    precision: availablePrecision(recipe.precision),
  };
  const losses = (history: { readonly loss: number }[]) => {
    const last = history.slice(-50);
    return last.reduce((sum, { loss }) => sum + loss, 0) / last.length;
  };
  if (lossName === 'labels') {
    const classifier = new Classifier({ encoder, classes: data.train.labelNames.length, seed });
    const step = supervisedStep({
      classifier,
      headOptimizer: new AdamW(classifier.headVariables),
      encoderOptimizer: new AdamW(classifier.encoderVariables),
      augmentation,
    });
    const { stepsDone, history } = await train({
      ...shared,
      step,
      data: labelledImageBatches(data.train),
    });
    return { encoder: classifier.encoder, steps: stepsDone, loss: losses([...history.steps]) };
  }
  const width = encoder.outputs[0]?.shape.at(-1) ?? Number.NaN;
  const model = new JointEmbedding({
    encoder,
    projectionHead: projectionHead({ inputDim: width, projectionDim: recipe.projectionDim, seed }),
    loss: pairLoss(recipe),
  });
  const step = twoViewStep({
    model,
    optimizer: new AdamW(model.trainableVariables),
    views: twoViews(augmentation),
  });
  const { stepsDone, history } = await train({ ...shared, step, data: imageBatches(data.train) });
  return { encoder, steps: stepsDone, loss: losses([...history.steps]) };
}

/** What can be seen of the features without a label, from two views of validation images. */
function withoutLabels(encoder: tf.LayersModel, data: ImageData, viewSize: number) {
  return tf.tidy(() => {
    const images = data.validation.images(Array.from({ length: 512 }, (_, index) => index));
    const views = twoViews(simClrAugmentation({ size: viewSize }));
    const [h1, h2] = views(images, new RandomStream([0, 0])).map(
      (view) => encoder.predict(view) as tf.Tensor2D,
    );
    const { effectiveRank, alignment } = representationDiagnostics(
      h1 as tf.Tensor2D,
      h2 as tf.Tensor2D,
    );
    return { effectiveRank, alignment };
  });
}

/** Probe accuracy over minutes; what needs no training is a line across. */
function chart(rows: readonly StudyRow<MinutesRecipe>[]) {
  const probe = (row: StudyRow<MinutesRecipe>) => row.summaries.testProbe;
  const mean = (row: StudyRow<MinutesRecipe>) => 100 * (probe(row)?.mean ?? Number.NaN);
  const trainedRows = rows.filter(({ parameters }) => parameters.minutes > 0);
  if (trainedRows.length === 0) return null;
  const families = [...new Set(trainedRows.map(({ parameters }) => familyOf(parameters)))];
  const said = rows.map((row) => `${row.recipe} ${mean(row).toFixed(1)} %`);
  return lineChart({
    title: 'Accuracy by minutes of training',
    description: `Linear probe on the test split over wall-clock minutes of training: ${said.join('; ')}.`,
    series: families.map((name) => {
      const own = trainedRows
        .filter(({ parameters }) => familyOf(parameters) === name)
        .sort((a, b) => a.parameters.minutes - b.parameters.minutes);
      return {
        name,
        x: own.map(({ parameters }) => parameters.minutes),
        y: own.map(mean),
        deviation: own.map((row) => 100 * (probe(row)?.deviation ?? Number.NaN)),
      };
    }),
    referenceLines: rows
      .filter(({ parameters }) => parameters.minutes === 0)
      .map((row) => ({ value: mean(row), label: row.recipe })),
    xLabel: 'training (minutes)',
    xScale: 'log',
    yLabel: 'linear probe (%)',
    points: true,
  });
}

export default defineStudy<MinutesRecipe>({
  title: 'Accuracy by minutes of training',
  about:
    'Wall-clock minutes of training on the machine below, tracing and augmentation included, evaluation not. Linear probe and ' +
    'kNN of frozen features of whole images: on the validation split (5,000 images), by which recipes are chosen, and on the ' +
    'test split (10,000). Rank and alignment need no labels: of the features of two views of 512 validation images. A seed ' +
    'decides the initial weights, the order, the views, and which images are held out.',
  revision: 1,
  recipes: recipes(),
  data: ['cifar10'],
  seeds: [1, 2, 3],
  columns: [
    { name: 'testProbe', title: 'probe, test', unit: 'percent' },
    { name: 'testKnn', title: 'kNN, test', unit: 'percent' },
    { name: 'validationProbe', title: 'probe, validation', unit: 'percent' },
    { name: 'validationKnn', title: 'kNN, validation', unit: 'percent' },
    { name: 'effectiveRank', title: 'rank', decimals: 1 },
    { name: 'alignment', title: 'alignment', decimals: 3 },
    { name: 'steps', title: 'steps', decimals: 0 },
  ],
  async measure({ parameters, data: name, seed, scale }, { onProgress }) {
    const data = await loadImageData({ data: name as ImageDataName, seed, onProgress });
    const seconds = scale * 60 * parameters.minutes;
    const started = performance.now();
    const { encoder, steps, loss } = await trained(parameters, data, seed, {
      seconds,
      onProgress,
    });
    const trainingSeconds = (performance.now() - started) / 1000;
    const seen = withoutLabels(encoder, data, parameters.viewSize);
    return {
      ...(await frozenFeatureQuality(encoder, data)),
      ...seen,
      steps,
      loss,
      trainingSeconds,
    };
  },
  chart,
});
