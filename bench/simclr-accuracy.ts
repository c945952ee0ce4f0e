/**
 * What SimCLR, trained as notebook 07 trains it in its standard profile, is worth over several seeds, in float32 and in
 * bfloat16, beside the random frozen encoder it started from. kNN and linear probe on the test split; nothing is chosen
 * on it. A seed decides the weights at the start, the order of the images, the views, and which images are held out.
 *
 *   npx ts-node bench/simclr-accuracy.ts [--seeds 1,2,3] [--epochs 8] [--save]
 *
 * `--save` writes bench/SIMCLR-ACCURACY.md. With the defaults about twelve minutes on two cores.
 */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AdamW,
  cosineSchedule,
  extractFeatures,
  type ImageData,
  imageBatches,
  knnAccuracy,
  linearProbe,
  projectionHead,
  SeedSummary,
  SimClr,
  simClrAugmentation,
  simClrStep,
  tf,
  train,
  tutorialEncoder,
  twoViews,
} from 'selfsup';
import { loadImageData, progressBar } from 'selfsup-course';
import { fastestPrecision } from 'tfjs-compile';
import writeFileAtomic from 'write-file-atomic';
import { markdownTable } from './results-document';

/** Pixels of a view's side; the whole images that are judged keep their 32. */
const VIEW_SIZE = 20;

interface Quality {
  readonly knn: number;
  readonly probe: number;
}

/** kNN and linear probe on the test split. */
async function quality(encoder: tf.LayersModel, data: ImageData): Promise<Quality> {
  const features = (split: ImageData['train']) => extractFeatures(encoder, split);
  const known = {
    trainFeatures: await features(data.train),
    trainLabels: data.train.labels,
    testFeatures: await features(data.test),
    testLabels: data.test.labels,
  };
  const validationFeatures = await features(data.validation);
  const knn = await knnAccuracy(known);
  const probe = await linearProbe({
    ...known,
    validationFeatures,
    validationLabels: data.validation.labels,
  });
  tf.dispose([known.trainFeatures, known.testFeatures, validationFeatures]);
  return { knn: knn.accuracy, probe: probe.test?.accuracy ?? Number.NaN };
}

/** Trains with one seed as notebook 07 does; without epochs the encoder stays random. */
async function simClr(
  data: ImageData,
  seed: number,
  epochs: number,
  precision: 'float32' | 'bfloat16',
): Promise<Quality> {
  const model = new SimClr({
    encoder: tutorialEncoder({ inputShape: [null, null, 3], seed }),
    projectionHead: projectionHead({ seed }),
    temperature: 0.1,
  });
  const optimizer = new AdamW(model.trainableVariables);
  await train({
    step: simClrStep({
      model,
      optimizer,
      views: twoViews(simClrAugmentation({ size: VIEW_SIZE })),
    }),
    data: imageBatches(data.train),
    batchSize: 256,
    epochs,
    learningRate: cosineSchedule({ peak: 5e-3, warmupSteps: 20 }),
    seed,
    precision,
    onProgress: progressBar(),
  });
  const result = await quality(model.encoder, data);
  optimizer.dispose();
  model.dispose();
  return result;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1,2,3' },
      epochs: { type: 'string', default: '8' },
      save: { type: 'boolean', default: false },
    },
  });
  const seeds = values.seeds.split(',').map(Number);
  const epochs = Number(values.epochs);
  const precisions = [...new Set(['float32', fastestPrecision()] as const)];
  const rows = new Map<string, Quality[]>();
  let about = '';
  for (const seed of seeds) {
    const data = await loadImageData({ seed });
    about = `${data.name}, test split, n = ${data.test.size.toLocaleString('en')}`;
    const record = async (name: string, epochsOfRow: number, precision: 'float32' | 'bfloat16') => {
      const result = await simClr(data, seed, epochsOfRow, precision);
      rows.set(name, [...(rows.get(name) ?? []), result]);
      console.log(`seed ${seed}, ${name}: probe ${(100 * result.probe).toFixed(2)} %`);
    };
    await record('random, frozen', 0, 'float32');
    for (const precision of precisions) {
      await record(`SimCLR, ${epochs} epochs, ${precision}`, epochs, precision);
    }
  }
  const table = [...rows].map(([name, results]) => {
    const percent = (of: (result: Quality) => number) =>
      new SeedSummary(seeds, results.map(of)).percent();
    const each = results.map(({ probe }) => (100 * probe).toFixed(1)).join(', ');
    return [name, percent(({ knn }) => knn), percent(({ probe }) => probe), each];
  });
  const text = [
    '# SimCLR as in notebook 07, over seeds',
    '',
    `${about}; seeds ${seeds.join(', ')}: mean ± standard deviation. Written by \`npx ts-node bench/simclr-accuracy.ts --save\``,
    `on ${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}.`,
    '',
    markdownTable({
      columns: ['encoder', 'kNN', 'linear probe', 'probe of each seed'],
      rows: table,
    }),
    '',
  ].join('\n');
  console.log(`\n${text}`);
  if (values.save) await writeFileAtomic(join(__dirname, 'SIMCLR-ACCURACY.md'), text);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
