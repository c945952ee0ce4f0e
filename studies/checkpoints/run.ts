/**
 * Trains an encoder that ships with the course, and writes its weights and its card: `npm run checkpoint -- emoji`.
 * Nothing is chosen by the test split, which is read once, at the end.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AdamW,
  cosineSchedule,
  fastestPrecision,
  imageBatches,
  projectionHead,
  SimClr,
  saveWeights,
  simClrAugmentation,
  simClrStep,
  type TrainingResult,
  type tf,
  train,
  twoViews,
} from 'selfsup';
import { replaceFile } from 'selfsup/training/files';
import {
  type CourseImageData,
  type EncoderCard,
  loadImageData,
  type PretrainedEncoderName,
  progressBar,
  untrainedEncoder,
} from 'selfsup-course';
import { describeHardware } from '../../bench/machine';
import {
  oneOf,
  positiveNumber,
  runCommand,
  UsageError,
  wholeNumber,
} from '../../examples/run-command';
import { encoderAccuracy, SAMPLE, sampleKnn } from './encoder-accuracy';

const HELP = `Trains an encoder without labels and writes data/checkpoints/NAME.safetensors and NAME.json.

  npm run checkpoint -- cifar10|emoji [options]

  --steps N            of training (default: 3500)
  --architecture NAME  residualEncoder or tutorialEncoder (default: tutorialEncoder)
  --view-size N        height and width of a view (default: 20)
  --batch N            images in a batch, each in two views (default: 256)
  --learning-rate X    peak of the cosine (default: 0.005)
  --temperature X      of NT-Xent (default: 0.1)
  --seed N             (default: 1)
  --out DIR            (default: data/checkpoints)
  --help               this text`;

interface Options {
  readonly name: PretrainedEncoderName;
  readonly architecture: EncoderCard['architecture'];
  readonly out: string;
  readonly recipe: {
    readonly steps: number;
    readonly viewSize: number;
    readonly batchSize: number;
    readonly peakLearningRate: number;
    readonly temperature: number;
    readonly seed: number;
  };
}

/** @throws UsageError naming what is wrong; `null` where help was asked for. */
function commandLine(): Options | null {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      steps: { type: 'string', default: '3500' },
      architecture: { type: 'string', default: 'tutorialEncoder' },
      'view-size': { type: 'string', default: '20' },
      batch: { type: 'string', default: '256' },
      'learning-rate': { type: 'string', default: '0.005' },
      temperature: { type: 'string', default: '0.1' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: join(__dirname, '../../data/checkpoints') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const [name] = positionals;
  if (name !== 'cifar10' && name !== 'emoji') {
    throw new UsageError(`the data set is "${name ?? ''}"; expected cifar10 or emoji.`);
  }
  return {
    name,
    architecture: oneOf('architecture', values.architecture, [
      'residualEncoder',
      'tutorialEncoder',
    ]),
    out: resolve(values.out),
    recipe: {
      steps: wholeNumber('steps', values.steps, 1),
      viewSize: wholeNumber('view-size', values['view-size'], 1),
      batchSize: wholeNumber('batch', values.batch, 2),
      peakLearningRate: positiveNumber('learning-rate', values['learning-rate']),
      temperature: positiveNumber('temperature', values.temperature),
      seed: wholeNumber('seed', values.seed, 0),
    },
  };
}

/** Trains the encoder with SimCLR. */
async function pretrain(
  encoder: tf.LayersModel,
  data: CourseImageData,
  { steps, viewSize, batchSize, peakLearningRate, temperature, seed }: Options['recipe'],
): Promise<TrainingResult> {
  const model = new SimClr({
    encoder,
    projectionHead: projectionHead({ inputDim: encoder.outputShape.at(-1) as number, seed }),
    temperature,
  });
  const optimizer = new AdamW(model.trainableVariables);
  try {
    return await train({
      step: simClrStep({
        model,
        optimizer,
        views: twoViews(simClrAugmentation({ size: viewSize })),
      }),
      data: imageBatches(data.train),
      batchSize,
      steps,
      learningRate: cosineSchedule({ peak: peakLearningRate, warmupSteps: 20 }),
      precision: fastestPrecision(),
      seed,
      onProgress: progressBar(),
    });
  } finally {
    optimizer.dispose();
    model.projectionHead?.dispose();
  }
}

async function main({ name, architecture, out, recipe }: Options): Promise<void> {
  const data = await loadImageData({ data: name, seed: recipe.seed, onProgress: progressBar() });
  const shape = { architecture, embeddingDim: 128 } as const;
  const encoder = untrainedEncoder(shape, recipe.seed);
  const untrained = untrainedEncoder(shape, recipe.seed);
  const started = performance.now();
  const { stepsDone } = await pretrain(encoder, data, recipe);
  const minutes = (performance.now() - started) / 60_000;

  await mkdir(out, { recursive: true });
  const file = join(out, `${name}.safetensors`);
  await saveWeights(file, encoder);
  const card: EncoderCard = {
    name,
    sha256: createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
    ...shape,
    parameters: encoder.countParams(),
    method: 'SimCLR',
    recipe: { ...recipe, optimizer: 'AdamW', schedule: 'cosine', precision: fastestPrecision() },
    data: data.name,
    trainingImages: data.train.size,
    minutes: Number(minutes.toFixed(2)),
    steps: stepsDone,
    processor: processorName(),
    date: new Date().toISOString().slice(0, 10),
    test: {
      images: data.test.size,
      trained: await encoderAccuracy(encoder, data),
      untrained: await encoderAccuracy(untrained, data),
    },
    sample: {
      ...SAMPLE,
      trained: await sampleKnn(encoder, data),
      untrained: await sampleKnn(untrained, data),
    },
  };
  await replaceFile(
    join(out, `${name}.json`),
    Buffer.from(`${JSON.stringify(card, undefined, 2)}\n`),
  );
  console.log(card);
  for (const model of [encoder, untrained]) model.dispose();
}

function processorName(): string {
  const { processor, cores, instructions } = describeHardware();
  return `${cores} cores of ${processor} (${instructions.join(', ')})`;
}

void runCommand(HELP, commandLine, main);
