/**
 * Trains SimCLR outside of a notebook, saves the encoder, and says what its features are good for beside a random one.
 * Ctrl-C stops after the step under way; the same command with --resume goes on.
 *
 *   npx ts-node examples/pretrain.ts --epochs 20 --out data/pretrained
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve as resolvePath } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AdamW,
  cosineSchedule,
  extractFeatures,
  fastestPrecision,
  type ImageData,
  imageBatches,
  knnAccuracy,
  linearProbe,
  lineChart,
  projectionHead,
  SimClr,
  saveWeights,
  simClrAugmentation,
  simClrStep,
  type TrainingResult,
  tf,
  train,
  tutorialEncoder,
  twoViews,
} from 'selfsup';
import { type ImageDataName, loadImageData, progressBar, show } from 'selfsup-course';
import { runCommand, UsageError } from './run-command';

const HELP = `Trains SimCLR on images without their labels and saves the encoder.

  npx ts-node examples/pretrain.ts [options]

  --data NAME           auto, cifar10 or emoji (default: auto)
  --limit N             at most N training images (default: all)
  --epochs N            passes through the images (default: 10)
  --batch N             images in a batch, each in two views (default: 256)
  --learning-rate X     peak of the cosine schedule (default: 0.005)
  --temperature X       of the loss (default: 0.1)
  --seed N              initial weights, order and views (default: 1)
  --out FOLDER          for the checkpoint, the encoder and the chart (default: data/pretrained)
  --resume              go on from the folder's checkpoint
  --help                this text`;

/** Height and width of a view; the images are judged whole. */
const VIEW_SIZE = 20;
/** Of any height and width, in colour. */
const ANY_SIZE = [null, null, 3] as const;

interface Options {
  readonly data: ImageDataName;
  readonly limit: number | undefined;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly temperature: number;
  readonly seed: number;
  readonly out: string;
  readonly resume: boolean;
}

function wholeNumber(name: string, given: string, least: number): number {
  const value = Number(given);
  if (given.trim() === '' || !Number.isInteger(value) || value < least) {
    throw new UsageError(`--${name} is "${given}"; expected a whole number, ${least} or more.`);
  }
  return value;
}

function positive(name: string, given: string): number {
  const value = Number(given);
  if (!(value > 0 && Number.isFinite(value))) {
    throw new UsageError(`--${name} is "${given}"; expected a number above 0.`);
  }
  return value;
}

