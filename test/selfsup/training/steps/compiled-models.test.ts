import {
  AdamW,
  BidirectionalLstmEncoder,
  Classifier,
  MaskedLanguageModel,
  maskedLanguageStep,
  projectionHead,
  residualEncoder,
  SentenceClassifier,
  SimClr,
  type StepInputs,
  sentenceStep,
  simClrAugmentation,
  simClrStep,
  supervisedStep,
  type TrainingStep,
  tf,
  tutorialEncoder,
  twoViews,
} from 'selfsup';
import { compile } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

// Every model of the course: 20 compiled steps are 20 eager ones. TensorFlow rewrites a compiled graph, so its results may
// differ in the last bit, and where a gradient is nothing but rounding Adam makes steps of full size of that. It is so
// where all images look alike, hence pictures of strong colours here, and for a bias before batch norm, which has no
// effect: that model is compared in an unchanged graph, and its losses in a rewritten one.

/** A model with its optimizer, a step on batches of its own, and the weights that training changes. */
interface Trainee {
  readonly step: (inputs: StepInputs & Record<string, tf.Tensor>) => { loss: tf.Scalar };
  /** The model's weights and the optimizer's. */
  readonly state: readonly tf.Variable[];
  /** Those among the state that the loss depends on. */
  readonly weights: readonly tf.Variable[];
  batch(number: number): Record<string, tf.Tensor>;
  dispose(): void;
}

const BATCH = 8;
const SIZE = 8;

const images = (number: number): tf.Tensor4D =>
  tf.tidy(() =>
    tf.image.resizeNearestNeighbor(
      tf
        .randomUniform([BATCH, 2, 2, 3], 0, 1, 'float32', number + 1)
        .greater(0.5)
        .toFloat() as tf.Tensor4D,
      [SIZE + 2, SIZE + 2],
    ),
  );

function traineeOf(
  step: TrainingStep<never>,
  weights: readonly tf.Variable[],
  batch: (number: number) => Record<string, tf.Tensor>,
  parts: readonly { dispose(): unknown }[],
): Trainee {
  return {
    step: step as unknown as Trainee['step'],
    state: step.variables,
    weights,
    batch,
    dispose: () => {
      for (const part of parts) part.dispose();
    },
  };
}

function simClrOf(encoder: tf.LayersModel, batchNorm: boolean): Trainee {
  const model = new SimClr({
    encoder,
    projectionHead: projectionHead({ inputDim: 16, hiddenDim: 16, projectionDim: 8, batchNorm }),
    temperature: 0.2,
  });
  const optimizer = new AdamW(model.trainableVariables);
  const views = twoViews(simClrAugmentation({ size: SIZE }));
  return traineeOf(
    simClrStep({ model, optimizer, views }),
    model.weights,
    (number) => ({ images: images(number) }),
    [model, optimizer],
  );
}

function classifierOf(frozen: boolean, hiddenDim: number | null): Trainee {
  const encoder = tutorialEncoder({ inputShape: [SIZE + 2, SIZE + 2, 3], embeddingDim: 16 });
  const classifier = new Classifier({ encoder, classes: 3, hiddenDim });
  encoder.dispose();
  const headOptimizer = new AdamW(classifier.headVariables);
  const encoderOptimizer = frozen ? undefined : new AdamW(classifier.encoderVariables);
  return traineeOf(
    supervisedStep({ classifier, headOptimizer, ...(encoderOptimizer && { encoderOptimizer }) }),
    frozen ? classifier.headVariables : classifier.weights,
    (number) => ({
      images: images(number),
      labels: tf.randomUniform([BATCH], 0, 3, 'int32', number + 50),
    }),
    [classifier, headOptimizer, ...(encoderOptimizer ? [encoderOptimizer] : [])],
  );
}

/** Rows of random words of random lengths. */
const someTokens = (number: number): tf.Tensor =>
  tf.tidy(() => {
    const words = tf.randomUniform([BATCH, 7], 3, 30, 'int32', number + 1);
    const lengths = tf.randomUniform([BATCH, 1], 1, 8, 'int32', number + 90);
    const isWord = tf.less(tf.range(0, 7, 1, 'int32').reshape([1, 7]), lengths);
    return tf.where(isWord, words, tf.zerosLike(words));
  });

function languageModel(): Trainee {
  const model = new MaskedLanguageModel({
    vocabularySize: 30,
    embeddingDim: 8,
    units: 6,
    layers: 2,
    dropout: 0.1,
  });
  const optimizer = new AdamW(model.trainableVariables);
  return traineeOf(
    maskedLanguageStep({ model, optimizer, rate: 0.3 }),
    model.weights,
    (number) => ({ tokens: someTokens(number) }),
    [model, optimizer],
  );
}

