import {
  AdamW,
  Classifier,
  MaskedLanguageModel,
  MoCo,
  maskedLanguageStep,
  moCoStep,
  projectionHead,
  simClrAugmentation,
  simClrStep,
  supervisedStep,
  tf,
  tutorialEncoder,
  tutorialViews,
  twoViews,
} from 'selfsup';
import { compile } from 'tfjs-compile';
import type { TracedStep } from '../traced-steps';
import { engineName } from './engine-name';
import type { PreparedWorkload } from './prepared-workload';
import { simClrModel } from './simclr-model';

/** A step and a batch for it. */
interface Case {
  readonly step: (inputs: never) => Record<string, tf.Tensor>;
  readonly batch: Record<string, tf.Tensor>;
}

const images = (count: number): tf.Tensor4D => tf.randomUniform([count, 32, 32, 3]);
const strongViews = () => twoViews(simClrAugmentation());

function simClr(...[encoder, temperature]: Parameters<typeof simClrModel>): Case {
  const model = simClrModel(encoder, temperature);
  const optimizer = new AdamW(model.trainableVariables);
  const views = encoder === 'tutorial' ? tutorialViews() : strongViews();
  return { step: simClrStep({ model, optimizer, views }), batch: { images: images(256) } };
}

function moCo(): Case {
  const model = new MoCo({ encoder: tutorialEncoder(), projectionHead: projectionHead() });
  const optimizer = new AdamW(model.trainableVariables);
  const step = moCoStep({ model, optimizer, views: strongViews(), momentum: 0.99 });
  return { step, batch: { images: images(256) } };
}

function supervised({ trainEncoder }: { trainEncoder: boolean }): Case {
  const encoder = tutorialEncoder({ inputShape: [32, 32, 3] });
  const classifier = new Classifier({ encoder, classes: 10, hiddenDim: 64 });
  const step = supervisedStep({
    classifier,
    headOptimizer: new AdamW(classifier.headVariables),
    ...(trainEncoder && { encoderOptimizer: new AdamW(classifier.encoderVariables) }),
  });
  const labels = tf.randomUniform([128], 0, 10, 'int32');
  return { step, batch: { images: images(128), labels } };
}

function maskedLanguage(): Case {
  const vocabularySize = 10_000;
  const model = new MaskedLanguageModel({ vocabularySize });
  const step = maskedLanguageStep({ model, optimizer: new AdamW(model.trainableVariables) });
  return { step, batch: { tokens: tf.randomUniform([64, 64], 5, vocabularySize, 'int32') } };
}

const CASES: Record<TracedStep, () => Case> = {
  'simclr-tutorial': () => simClr('tutorial', 0.5),
  'simclr-batch-norm': () => simClr('batch-norm', 0.2),
  'simclr-residual': () => simClr('residual', 0.2),
  'mo-co': moCo,
  'supervised-frozen': () => supervised({ trainEncoder: false }),
  'supervised-trained': () => supervised({ trainEncoder: true }),
  'masked-language': maskedLanguage,
};

/** Times what comes before the first step of a newly compiled function is done, less one ordinary step. */
export function prepare({ step: name }: { step: TracedStep }): PreparedWorkload {
  const { step, batch } = CASES[name]();
  const inputs = { ...batch, seed: tf.tensor1d([1, 0], 'int32'), learningRate: tf.scalar(1e-3) };
  const once = (): number => {
    const compiled = compile(step);
    const call = (): number => {
      const started = performance.now();
      const outputs = compiled(inputs as never);
      outputs.loss?.dataSync();
      tf.dispose(outputs);
      return performance.now() - started;
    };
    let traced = 0;
    while (compiled.graphs.length === 0) traced += call();
    const firstRun = call();
    const ordinary = call();
    compiled.dispose();
    return traced + firstRun - ordinary;
  };
  return {
    run: (count) => ({ milliseconds: Array.from({ length: count }, once) }),
    facts: { engine: engineName() },
  };
}
