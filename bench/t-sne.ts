/**
 * t-SNE of 1,000 images against scikit-learn: seconds and trustworthiness, in turn, on the same features (of the random
 * encoder, and of the same encoder after some steps of SimCLR).
 *
 *   npx ts-node --transpile-only bench/t-sne.ts [--python python3] [--points 1000] [--seeds 3] [--steps 150] [--save]
 *
 * Python needs scikit-learn. `--save` writes bench/T-SNE.md. Ends with exit code 1 when ours takes more than 1.5 times its time, or when the mean
 * trustworthiness is below its by more than 0.001, which another seed changes too.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AdamW,
  cosineSchedule,
  extractFeatures,
  imageBatches,
  projectionHead,
  resize,
  SeedSummary,
  SimClr,
  simClrAugmentation,
  simClrStep,
  tf,
  train,
  trustworthiness,
  tsne,
  tutorialEncoder,
  twoViews,
} from 'selfsup';
import { replaceFile } from 'selfsup/training/files';
import { loadImageData, table } from 'selfsup-course';
import { markdownTable } from './results-document';

const LARGEST_RATIO = 1.5;
/** Maps of the same features from other starts differ by as much. */
const SEED_NOISE = 0.001;
const PERPLEXITY = 30;
const NEIGHBOURS = 10;

/** What one run of the Python side prints. */
interface ScikitLearn {
  readonly version: string;
  readonly seconds: number;
  /** Trustworthiness of its map, and of ours as it computes it. */
  readonly theirs: number;
  readonly ours: number;
}

function scikitLearn(python: string, task: object): ScikitLearn {
  const script = join(__dirname, 'python', 't_sne.py');
  const { status, stdout, stderr, error } = spawnSync(python, [script, JSON.stringify(task)], {
    encoding: 'utf8',
  });
  if (error !== undefined || status !== 0) {
    throw new Error(`${python} could not run scikit-learn: ${error?.message ?? stderr}`);
  }
  return JSON.parse(stdout) as ScikitLearn;
}

/** The features to map: before and after a short training. The caller disposes them. */
async function featuresBeforeAndAfter(
  points: number,
  steps: number,
): Promise<{ source: string; features: Record<string, tf.Tensor2D> }> {
  const data = await loadImageData({ testLimit: points });
  const size = 24;
  const model = new SimClr({ encoder: tutorialEncoder(), projectionHead: projectionHead() });
  const extract = () => extractFeatures(model.encoder, data.test, { transform: resize({ size }) });
  const before = await extract();
  const views = twoViews(simClrAugmentation({ size }));
  const optimizer = new AdamW(model.trainableVariables);
  await train({
    step: simClrStep({ model, optimizer, views }),
    data: imageBatches(data.train),
    batchSize: 256,
    steps,
    learningRate: cosineSchedule({ peak: 5e-3, warmupSteps: 10 }),
    seed: 1,
  });
  const after = await extract();
  optimizer.dispose();
  model.dispose();
  return {
    source: `${data.test.size} test images of ${data.name}`,
    features: { 'random encoder': before, [`SimCLR, ${steps} steps`]: after },
  };
}

function resultsPage(
  title: string,
  columns: Record<string, string>,
  rows: readonly Record<string, string>[],
): string {
  const cells = rows.map((row) => Object.keys(columns).map((column) => row[column] ?? ''));
  return [
    '# t-SNE against scikit-learn',
    `${title}; mean ± standard deviation over the seeds. Measured by \`npx ts-node bench/t-sne.ts --save\`, the two in turn on ` +
      `the same features, ${cpus().length} cores (${cpus()[0]?.model.trim()}), on ${new Date().toISOString().slice(0, 10)}.`,
    markdownTable({ columns: Object.values(columns), rows: cells }),
    `Asked: at most ${LARGEST_RATIO} times scikit-learn's time, and trustworthiness not below its. Maps of the same features from other ` +
      `seeds differ by about ${SEED_NOISE}.`,
    '',
  ].join('\n\n');
}

/** Where the Python side reads what both sides map. */
interface ExchangeFiles {
  readonly features: string;
  readonly positions: string;
}

/** One seed's maps of the same features. */
interface Maps {
  readonly ours: { readonly seconds: number; readonly trust: number };
  readonly theirs: ScikitLearn;
}

