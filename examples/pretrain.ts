/**
 * Trains SimCLR outside of a notebook, saves the encoder, and says what its features are good for beside a random one.
 * Ctrl-C stops after the step under way; the same command with --resume goes on.
 *
 *   npx ts-node examples/pretrain.ts --epochs 20 --out data/pretrained
 *   npx ts-node examples/pretrain.ts --images ~/Pictures --from cifar10 --epochs 20
 */
import { existsSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AdamW,
  cosineSchedule,
  effectiveRank,
  extractFeatures,
  fastestPrecision,
  type ImageData,
  InvalidArgumentError,
  imageBatches,
  knnAccuracy,
  linearProbe,
  lineChart,
  projectionHead,
  SimClr,
  saveModel,
  simClrAugmentation,
  simClrStep,
  type TrainingResult,
  tf,
  train,
  twoViews,
} from 'selfsup';
import { type ImageDataName, loadImageData, progressBar, show } from 'selfsup-course';
import { embeddingDimOf, encoderOption, openEncoder } from './open-encoder';
import { makeOutputFolder } from './output-folder';
import { readFolder } from './read-folder';
import { type PageSection, writeResultPage } from './result-page';
import { count, oneOf, positiveNumber, runCommand, UsageError, wholeNumber } from './run-command';

const HELP = `Trains SimCLR on images without their labels and saves the encoder.

  npx ts-node examples/pretrain.ts [options]

  --data NAME           cifar10, emoji, or auto: CIFAR-10 where it is here or can be downloaded, else Emoji (default: auto)
  --images FOLDER       your own JPEG, PNG, BMP and GIF files instead; subfolders, where there are any, are taken for classes and
                        used to judge, never to train: where there are two or more, a tenth of each is held back for that
  --classes X           subfolders, or none: pictures beside the subfolders are read, too, and nothing is judged by classes
                        (default: subfolders)
  --from X              the weights to start from: cifar10 or emoji (they ship with the course) or a file that an earlier run
                        has saved (default: random weights)
  --limit N             at most N training images (default: all)
  --epochs N            passes through the images (default: 10)
  --batch N             images in a batch, each in two views (default: 256)
  --learning-rate X     peak of the cosine schedule (default: 0.005)
  --temperature X       of the loss (default: 0.1)
  --seed N              initial weights, order and views (default: 1)
  --out FOLDER          for the checkpoint, the encoder, the chart and the page (default: data/pretrained)
  --resume              go on from the folder's checkpoint
  --help                this text`;

/** Height and width of a view; the images are judged whole. */
const VIEW_SIZE = 20;
/** Steps over which the learning rate rises, where there are as many. */
const WARM_UP = 20;
/** Images whose features are looked at where there are no labels. */
const MOST_DIAGNOSED = 1000;

interface Options {
  readonly data: ImageDataName;
  /** A folder of pictures in the place of `data`; `null` for none. */
  readonly images: string | null;
  /** What the subfolders of `images` are. */
  readonly classes: 'subfolders' | 'none';
  /** Where the weights come from; `random` for none. */
  readonly from: string;
  readonly limit: number | undefined;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly temperature: number;
  readonly seed: number;
  readonly out: string;
  readonly resume: boolean;
}

/** @throws UsageError naming the option that is wrong; `null` where help was asked for. */
function commandLine(): Options | null {
  const { values } = readArguments();
  if (values.help) return null;
  const data = oneOf('data', values.data, ['auto', 'cifar10', 'emoji']);
  const from = encoderOption('--from', values.from);
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
    images: values.images === undefined ? null : resolvePath(values.images),
    classes: oneOf('classes', values.classes, ['subfolders', 'none']),
    from,
    limit: values.limit === undefined ? undefined : wholeNumber('limit', values.limit, 1),
    epochs: wholeNumber('epochs', values.epochs, 1),
    batch: wholeNumber('batch', values.batch, 2),
    learningRate: positiveNumber('learning-rate', values['learning-rate']),
    temperature: positiveNumber('temperature', values.temperature),
    seed: wholeNumber('seed', values.seed, 0),
    out,
    resume: values.resume,
  };
}

