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
  TransformerEncoder,
  tf,
  tutorialEncoder,
  twoViews,
} from 'selfsup';
import { compile, findState } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

// Every model of the course: a compiled step is an eager one. TensorFlow rewrites a compiled graph, so sums are rounded in
// another order. Each step is compared from equal state: what one step rounds differently, the next ones multiply. Where a
// relu or a pooling maximum lies within rounding of a tie, processors choose differently, and a gradient that is nothing but
// rounding (a bias before batch norm) has any sign; Adam makes steps of full size of both. So a step's loss is held to
// rounding, its weights to what is left of that for most, and to two full steps of Adam for any. One whole run on states of
// its own is held to what such choices can do to a loss.

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
  const run = step as unknown as Trainee['step'];
  const first = {
    ...batch(0),
    seed: tf.tensor1d([5, 0], 'int32'),
    learningRate: tf.scalar(1e-3),
  };
  const state = findState(() => tf.dispose(run(first)));
  tf.dispose(first);
  return {
    step: run,
    state,
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

const languageModels = {
  LSTM: () =>
    new MaskedLanguageModel({
      vocabularySize: 30,
      embeddingDim: 8,
      units: 6,
      layers: 2,
      dropout: 0.1,
    }),
  Transformer: () =>
    new MaskedLanguageModel({
      encoder: new TransformerEncoder({ vocabularySize: 30, embeddingDim: 8, dropout: 0.1 }),
    }),
} as const;

function languageModel(reader: keyof typeof languageModels): Trainee {
  const model = languageModels[reader]();
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
  'the masked language model': () => languageModel('LSTM'),
  'the masked language model of a Transformer': () => languageModel('Transformer'),
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

const STEPS = 20;
const RATE = 1e-3;
/** What the rounding of sums in float32 does to a loss near 1 and to weights in one step. */
const ROUNDING = 1e-5;

interface Comparison {
  /** Largest difference of the losses of one step. */
  readonly losses: number;
  /** Largest difference that one step leaves in a number of the state. */
  readonly state: number;
  /** Largest share of the numbers of the state that differ by more than rounding after one step. */
  readonly share: number;
  /** Largest change of a weight in the whole run. */
  readonly learned: number;
}

/** Trains one eagerly and one compiled; with `fromEqualState` the compiled one begins each step where the eager one does. */
function compare(
  make: () => Trainee,
  { unchanged = false, fromEqualState = true } = {},
): Comparison {
  const [eager, other] = [make(), make()];
  const start = eager.weights.map((weight) => tf.keep(weight.clone()));
  const compiled = compile(other.step, { name: 'step', verify: false, unchanged });
  let [losses, state, share] = [0, 0, 0];
  for (let number = 0; number < STEPS; number++) {
    const inputs = {
      ...eager.batch(number),
      seed: tf.tensor1d([5, number], 'int32'),
      learningRate: tf.scalar(RATE),
    };
    if (fromEqualState) {
      other.state.forEach((variable, i) => {
        variable.assign(eager.state[i] as tf.Variable);
      });
    }
    const before = tf.memory().numTensors;
    const [a, b] = [eager.step(inputs), compiled(inputs)];
    losses = Math.max(
      losses,
      Math.abs((a.loss.dataSync()[0] as number) - (b.loss.dataSync()[0] as number)),
    );
    tf.dispose([a, b]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(inputs);
    state = Math.max(state, largestDifference(eager.state, other.state));
    share = Math.max(share, differingShare(eager.weights, other.weights));
  }
  const result = {
    losses,
    state,
    share,
    learned: largestDifference(start, other.weights),
  };
  compiled.dispose();
  tf.dispose(start);
  eager.dispose();
  other.dispose();
  return result;
}

/** The share of numbers that differ by more than rounding. */
function differingShare(a: readonly tf.Tensor[], b: readonly tf.Tensor[]): number {
  const size = a.reduce((sum, tensor) => sum + tensor.size, 0);
  const differing = a.map((tensor, i) =>
    tf.tidy(() => {
      const difference = tensor.sub(b[i] as tf.Tensor).abs();
      return difference.greater(ROUNDING).toFloat().sum().dataSync()[0] as number;
    }),
  );
  return differing.reduce((sum, count) => sum + count, 0) / size;
}

describe('a compiled step equals an eager one from the same state', () => {
  it.each(Object.entries(MODELS))('of %s', (_, make) => {
    const { losses, state, share, learned } = compare(make);
    expect(losses).toBeLessThan(ROUNDING);
    expect(state).toBeLessThan(2.1 * RATE);
    expect(share).toBeLessThan(0.01);
    // Not because nothing happened.
    expect(learned).toBeGreaterThan(5e-3);
  });

  it('of SimCLR with a bias that has no effect, to the last bit where unchanged', () => {
    const { losses, state, learned } = compare(() => tutorial(true, true), { unchanged: true });
    expect(losses).toBe(0);
    expect(state).toBe(0);
    expect(learned).toBeGreaterThan(5e-3);
  });

  it('of SimCLR with a bias that has no effect, in their losses', () => {
    expect(compare(() => tutorial(true, true)).losses).toBeLessThan(ROUNDING);
  });
});

it('20 compiled steps stay near 20 eager ones, each on weights of its own', () => {
  const make = MODELS['fine-tuning with a hidden layer and dropout'] as () => Trainee;
  // Not a bound of rounding: at one tie a maximum is taken elsewhere, and the runs part. 8e-5 was seen, on one processor.
  expect(compare(make, { fromEqualState: false }).losses).toBeLessThan(5e-3);
});