function sentenceClassifierOf(frozen: boolean): Trainee {
  const encoder = new BidirectionalLstmEncoder({ vocabularySize: 30, embeddingDim: 8, units: 6 });
  const classifier = new SentenceClassifier({
    encoder,
    classes: 3,
    dropout: 0.2,
    encoderDropout: 0.1,
  });
  encoder.dispose();
  const headOptimizer = new AdamW(classifier.headVariables);
  const encoderOptimizer = frozen ? undefined : new AdamW(classifier.encoderVariables);
  return traineeOf(
    sentenceStep({ classifier, headOptimizer, ...(encoderOptimizer && { encoderOptimizer }) }),
    frozen ? classifier.headVariables : classifier.weights,
    (number) => ({
      tokens: someTokens(number),
      labels: tf.randomUniform([BATCH], 0, 3, 'int32', number + 50),
    }),
    [classifier, headOptimizer, ...(encoderOptimizer ? [encoderOptimizer] : [])],
  );
}

const tutorial = (batchNorm: boolean, headBatchNorm = false): Trainee =>
  simClrOf(
    tutorialEncoder({ inputShape: [SIZE, SIZE, 3], embeddingDim: 16, batchNorm }),
    headBatchNorm,
  );

const MODELS: Record<string, () => Trainee> = {
  "SimCLR with the tutorial's encoder": () => tutorial(false),
  "SimCLR with the tutorial's encoder and batch norm": () => tutorial(true),
  'SimCLR with the residual encoder': () =>
    simClrOf(residualEncoder({ inputShape: [SIZE, SIZE, 3], embeddingDim: 16 }), true),
  'a linear head on a frozen encoder': () => classifierOf(true, null),
  'fine-tuning with a hidden layer and dropout': () => classifierOf(false, 8),
  'the masked language model': languageModel,
  'a linear head on a frozen text encoder': () => sentenceClassifierOf(true),
  'a fine-tuned sentence classifier': () => sentenceClassifierOf(false),
};

function largestDifference(a: readonly tf.Tensor[], b: readonly tf.Tensor[]): number {
  return tf.tidy(() =>
    Math.max(
      ...a.map(
        (tensor, i) =>
          tensor
            .sub(b[i] as tf.Tensor)
            .abs()
            .max()
            .dataSync()[0] as number,
      ),
    ),
  );
}

/** Trains one eagerly and one compiled. */
function compare(
  make: () => Trainee,
  { unchanged = false } = {},
): { losses: number; state: number; learned: number; buildMs: number } {
  const [eager, other] = [make(), make()];
  const start = eager.weights.map((weight) => tf.keep(weight.clone()));
  const compiled = compile(other.step, { name: 'step', verify: false, unchanged });
  let losses = 0;
  for (let number = 0; number < 20; number++) {
    const inputs = {
      ...eager.batch(number),
      seed: tf.tensor1d([5, number], 'int32'),
      learningRate: tf.scalar(1e-3),
    };
    const before = tf.memory().numTensors;
    const [a, b] = [eager.step(inputs), compiled(inputs)];
    losses = Math.max(
      losses,
      Math.abs((a.loss.dataSync()[0] as number) - (b.loss.dataSync()[0] as number)),
    );
    tf.dispose([a, b]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(inputs);
  }
  const [graph] = compiled.graphs;
  const result = {
    losses,
    state: largestDifference(eager.state, other.state),
    learned: largestDifference(start, other.weights),
    buildMs: graph ? graph.traceMs + graph.loadMs : Number.POSITIVE_INFINITY,
  };
  compiled.dispose();
  tf.dispose(start);
  eager.dispose();
  other.dispose();
  return result;
}

describe('20 compiled steps equal 20 eager ones', () => {
  it.each(Object.entries(MODELS))('of %s', (_, make) => {
    const { losses, state, learned, buildMs } = compare(make);
    expect(losses).toBeLessThan(1e-5);
    expect(state).toBeLessThan(1e-4);
    // Not because nothing happened.
    expect(learned).toBeGreaterThan(5e-3);
    expect(buildMs).toBeLessThan(2000);
  });

  it('of SimCLR with a bias that has no effect, to the last bit where unchanged', () => {
    const { losses, state, learned } = compare(() => tutorial(true, true), { unchanged: true });
    expect(losses).toBe(0);
    expect(state).toBe(0);
    expect(learned).toBeGreaterThan(5e-3);
  });

  it('of SimCLR with a bias that has no effect, in their losses', () => {
    expect(compare(() => tutorial(true, true)).losses).toBeLessThan(1e-5);
  });
});
