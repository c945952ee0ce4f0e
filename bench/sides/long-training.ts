import { AdamW, imageBatches, simClrStep, tf, train, tutorialViews } from 'selfsup';
import type { Look } from '../side-process';
import { engineName } from './engine-name';
import { randomImages } from './pipeline';
import type { PreparedWorkload } from './prepared-workload';
import { simClrModel } from './simclr-model';

const LOOKS = 10;

/** Many steps of the tutorial's recipe in one run, with a look at tensors and memory after every tenth of them. */
export function prepare({ batch }: { batch: number }): PreparedWorkload {
  const model = simClrModel('tutorial', 0.5);
  const optimizer = new AdamW(model.trainableVariables, { weightDecay: 0 });
  const step = simClrStep({ model, optimizer, views: tutorialViews() });
  const data = imageBatches(randomImages(5000));
  return {
    run: async (steps) => {
      const looks: Look[] = [];
      const started = performance.now();
      await train({
        step,
        data,
        batchSize: batch,
        steps,
        learningRate: 1e-3,
        onStep: ({ step }) => {
          if (step % Math.max(1, Math.floor(steps / LOOKS)) !== 0) return;
          const residentMiB = process.memoryUsage.rss() / 2 ** 20;
          looks.push({ step, tensors: tf.memory().numTensors, residentMiB });
        },
      });
      return { milliseconds: [performance.now() - started], looks };
    },
    facts: { engine: engineName() },
  };
}
