/**
 * Maps images by t-SNE of their features: those of the encoder that examples/pretrain.ts has saved, or of one trained
 * here for a minute, beside those of the random encoder. Each map is saved as PNG with its trustworthiness, and opens in
 * the browser where there is a desktop.
 *
 *   npx ts-node examples/visualize.ts --points 1000 --perplexity 30
 */
import { existsSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AdamW,
  cosineSchedule,
  extractFeatures,
  type ImageData,
  type ImageDataSet,
  imageBatches,
  type PointGroup,
  projectionHead,
  SimClr,
  scatterPlot,
  simClrAugmentation,
  simClrStep,
  tf,
  train,
  trustworthiness,
  tsne,
  twoViews,
} from 'selfsup';
import { type ImageDataName, loadImageData, progressBar, show } from 'selfsup-course';
import { encoderOption, openEncoder } from './open-encoder';
import { oneOf, positiveNumber, runCommand, UsageError, wholeNumber } from './run-command';

const HELP = `Maps test images by t-SNE of their features, before and after training without labels.

  npx ts-node examples/visualize.ts [options]

  --data NAME         cifar10, emoji, or auto: CIFAR-10 where it is here or can be downloaded, else Emoji (default: auto)
  --encoder X         cifar10 or emoji (they ship with the course), or a file that examples/pretrain.ts has saved
                      (default: data/pretrained/encoder.safetensors if it is there; else one is trained here)
  --steps N           steps of that training (default: 300)
  --points N          images on a map (default: 1000)
  --perplexity X      about how many neighbours an image has, above 1 and below a third of the points (default: 30)
  --implementation X  of t-SNE: druid, or to compare tsne-js, which is slow and less faithful (default: druid)
  --seed N            initial weights, training, start of the map (default: 1)
  --out FOLDER        for the pictures (default: figures)
  --help              this text`;

/** Height and width of a view; the images are mapped whole. */
const VIEW_SIZE = 20;
const BATCH = 256;
const NEIGHBOURS = 10;

interface Options {
  readonly data: ImageDataName;
  /** `null` to train here. */
  readonly encoder: string | null;
  readonly steps: number;
  readonly points: number;
  readonly perplexity: number;
  readonly implementation: 'druid' | 'tsne-js';
  readonly seed: number;
  readonly out: string;
}

function readArguments() {
  return parseArgs({
    options: {
      data: { type: 'string', default: 'auto' },
      encoder: { type: 'string' },
      steps: { type: 'string', default: '300' },
      points: { type: 'string', default: '1000' },
      perplexity: { type: 'string', default: '30' },
      implementation: { type: 'string', default: 'druid' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: 'figures' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}

/** @throws UsageError naming the option that is wrong; `null` where help was asked for. */
function commandLine(): Options | null {
  const { values } = readArguments();
  if (values.help) return null;
  const saved = join(__dirname, '../data/pretrained/encoder.safetensors');
  const encoder = values.encoder ?? (existsSync(saved) ? saved : null);
  const points = wholeNumber('points', values.points, 4);
  const perplexity = positiveNumber('perplexity', values.perplexity);
  if (!(perplexity > 1 && perplexity < points / 3)) {
    throw new UsageError(
      `--perplexity is "${values.perplexity}" with ${points} points; expected more than 1 and less than a third of the points.`,
    );
  }
  return {
    data: oneOf('data', values.data, ['auto', 'cifar10', 'emoji']),
    encoder: encoder === null ? null : encoderOption('--encoder', encoder),
    steps: wholeNumber('steps', values.steps, 1),
    points,
    perplexity,
    implementation: oneOf('implementation', values.implementation, ['druid', 'tsne-js']),
    seed: wholeNumber('seed', values.seed, 0),
    out: resolvePath(values.out),
  };
}

/** Trains an encoder with SimCLR, in place. */
async function trainBriefly(
  encoder: tf.LayersModel,
  data: ImageData,
  options: Options,
): Promise<void> {
  const { seed, steps } = options;
  const head = projectionHead({ seed });
  const model = new SimClr({ encoder, projectionHead: head, temperature: 0.1 });
  const optimizer = new AdamW(model.trainableVariables);
  const { reason } = await train({
    step: simClrStep({
      model,
      optimizer,
      views: twoViews(simClrAugmentation({ size: VIEW_SIZE })),
    }),
    data: imageBatches(data.train),
    batchSize: Math.min(BATCH, data.train.size),
    steps,
    learningRate: cosineSchedule({ peak: 5e-3, warmupSteps: Math.min(20, steps - 1) }),
    seed,
    onProgress: progressBar(),
  });
  console.log(reason);
  optimizer.dispose();
  head.dispose();
}

/** The points of each class. */
function groupsOf(positions: tf.Tensor2D, images: ImageDataSet): PointGroup[] {
  const places = positions.arraySync() as [number, number][];
  const points = places.map(([x, y], image) => ({ x, y, image }));
  return images.labelNames
    .map((name, label) => {
      const own = points.filter(({ image }) => images.labels[image] === label);
      return {
        name,
        x: own.map(({ x }) => x),
        y: own.map(({ y }) => y),
        labels: own.map(({ image }) => images.captions[image] as string),
      };
    })
    .filter(({ x }) => x.length > 0);
}

async function showMap(
  name: string,
  encoder: tf.LayersModel,
  images: ImageDataSet,
  { perplexity, implementation, seed, out }: Options,
): Promise<void> {
  const features = await extractFeatures(encoder, images);
  const positions = await tsne(features, {
    perplexity,
    implementation,
    seed,
    onProgress: progressBar(),
  });
  const neighbours = Math.min(NEIGHBOURS, Math.ceil(images.size / 2) - 1);
  const trust = await trustworthiness(features, positions, { neighbours });
  console.log(`${name}: trustworthiness ${trust.toFixed(3)} (${neighbours} neighbours)`);
  await show(
    scatterPlot({
      title: `t-SNE of ${images.name}, ${name}, perplexity ${perplexity}`,
      description:
        `${images.size} test images as points, coloured by label; images with similar features lie near each other. ` +
        `Trustworthiness ${trust.toFixed(3)}.`,
      groups: groupsOf(positions, images),
      xLabel: 't-SNE 1 (no unit)',
      yLabel: 't-SNE 2 (no unit)',
      hideTicks: true,
      equalScale: true,
      width: 560,
      height: 500,
    }),
    { directory: out },
  );
  tf.dispose([features, positions]);
}

async function main(options: Options): Promise<void> {
  const { data: requested, encoder: file, seed, points } = options;
  const data = await loadImageData({ data: requested, seed, onProgress: progressBar() });
  console.log(data.reason);
  const { test } = data;
  const count = Math.min(points, test.size);
  // Evenly spaced, since images of one concept stand together.
  const images = test.subset(
    Array.from({ length: count }, (_, i) => Math.floor((i * test.size) / count)),
  );
  const untrained = await openEncoder('random', seed);
  await showMap('untrained encoder', untrained.model, images, options);
  if (file === null) {
    await trainBriefly(untrained.model, data, options);
    await showMap('trained encoder', untrained.model, images, options);
  } else {
    const { name, model, dispose } = await openEncoder(file);
    console.log(`After training: ${name}.`);
    await showMap('trained encoder', model, images, options);
    dispose();
  }
  untrained.dispose();
}

void runCommand(HELP, commandLine, main);
