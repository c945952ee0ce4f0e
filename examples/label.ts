/**
 * Labels a folder of pictures from a few examples: a linear classifier on the frozen features of an encoder that was trained
 * without labels. It says how far to trust it, beside pixels, and lists the least certain first.
 *
 *   npx ts-node examples/label.ts examples-by-class/ all-my-pictures/
 */
import { existsSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type ClassPredictions,
  type DuplicateFile,
  extractFeatures,
  type ImageFolder,
  type ImageFolderDataSet,
  InvalidArgumentError,
  imageGrid,
  type LinearClassifier,
  linearProbe,
  tf,
} from 'selfsup';
import { replaceFile } from 'selfsup/training/files';
import { progressBar, show } from 'selfsup-course';
import { ENCODER_HELP, featuresOption, type OpenFeatures, openFeatures } from './open-encoder';
import { makeOutputFolder } from './output-folder';
import { readFolder } from './read-folder';
import { writeResultPage } from './result-page';
import { count, runCommand, UsageError, wholeNumber } from './run-command';

const HELP = `Labels the pictures of a folder from a few examples of each class.

  npx ts-node examples/label.ts EXAMPLES PICTURES [options]

  EXAMPLES            a folder with one subfolder for each class, five pictures or more in each
  PICTURES            the pictures to label, subfolders included: JPEG, PNG, BMP and GIF files (save HEIC and WebP as JPEG
                      first). They are looked at at 32 × 32 pixels
  --encoder X         whose features are used (default: cifar10, trained on photographs):${ENCODER_HELP}
  --seed N            chooses the examples that are held out to judge by (default: 1)
  --out FOLDER        for labels.csv, the page and the picture (default: data/labels); a labels.csv that is there and
                      differs is kept under another name
  --help              this text`;

interface Options {
  readonly examples: string;
  readonly pictures: string;
  readonly encoder: string;
  readonly seed: number;
  readonly out: string;
}

/** Share of the examples of each class that are held out to judge by: one of five. */
const HELD_OUT = 0.2;
/** Where too few examples are there to choose one: strong, as befits few. */
const DEFAULT_STRENGTH = 0.1;
/** Of so many the least certain are shown, and of so many of each class the most certain. */
const [LEAST_CERTAIN, MOST_CERTAIN] = [12, 6] as const;

/** @throws UsageError naming the option that is wrong; `null` where help was asked for. */
function commandLine(): Options | null {
  const { values, positionals } = readArguments();
  if (values.help) return null;
  const [examples, pictures, ...more] = positionals;
  if (examples === undefined || pictures === undefined || more.length > 0) {
    throw new UsageError('Name two folders: examples by class, and the pictures to label.');
  }
  return {
    examples: resolve(examples),
    pictures: resolve(pictures),
    encoder: featuresOption('--encoder', values.encoder),
    seed: wholeNumber('seed', values.seed, 0),
    out: resolve(values.out),
  };
}

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      encoder: { type: 'string', default: 'cifar10' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: join(__dirname, '../data/labels') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}

/** @throws InvalidArgumentError where there is nothing to choose between. */
function assertClasses({ train, name }: ImageFolder): void {
  const classes = train.labelNames;
  if (classes.length >= 2) return;
  throw new InvalidArgumentError(
    `label: ${name} has ${classes.length === 1 ? `one class, "${classes[0]}"` : 'no subfolders'}; expected a subfolder of ` +
      'examples for each of two classes or more.',
  );
}

/**
 * Chooses the strength of the regularisation on held-out examples, which also judge it, then fits on all examples.
 *
 * @returns `accuracy` of the held-out examples; `null` where there are too few to hold any out.
 */
async function fitProbe(
  encoder: OpenFeatures['model'],
  { train, validation }: ImageFolder,
): Promise<{ classifier: LinearClassifier; accuracy: number | null }> {
  const trainFeatures = await extractFeatures(encoder, train);
  if (validation.size === 0) {
    const own = { validationFeatures: trainFeatures, validationLabels: train.labels };
    const given = { trainFeatures, trainLabels: train.labels, strengths: [DEFAULT_STRENGTH] };
    const { classifier } = await linearProbe({ ...given, ...own });
    trainFeatures.dispose();
    return { classifier, accuracy: null };
  }
  const validationFeatures = await extractFeatures(encoder, validation);
  const held = { validationFeatures, validationLabels: validation.labels };
  const chosen = await linearProbe({ trainFeatures, trainLabels: train.labels, ...held });
  const all = tf.concat([trainFeatures, validationFeatures]);
  const { classifier } = await linearProbe({
    trainFeatures: all,
    trainLabels: [...train.labels, ...validation.labels],
    strengths: [chosen.strength],
    ...held,
  });
  tf.dispose([trainFeatures, validationFeatures, all]);
  return { classifier, accuracy: chosen.validation.accuracy };
}

async function main(options: Options): Promise<void> {
  const { seed, out } = options;
  await makeOutputFolder(out, [options.examples, options.pictures]);
  const split = { testFraction: 0, validationFraction: HELD_OUT, seed };
  const examples = await readFolder(options.examples, split);
  assertClasses(examples);
  const whole = { classes: 'none', testFraction: 0, validationFraction: 0 } as const;
  const { train: pictures, duplicates } = await readFolder(options.pictures, whole);
  const encoder = await openFeatures(options.encoder, seed);
  const { classifier, accuracy } = await fitProbe(encoder.model, examples);
  await sayHowGood(encoder, examples, accuracy);
  const features = await extractFeatures(encoder.model, pictures, { onProgress: progressBar() });
  const predicted = await classifier.predict(features);
  features.dispose();
  encoder.dispose();
  await writeLabels(options, examples.train.labelNames, pictures, duplicates, predicted);
}