/** @throws UsageError naming the option that is wrong; `null` where help was asked for. */
function commandLine(): Options | null {
  const { values } = readArguments();
  if (values.help) return null;
  const data = values.data;
  if (data !== 'auto' && data !== 'cifar10' && data !== 'emoji') {
    throw new UsageError(`--data is "${data}"; expected auto, cifar10 or emoji.`);
  }
  const out = resolvePath(values.out);
  const checkpoint = checkpointIn(out);
  if (values.resume && !existsSync(checkpoint)) {
    throw new UsageError(`--resume: there is no checkpoint ${checkpoint}. Leave --resume out.`);
  }
  if (!values.resume && existsSync(checkpoint)) {
    throw new UsageError(
      `${checkpoint} is of an earlier run. Go on with --resume, or name another folder with --out.`,
    );
  }
  return {
    data,
    limit: values.limit === undefined ? undefined : wholeNumber('limit', values.limit, 1),
    epochs: wholeNumber('epochs', values.epochs, 1),
    batch: wholeNumber('batch', values.batch, 2),
    learningRate: positive('learning-rate', values['learning-rate']),
    temperature: positive('temperature', values.temperature),
    seed: wholeNumber('seed', values.seed, 0),
    out,
    resume: values.resume,
  };
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        data: { type: 'string', default: 'auto' },
        limit: { type: 'string' },
        epochs: { type: 'string', default: '10' },
        batch: { type: 'string', default: '256' },
        'learning-rate': { type: 'string', default: '0.005' },
        temperature: { type: 'string', default: '0.1' },
        seed: { type: 'string', default: '1' },
        out: { type: 'string', default: join(__dirname, '../data/pretrained') },
        resume: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function checkpointIn(folder: string): string {
  return join(folder, 'checkpoint.safetensors');
}

/** kNN and linear probe of frozen features on the validation split, in percent. */
async function judge(
  encoder: tf.LayersModel,
  { train: training, validation }: ImageData,
): Promise<{ knn: number; probe: number }> {
  const trainFeatures = await extractFeatures(encoder, training);
  const features = await extractFeatures(encoder, validation);
  const known = { trainFeatures, trainLabels: training.labels };
  const knn = await knnAccuracy({
    ...known,
    testFeatures: features,
    testLabels: validation.labels,
  });
  // The strength of the regularisation is chosen on the same split, so the probe flatters all encoders a little alike.
  const probe = await linearProbe({
    ...known,
    validationFeatures: features,
    validationLabels: validation.labels,
  });
  tf.dispose([trainFeatures, features]);
  return { knn: 100 * knn.accuracy, probe: 100 * probe.validation.accuracy };
}

async function pretrain(options: Options, data: ImageData, model: SimClr): Promise<TrainingResult> {
  const { batch, seed, out } = options;
  const optimizer = new AdamW(model.trainableVariables);
  const views = twoViews(simClrAugmentation({ size: VIEW_SIZE }));
  try {
    return await train({
      step: simClrStep({ model, optimizer, views }),
      data: imageBatches(data.train),
      batchSize: batch,
      epochs: options.epochs,
      learningRate: cosineSchedule({ peak: options.learningRate, warmupSteps: 20 }),
      precision: fastestPrecision(),
      seed,
      checkpoint: { file: checkpointIn(out) },
      resume: options.resume,
      onProgress: progressBar(),
    });
  } finally {
    optimizer.dispose();
  }
}

async function main(options: Options): Promise<void> {
  const { data: requested, limit, seed, out, temperature } = options;
  const data = await loadImageData({
    data: requested,
    seed,
    trainLimit: limit,
    onProgress: progressBar(),
  });
  console.log(data.reason);
  await mkdir(out, { recursive: true });
  const model = new SimClr({
    encoder: tutorialEncoder({ inputShape: ANY_SIZE, seed }),
    projectionHead: projectionHead({ seed }),
    temperature,
  });
  const result = await pretrain(options, data, model);
  console.log(result.reason);
  const file = join(out, 'encoder.safetensors');
  await saveWeights(
    file,
    model.encoder.weights.map((weight) => weight.read() as tf.Variable),
  );
  console.log(`The encoder is saved in ${file}; loadWeights reads it into a tutorialEncoder().`);

  const random = tutorialEncoder({ inputShape: ANY_SIZE, seed });
  for (const [name, encoder] of [
    ['random', random],
    ['SimCLR', model.encoder],
  ] as const) {
    const { knn, probe } = await judge(encoder, data);
    console.log(
      `${name}: kNN ${knn.toFixed(1)} %, linear probe ${probe.toFixed(1)} % ` +
        `(validation split, n = ${data.validation.size}, seed ${seed})`,
    );
  }
  random.dispose();
  model.dispose();
  await showLosses(options, data.name, result);
}

async function showLosses(
  { batch, temperature, out }: Options,
  dataName: string,
  { history }: TrainingResult,
): Promise<void> {
  const { epochs } = history;
  // Interrupted within the first epoch, there is no mean of an epoch to draw yet.
  if (epochs.length === 0) return;
  await show(
    lineChart({
      title: `SimCLR on ${dataName}, τ = ${temperature}`,
      description: `Mean loss of each of ${epochs.length} epochs; the last is ${epochs.at(-1)?.meanLoss.toFixed(3)}.`,
      series: [
        {
          name: 'NT-Xent',
          x: epochs.map(({ epoch }) => epoch + 1),
          y: epochs.map(({ meanLoss }) => meanLoss),
        },
      ],
      referenceLines: [{ axis: 'y', value: Math.log(2 * batch - 1), label: 'chance, ln(2N − 1)' }],
      xLabel: 'epoch',
      yLabel: 'mean loss (nats)',
    }),
    { directory: out },
  );
}

void runCommand(HELP, commandLine, main);