function readArguments() {
  return parseArgs({
    options: {
      data: { type: 'string', default: 'auto' },
      images: { type: 'string' },
      classes: { type: 'string', default: 'subfolders' },
      from: { type: 'string', default: 'random' },
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
  const { seed, out, epochs } = options;
  const optimizer = new AdamW(model.trainableVariables);
  const views = twoViews(simClrAugmentation({ size: VIEW_SIZE }));
  const batchSize = batchOf(options, data);
  const steps = epochs * Math.floor(data.train.size / batchSize);
  try {
    return await train({
      step: simClrStep({ model, optimizer, views }),
      data: imageBatches(data.train),
      batchSize,
      epochs,
      learningRate: cosineSchedule({
        peak: options.learningRate,
        warmupSteps: Math.min(WARM_UP, steps - 1),
      }),
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

/** No more images in a batch than there are. */
function batchOf({ batch }: Options, { train: training }: ImageData): number {
  return Math.min(batch, training.size);
}

/** The images to train on, and those to judge by. */
async function loadData(options: Options): Promise<ImageData> {
  const { data: requested, images, classes, limit, seed } = options;
  if (images === null) {
    const onProgress = progressBar();
    const data = await loadImageData({ data: requested, seed, trainLimit: limit, onProgress });
    console.log(data.reason);
    return data;
  }
  // No test split: nothing here looks at one. Without two classes there is nothing to judge by held-out pictures either.
  const all = { classes, testFraction: 0, validationFraction: 0 } as const;
  const judged = { classes, testFraction: 0, seed } as const;
  const folder =
    classes === 'none' ? await readFolder(images, all) : await readFolder(images, judged, all);
  const { size } = folder.train;
  const count = Math.min(limit ?? size, size);
  if (count < 2) {
    throw new InvalidArgumentError(
      `pretrain: there ${count === 1 ? 'is one picture' : 'are no pictures'} to train on in ${images}; expected 2 or more, ` +
        'for a picture is told apart from others. A few hundred is where it begins to teach anything.',
    );
  }
  if (count === size) return folder;
  const spread = Array.from({ length: count }, (_, i) => Math.floor((i * size) / count));
  return { ...folder, train: folder.train.subset(spread) };
}

async function main(options: Options): Promise<void> {
  const { seed, out, temperature, from } = options;
  await makeOutputFolder(out, options.images === null ? [] : [options.images]);
  const data = await loadData(options);
  const start = await openEncoder(from, seed);
  const encoder = start.model;
  const before = await qualityOf(encoder, data);
  const model = new SimClr({
    encoder,
    projectionHead: projectionHead({ inputDim: embeddingDimOf(start), seed }),
    temperature,
  });
  console.log(`${count(data.train.size, 'image')} to train on, from ${start.name}.`);
  const result = await pretrain(options, data, model);
  console.log(result.reason);
  if (result.stopped === 'interrupted') console.log('The same command with --resume goes on.');
  const file = join(out, 'encoder.safetensors');
  await saveModel(file, encoder);
  console.log(
    `The encoder is saved in ${file}; examples/search.ts, label.ts, export.ts and pretrain.ts --from take it, and ` +
      'loadModel makes it again.',
  );
  const quality = [
    `Before, ${start.name}: ${before}`,
    `After ${count(result.stepsDone, 'step')} of SimCLR: ${await qualityOf(encoder, data)}`,
  ];
  for (const line of quality) console.log(line);
  model.dispose();
  const page = join(out, 'results.html');
  const lines = [`${count(data.train.size, 'image')}, seed ${seed}.`, result.reason, ...quality];
  writeResultPage(page, titleOf(options, data), lines, await showLosses(options, data, result));
  console.log(`As a page: ${page}`);
}

function titleOf({ temperature }: Options, { name }: ImageData): string {
  return `SimCLR on ${name}, τ = ${temperature}`;
}

/** What frozen features are good for, in words; without labels, what can be seen of them without. */
async function qualityOf(encoder: tf.LayersModel, data: ImageData): Promise<string> {
  const { train: training, validation } = data;
  if (training.labelNames.length >= 2 && validation.size > 0) {
    const { knn, probe } = await judge(encoder, data);
    return (
      `kNN ${knn.toFixed(1)} %, linear probe ${probe.toFixed(1)} % ` +
      `(validation split, n = ${validation.size.toLocaleString('en-GB')})`
    );
  }
  const size = Math.min(MOST_DIAGNOSED, training.size);
  const some = training.subset(Array.from({ length: size }, (_, i) => i));
  const features = await extractFeatures(encoder, some);
  const rank = effectiveRank(features);
  const width = features.shape[1];
  features.dispose();
  return (
    `no two classes to judge by; the features of ${count(size, 'image')} differ in ${rank.toFixed(1)} of ${width} directions ` +
    '(effective rank)'
  );
}

/** Draws the losses of the epochs; the chart as a section of the page. */
async function showLosses(
  options: Options,
  data: ImageData,
  { history }: TrainingResult,
): Promise<PageSection[]> {
  const { epochs } = history;
  // Interrupted within the first epoch, there is no mean of an epoch to draw yet.
  if (epochs.length === 0) return [];
  const description = `Mean loss of each of ${count(epochs.length, 'epoch')}; the last is ${epochs.at(-1)?.meanLoss.toFixed(3)}.`;
  const chance = Math.log(2 * batchOf(options, data) - 1);
  const chart = lineChart({
    title: titleOf(options, data),
    description,
    series: [
      {
        name: 'NT-Xent',
        x: epochs.map(({ epoch }) => epoch + 1),
        y: epochs.map(({ meanLoss }) => meanLoss),
      },
    ],
    referenceLines: [{ axis: 'y', value: chance, label: 'chance, ln(2N − 1)' }],
    xLabel: 'epoch',
    yLabel: 'mean loss (nats)',
  });
  const sections: PageSection[] = [];
  await show(chart, {
    directory: options.out,
    onSaved: (file) =>
      sections.push({ heading: 'Loss', pictures: [{ file, caption: description }], wide: true }),
  });
  return sections;
}

void runCommand(HELP, commandLine, main);