/** Maps the features by both, in turn. The file of features is written already. */
async function mapByBoth(
  matrix: tf.Tensor2D,
  seed: number,
  { python, files }: { python: string; files: ExchangeFiles },
): Promise<Maps> {
  const start = performance.now();
  const positions = await tsne(matrix, { perplexity: PERPLEXITY, seed });
  const seconds = (performance.now() - start) / 1000;
  const trust = await trustworthiness(matrix, positions, { neighbours: NEIGHBOURS });
  writeFileSync(files.positions, await positions.data());
  positions.dispose();
  const theirs = scikitLearn(python, {
    ...files,
    shape: matrix.shape,
    perplexity: PERPLEXITY,
    seed,
    neighbours: NEIGHBOURS,
  });
  return { ours: { seconds, trust }, theirs };
}

/** The maps of all seeds, summed up in rows of the table. */
function comparisonOf(
  name: string,
  seeds: readonly number[],
  maps: readonly Maps[],
): { rows: Record<string, string>[]; met: boolean } {
  const summary = (value: (one: Maps) => number) => new SeedSummary(seeds, maps.map(value));
  const time = summary(({ ours }) => ours.seconds);
  const timeOfTheirs = summary(({ theirs }) => theirs.seconds);
  const trust = summary(({ ours }) => ours.trust);
  const trustOfTheirs = summary(({ theirs }) => theirs.theirs);
  const difference = Math.max(
    ...maps.map(({ ours, theirs }) => Math.abs(theirs.ours - ours.trust)),
  );
  const ratio = time.mean / timeOfTheirs.mean;
  const rows = [
    { features: name, map: 'ours', seconds: `${time}`, trust: trust.toString(4) },
    {
      features: name,
      map: `scikit-learn ${maps[0]?.theirs.version}`,
      seconds: `${timeOfTheirs}`,
      trust: trustOfTheirs.toString(4),
    },
    {
      features: name,
      map: 'ours against it',
      seconds: `${ratio.toFixed(2)} ×`,
      trust: `judged by it alike within ${difference.toExponential(0)}`,
    },
  ];
  const met = ratio <= LARGEST_RATIO && trust.mean >= trustOfTheirs.mean - SEED_NOISE;
  return { rows, met };
}

/** Compares the maps of each set of features; what is exchanged with Python is removed in the end. */
async function compareAll(
  features: Readonly<Record<string, tf.Tensor2D>>,
  seeds: readonly number[],
  python: string,
): Promise<{ rows: Record<string, string>[]; met: boolean }> {
  const folder = mkdtempSync(join(tmpdir(), 't-sne-'));
  const files = { features: join(folder, 'features'), positions: join(folder, 'positions') };
  try {
    const comparisons: ReturnType<typeof comparisonOf>[] = [];
    for (const [name, matrix] of Object.entries(features)) {
      writeFileSync(files.features, await matrix.data());
      // The first run loads druidjs and compiles its WebAssembly.
      (await tsne(matrix, { perplexity: PERPLEXITY, iterations: 5 })).dispose();
      const maps: Maps[] = [];
      for (const seed of seeds) maps.push(await mapByBoth(matrix, seed, { python, files }));
      comparisons.push(comparisonOf(name, seeds, maps));
    }
    return {
      rows: comparisons.flatMap(({ rows }) => rows),
      met: comparisons.every(({ met }) => met),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      python: { type: 'string', default: 'python3' },
      points: { type: 'string', default: '1000' },
      seeds: { type: 'string', default: '3' },
      steps: { type: 'string', default: '150' },
      save: { type: 'boolean', default: false },
    },
  });
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);
  const { source, features } = await featuresBeforeAndAfter(
    Number(values.points),
    Number(values.steps),
  );
  const { rows, met } = await compareAll(features, seeds, values.python).finally(() =>
    tf.dispose(features),
  );
  const title = `t-SNE of ${source}, perplexity ${PERPLEXITY}, ${seeds.length} seeds`;
  const columns = {
    features: 'features',
    map: 'map',
    seconds: 'seconds',
    trust: `trustworthiness (${NEIGHBOURS} neighbours)`,
  };
  table(rows, { title, columns });
  if (values.save) {
    const file = join(__dirname, 'T-SNE.md');
    await replaceFile(file, Buffer.from(resultsPage(title, columns, rows)));
    console.log(`Saved in ${file}.`);
  }
  console.log(met ? 'Reached.' : 'Not reached.');
  process.exitCode = met ? 0 : 1;
}

void main();
