/**
 * Does training grow? Runs the tutorial's SimCLR step many times, in one process, and compares tensors and resident
 * memory after a tenth of the steps, when all buffers have been made, with those at the end.
 *
 *   npx ts-node bench/memory-growth.ts [--steps 1000] [--batch 64] [--eager]
 *
 * Ends with exit code 1 when the number of tensors changes or resident memory grows by more than 5 %.
 */
import { parseArgs } from 'node:util';
import {
  AdamW,
  imageBatches,
  loadImageData,
  progressBar,
  projectionHead,
  SimClr,
  simClrStep,
  tf,
  train,
  tutorialEncoder,
  tutorialViews,
} from 'selfsup';

const LARGEST_GROWTH = 0.05;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      steps: { type: 'string', default: '1000' },
      batch: { type: 'string', default: '64' },
      eager: { type: 'boolean', default: false },
    },
  });
  const [steps, batchSize] = [Number(values.steps), Number(values.batch)];
  const onProgress = progressBar();
  const { train: images, reason } = await loadImageData({ onProgress });
  console.log(reason);

  const model = new SimClr({ encoder: tutorialEncoder(), projectionHead: projectionHead() });
  const optimizer = new AdamW(model.trainableVariables);
  const settled = Math.max(1, Math.floor(steps / 10));
  const looks: { step: number; tensors: number; residentMiB: number }[] = [];
  await train({
    step: simClrStep({ model, optimizer, views: tutorialViews() }),
    data: imageBatches(images),
    batchSize,
    steps,
    learningRate: 1e-3,
    compile: !values.eager,
    onProgress,
    onStep: ({ step }) => {
      if (step % settled !== 0) return;
      const residentMiB = process.memoryUsage.rss() / 2 ** 20;
      looks.push({ step, tensors: tf.memory().numTensors, residentMiB: Math.round(residentMiB) });
    },
  });
  console.table(looks);
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined) throw new Error('--steps must be 1 or more.');
  const growth = last.residentMiB / first.residentMiB - 1;
  console.log(
    `From step ${first.step} to step ${last.step}: ${last.tensors - first.tensors} tensors more, ` +
      `resident memory ${(100 * growth).toFixed(1)} % more.`,
  );
  if (last.tensors !== first.tensors || growth > LARGEST_GROWTH) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
