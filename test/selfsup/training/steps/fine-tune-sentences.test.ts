import {
  AdamW,
  BidirectionalLstmEncoder,
  fineTuneSentences,
  InvalidArgumentError,
  LabelledTokenSequences,
  RandomGenerator,
  RandomStream,
  SentenceClassifier,
  sentenceStep,
  tf,
  Vocabulary,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

// Sentences of random words; those with "good" in them are class 1, and "bad" class 0, wherever it stands.
const words = ['good', 'bad', 'a', 'b', 'c', 'd'];
const vocabulary = new Vocabulary(words);
function sentencesOf(count: number, seed: number): LabelledTokenSequences {
  const random = new RandomGenerator(seed);
  const labels = Array.from({ length: count }, (_, index) => index % 2);
  const sentences = labels.map((label) => {
    const sentence = Array.from(
      { length: 3 + random.nextInteger(5) },
      () => words[2 + random.nextInteger(4)] as string,
    );
    sentence[random.nextInteger(sentence.length)] = label === 1 ? 'good' : 'bad';
    return sentence;
  });
  return new LabelledTokenSequences(sentences, { labels, vocabulary, length: 8 });
}
const train = sentencesOf(200, 1);
const validation = sentencesOf(100, 2);

function newClassifier(dropout = 0): SentenceClassifier {
  const encoder = new BidirectionalLstmEncoder({
    vocabularySize: vocabulary.size,
    embeddingDim: 8,
    units: 6,
    seed: 1,
  });
  const classifier = new SentenceClassifier({ encoder, classes: 2, dropout });
  encoder.dispose();
  return classifier;
}
const valuesOf = (variables: readonly tf.Variable[]) => variables.map((one) => [...one.dataSync()]);

describe('sentenceStep', () => {
  const inputs = () => ({
    ...train.batch([0, 1, 2, 3]),
    seed: tf.tensor1d([1, 0], 'int32'),
    learningRate: tf.scalar(0.01),
  });

  it('computes the cross entropy and accuracy of the batch before the update', () => {
    const classifier = newClassifier(0.5);
    const headOptimizer = new AdamW(classifier.headVariables);
    tf.tidy(() => {
      const given = inputs();
      for (const one of classifier.headVariables) {
        one.assign(tf.randomNormal(one.shape, 0, 1, 'float32', 4));
      }
      const logits = classifier.logits(given.tokens, { random: new RandomStream([1, 0]) });
      const labels = tf.oneHot(given.labels, 2);
      const expected = tf.logSoftmax(logits).mul(labels).sum(1).mean().neg();
      const right = logits.argMax(1).equal(given.labels).toFloat().mean();
      const before = tf.memory().numTensors;
      const { loss, accuracy } = sentenceStep({ classifier, headOptimizer })(given);
      expect(tf.memory().numTensors).toBe(before + 2);
      expect(loss.dataSync()[0]).toBeCloseTo(expected.dataSync()[0] as number, 5);
      expect(accuracy?.dataSync()[0]).toBeCloseTo(right.dataSync()[0] as number, 6);
    });
    headOptimizer.dispose();
    classifier.dispose();
  });

  it('changes the head alone where the encoder is frozen, everything else otherwise', () => {
    const classifier = newClassifier();
    const headOptimizer = new AdamW(classifier.headVariables);
    const encoderOptimizer = new AdamW(classifier.encoderVariables);
    const encoder = valuesOf(classifier.encoderVariables);
    const head = valuesOf(classifier.headVariables);
    tf.tidy(() => sentenceStep({ classifier, headOptimizer })(inputs()));
    expect(valuesOf(classifier.encoderVariables)).toEqual(encoder);
    expect(valuesOf(classifier.headVariables)).not.toEqual(head);
    tf.tidy(() => sentenceStep({ classifier, headOptimizer, encoderOptimizer })(inputs()));
    const after = valuesOf(classifier.encoderVariables);
    for (const [index, values] of after.entries()) expect(values).not.toEqual(encoder[index]);
    const wrong = () =>
      sentenceStep({ classifier, headOptimizer, encoderOptimizer, encoderRate: -1 });
    expect(wrong).toThrow(InvalidArgumentError);
    for (const one of [headOptimizer, encoderOptimizer, classifier]) one.dispose();
  });
});

describe('fineTuneSentences', () => {
  const options = {
    data: train,
    steps: 60,
    batchSize: 32,
    learningRate: 0.02,
    validation: { data: validation, everySteps: 20 },
  };

  it('learns, keeps the best look, and leaves no tensors', async () => {
    const classifier = newClassifier(0.1);
    const before = tf.memory().numTensors;
    const { training, validations, best } = await fineTuneSentences({ classifier, ...options });
    expect(tf.memory().numTensors).toBe(before);
    expect(training.stopped).toBe('finished');
    expect(validations.map(({ step }) => step)).toEqual([20, 40, 60]);
    expect(best?.accuracy).toBe(Math.max(...validations.map(({ accuracy }) => accuracy)));
    expect(best?.accuracy).toBeGreaterThan(0.95);
    const right = tf.tidy(() => {
      const { tokens, labels } = validation.batch(Array.from({ length: 100 }, (_, i) => i));
      return classifier.logits(tokens).argMax(1).equal(labels).toFloat().mean().dataSync()[0];
    });
    expect(right).toBeCloseTo(best?.accuracy as number, 5);
    classifier.dispose();
  });

  it('gives the weights of the best look back, not the last', async () => {
    const classifier = newClassifier();
    const { validations, best } = await fineTuneSentences({
      classifier,
      ...options,
      steps: 30,
      validation: { data: validation, everySteps: 5 },
      learningRate: (step) => {
        // What it has learned is lost, and 1 + 1e-9 is 1: it cannot come back.
        if (step === 16) for (const one of classifier.headVariables) one.assign(tf.onesLike(one));
        return step < 16 ? 0.02 : 1e-9;
      },
    });
    expect(best?.accuracy).toBeGreaterThan(0.75);
    expect(validations.at(-1)?.accuracy).toBe(0.5);
    const right = tf.tidy(() => {
      const { tokens, labels } = validation.batch(Array.from({ length: 100 }, (_, i) => i));
      return classifier.logits(tokens).argMax(1).equal(labels).toFloat().mean().dataSync()[0];
    });
    expect(right).toBeCloseTo(best?.accuracy as number, 5);
    classifier.dispose();
  });

  it('leaves the encoder alone at an encoder rate of 0', async () => {
    const classifier = newClassifier();
    const encoder = valuesOf(classifier.encoderVariables);
    const { best } = await fineTuneSentences({
      classifier,
      data: train,
      steps: 3,
      encoderRate: 0,
      compile: false,
    });
    expect(best).toBeNull();
    expect(valuesOf(classifier.encoderVariables)).toEqual(encoder);
    classifier.dispose();
  });

  it.each([
    [{ steps: 0 }, 'steps is 0'],
    [{ batchSize: 1.5 }, 'batchSize is 1.5'],
    [{ encoderRate: -1 }, 'encoderRate is -1'],
    [{ validation: { data: validation, everySteps: 0 } }, 'everySteps is 0'],
    [
      {
        data: new LabelledTokenSequences([['a'], ['b']], { labels: [0, 2], vocabulary, length: 8 }),
      },
      'label 2',
    ],
  ])('refuses %#', async (wrong, message) => {
    const classifier = newClassifier();
    const run = fineTuneSentences({ classifier, ...options, ...wrong });
    await expect(run).rejects.toThrow(InvalidArgumentError);
    await expect(run).rejects.toThrow(message);
    classifier.dispose();
  });
});