async function sayHowGood(
  { name, model }: OpenFeatures,
  examples: ImageFolder,
  accuracy: number | null,
): Promise<void> {
  const { train, validation } = examples;
  const counts = train.labelNames.map((_, label) =>
    [...train.labels, ...validation.labels].reduce((sum, one) => sum + Number(one === label), 0),
  );
  console.log(
    `Examples: ${train.labelNames.map((of, label) => `${counts[label]} ${of}`).join(', ')}.`,
  );
  if (accuracy === null) {
    console.log(
      'Too few examples to hold any out: nothing says how good the labels are. Give five of each class or more.',
    );
    return;
  }
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const lines = [`by ${name} ${percent(accuracy)}`];
  if (model instanceof tf.LayersModel) {
    const pixels = await openFeatures('pixels');
    const control = await fitProbe(pixels.model, examples);
    lines.push(`by pixels ${percent(control.accuracy as number)}`);
  }
  const commonest = Math.max(...counts) / counts.reduce((sum, one) => sum + one, 0);
  lines.push(`always the most frequent class ${percent(commonest)}`);
  const n = validation.size;
  const [low, high] = wilsonInterval(accuracy, n).map(percent);
  console.log(
    `Right on ${count(n, 'held-out example')}: ${lines.join(', ')}. With so many the first may be anywhere from ${low} to ${high} (95 % ` +
      'interval), and it is a little flattered: the regularisation was chosen on the same examples.',
  );
}

/**
 * Where the true share lies, with 95 % confidence, after a share of `n` draws: the score interval, which does not shrink to a
 * point where all or none of a few were right (Wilson 1927).
 */
function wilsonInterval(share: number, n: number): [number, number] {
  const z = 1.96;
  const centre = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half =
    (z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))) / (1 + z ** 2 / n);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** Writes a file; another one that is there, which may have been corrected by hand, is kept as `labels.1.csv`, `labels.2.csv` … */
async function writeKeeping(file: string, text: string): Promise<void> {
  if (existsSync(file) && (await readFile(file, 'utf8')) !== text) {
    const nth = (n: number) => file.replace(/\.csv$/, `.${n}.csv`);
    let free = 1;
    while (existsSync(nth(free))) free += 1;
    await rename(file, nth(free));
    console.log(`The labels that were there are kept: ${nth(free)}`);
  }
  await replaceFile(file, Buffer.from(text));
}

async function writeLabels(
  { pictures: folder, out }: Options,
  labelNames: readonly string[],
  pictures: ImageFolderDataSet,
  duplicates: readonly DuplicateFile[],
  { labels, probabilities }: ClassPredictions,
): Promise<void> {
  const nameOf = (i: number) => labelNames[labels[i] as number] as string;
  const positionOf = new Map(pictures.files.map((name, i) => [name, i]));
  // A copy was left out when the folder was read; its label is that of the picture it repeats.
  const rows = [
    ...positionOf,
    ...duplicates.map((copy) => [copy.file, positionOf.get(copy.of) as number] as const),
  ]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, i]) => [name, nameOf(i), (probabilities[i] as number).toFixed(4)])
    .map((fields) => fields.map(csv).join(','));
  const file = join(out, 'labels.csv');
  await writeKeeping(file, `${['file,label,probability', ...rows].join('\n')}\n`);
  console.log(`Labels of ${count(rows.length, 'picture')}: ${file}`);

  const byCertainty = [...labels.keys()].sort(
    (a, b) => (probabilities[a] as number) - (probabilities[b] as number) || a - b,
  );
  const picture = (i: number) => ({
    file: join(folder, pictures.files[i] as string),
    caption: `${nameOf(i)} ${(100 * (probabilities[i] as number)).toFixed(0)} % ${pictures.files[i]}`,
  });
  const page = join(out, 'results.html');
  writeResultPage(
    page,
    `Labels of ${pictures.name}`,
    [
      'Check the least certain first: put them where they belong among the examples, and run again.',
    ],
    [
      {
        heading: 'The least certain',
        pictures: byCertainty.slice(0, 4 * LEAST_CERTAIN).map(picture),
      },
      ...labelNames.map((name, label) => {
        const own = byCertainty.filter((i) => labels[i] === label);
        const heading = `${name}: ${own.length.toLocaleString('en-GB')}, the most certain`;
        return {
          heading,
          pictures: own
            .reverse()
            .slice(0, 4 * MOST_CERTAIN)
            .map(picture),
        };
      }),
    ],
  );
  console.log(`As a page: ${page}`);
  const shown = byCertainty.slice(0, LEAST_CERTAIN);
  const images = pictures.images(shown);
  await show(
    imageGrid(images, {
      title: `The least certain labels of ${pictures.name}`,
      description: `${count(shown.length, 'picture')} with the least certain labels, each with its label.`,
      columns: Math.min(MOST_CERTAIN, shown.length),
      scale: 3,
      captions: shown.map(nameOf),
    }),
    { directory: out },
  );
  images.dispose();
}

/** A field of a CSV file (RFC 4180). */
function csv(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replace(/"/g, '""')}"` : field;
}

void runCommand(HELP, commandLine, main);
