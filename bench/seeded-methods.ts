/** What `seeded-losses.ts` trains: each method on data generated from a seed, with the library's public API. */
import {
  AdamW,
  type Batch,
  type BatchSource,
  CaptionEncoder,
  Classifier,
  captionedImageBatches,
  centerCrop,
  extractFeatures,
  fineTune,
  InMemoryImageDataSet,
  imageBatches,
  linearProbe,
  MaskedLanguageModel,
  MoCo,
  maskedLanguageStep,
  moCoStep,
  PromptedCaptions,
  projectionHead,
  RandomGenerator,
  SimClr,
  simClrAugmentation,
  simClrStep,
  TokenSequences,
  type TrainingStep,
  TwoTowerModel,
  tokenize,
  train,
  tutorialEncoder,
  twoTowerStep,
  twoViews,
  Vocabulary,
} from 'selfsup';

const SIZE = 24;
const COLOURS = ['red', 'green', 'blue', 'grey'];
const augmentation = simClrAugmentation({ size: SIZE });

/** Noise with a tint for each class. Every fifth label is wrong, so that no accuracy is 1. */
function tintedNoise(count: number, seed: number): InMemoryImageDataSet {
  const random = new RandomGenerator(seed);
  const tints = Uint8Array.from({ length: count }, () => random.nextInteger(COLOURS.length));
  const value = (_: unknown, i: number): number =>
    random.nextInteger(160) + (i % 3 === tints[Math.floor(i / (32 * 32 * 3))] ? 24 : 0);
  const pixels = Uint8Array.from({ length: count * 32 * 32 * 3 }, value);
  const labels = tints.map((tint, i) => (i % 5 === 0 ? (tint + 1) % COLOURS.length : tint));
  return new InMemoryImageDataSet({
    name: 'tinted noise',
    split: 'train',
    imageShape: [32, 32, 3],
    pixels,
    labels,
    labelNames: COLOURS,
    captions: Array.from(labels, (label) => `${COLOURS[label]} noise`),
    source: 'Generated.',
  });
}

/** The losses of some steps, the first before any update. */
async function trainingLosses<B extends Batch>(
  step: TrainingStep<B>,
  data: BatchSource<B>,
): Promise<number[]> {
  const run = { batchSize: 32, steps: 8, learningRate: 2e-3, seed: 7 };
  const { history } = await train({ step, data, ...run });
  return history.steps.map(({ loss }) => loss);
}

const optimizerOf = (model: {
  readonly trainableVariables: ConstructorParameters<typeof AdamW>[0];
}) => new AdamW(model.trainableVariables, { weightDecay: 0.01 });
const images = tintedNoise(96, 1);
const encoder = () => tutorialEncoder({ seed: 3 });

/** What is trained. A process runs them once, so nothing is disposed. */
export const METHODS: Readonly<Record<string, () => Promise<number[]>>> = {
  SimCLR: () => {
    const model = new SimClr({ encoder: encoder(), projectionHead: projectionHead({ seed: 4 }) });
    const views = twoViews(augmentation);
    const step = simClrStep({ model, optimizer: optimizerOf(model), views });
    return trainingLosses(step, imageBatches(images));
  },
  MoCo: () => {
    const head = projectionHead({ seed: 4 });
    const queue = { queueSize: 128, batchNormGroups: 4, seed: 5 };
    const model = new MoCo({ encoder: encoder(), projectionHead: head, ...queue });
    const views = twoViews(augmentation);
    const step = moCoStep({ model, optimizer: optimizerOf(model), views, momentum: 0.9 });
    return trainingLosses(step, imageBatches(images));
  },
  'two towers': () => {
    const templates = ['a picture of {}', 'some {}, drawn at random'];
    const words = [...COLOURS, 'noise', ...templates.flatMap((template) => tokenize(template))];
    const vocabulary = Vocabulary.build([words]);
    const model = new TwoTowerModel({
      imageEncoder: encoder(),
      imageProjection: projectionHead({ seed: 4 }),
      textEncoder: new CaptionEncoder({ vocabularySize: vocabulary.size, seed: 5 }),
    });
    const prompted = new PromptedCaptions(images.captions, { templates, vocabulary });
    const step = twoTowerStep({ model, optimizer: optimizerOf(model), augmentation });
    return trainingLosses(step, captionedImageBatches(images, prompted));
  },
  'masked language model': () => {
    const random = new RandomGenerator(2);
    // The product of two draws: some words are frequent, most are rare.
    const word = () => `w${Math.floor((random.nextInteger(20) * random.nextInteger(20)) / 4)}`;
    const sentences = Array.from({ length: 96 }, () =>
      Array.from({ length: 6 + random.nextInteger(10) }, word),
    );
    const vocabulary = Vocabulary.build(sentences);
    const tokens = new TokenSequences(sentences, { vocabulary, length: 16 });
    const sizes = { vocabularySize: vocabulary.size, embeddingDim: 32, units: 32, seed: 3 };
    const model = new MaskedLanguageModel({ ...sizes, wordFrequencies: tokens.wordFrequencies });
    return trainingLosses(maskedLanguageStep({ model, optimizer: optimizerOf(model) }), tokens);
  },
  'fine-tuning': async () => {
    const classes = COLOURS.length;
    const classifier = new Classifier({ encoder: encoder(), classes, hiddenDim: 32, seed: 4 });
    const stages = { headSteps: 4, steps: 6, encoderRate: 0.5, batchSize: 32, seed: 7 };
    const { head, all } = await fineTune({ classifier, data: images, augmentation, ...stages });
    return [head, all].flatMap((stage) => stage?.history.steps.map(({ loss }) => loss) ?? []);
  },
  /** The validation accuracy of each strength, the training accuracy, and what the fit says of ten images. */
  'linear probe': async () => {
    const transform = centerCrop({ size: SIZE });
    const [ofTraining, ofValidation] = [tintedNoise(512, 8), tintedNoise(256, 9)];
    const validationFeatures = await extractFeatures(encoder(), ofValidation, { transform });
    const probe = await linearProbe({
      trainFeatures: await extractFeatures(encoder(), ofTraining, { transform }),
      trainLabels: ofTraining.labels,
      validationFeatures,
      validationLabels: ofValidation.labels,
    });
    const accuracies = [
      ...probe.candidates.map(({ validation }) => validation),
      probe.train.accuracy,
    ];
    const { probabilities } = await probe.classifier.predict(validationFeatures);
    return [...accuracies, ...probabilities.subarray(0, 10)];
  },
};
