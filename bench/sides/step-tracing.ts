import { AdamW, simClrAugmentation, simClrStep, tf, tutorialViews, twoViews } from 'selfsup';
import { compile } from 'tfjs-compile';
import type { TracedStep } from '../traced-steps';
import { engineName } from './engine-name';
import type { PreparedWorkload } from './prepared-workload';
import { simClrModel } from './simclr-model';

const BATCH = 256;

/** A step and a batch for it. */
type Case = () => {
  readonly step: (inputs: never) => Record<string, tf.Tensor>;
  readonly batch: Record<string, tf.Tensor>;
};

function simClr(...[encoder, temperature]: Parameters<typeof simClrModel>): Case {
  return () => {
    const model = simClrModel(encoder, temperature);
    const optimizer = new AdamW(model.trainableVariables);
    const views = encoder === 'tutorial' ? tutorialViews() : twoViews(simClrAugmentation());
    return {
      step: simClrStep({ model, optimizer, views }),
      batch: { images: tf.randomUniform([BATCH, 32, 32, 3]) },
    };
  };
}

const CASES: Record<TracedStep, Case> = {
  'simclr-tutorial': simClr('tutorial', 0.5),
  'simclr-batch-norm': simClr('batch-norm', 0.2),
  'simclr-residual': simClr('residual', 0.2),
};

/** Times from the first call of a newly compiled step to the end of the graph's first run. */
export function prepare({ step: name }: { step: TracedStep }): PreparedWorkload {
  const { step, batch } = CASES[name]();
  const inputs = { ...batch, seed: tf.tensor1d([1, 0], 'int32'), learningRate: tf.scalar(1e-3) };
  const once = (): number => {
    const compiled = compile(step);
    const started = performance.now();
    let onGraph = false;
    while (!onGraph) {
      onGraph = compiled.graphs.length > 0;
      const outputs = compiled(inputs as never);
      outputs.loss?.dataSync();
      tf.dispose(outputs);
    }
    const elapsed = performance.now() - started;
    compiled.dispose();
    return elapsed;
  };
  return {
    run: (count) => ({ milliseconds: Array.from({ length: count }, once) }),
    facts: { engine: engineName() },
  };
}
