import {
  AdamW,
  CaptionEncoder,
  type CaptionedImages,
  captionedImageBatches,
  InMemoryImageDataSet,
  PromptedCaptions,
  projectionHead,
  randomHorizontalFlip,
  type SameCaptionPairs,
  type StepInputs,
  TwoTowerModel,
  tf,
  tokenize,
  train,
  tutorialEncoder,
  twoTowerStep,
  Vocabulary,
} from 'selfsup';
import { describe, expect, it } from 'vitest';
import { expectCompiledAsEager, gap } from './compiled-as-eager';

const SIZE = 8;
const COLOURS = ['red', 'green', 'blue'];

/** Pictures of one colour each, called by it, brighter and darker. */
function colours(count: number): InMemoryImageDataSet {
  const pixels = new Uint8Array(count * SIZE * SIZE * 3);
  for (let p = 0; p < pixels.length; p++) {
    const image = Math.floor(p / (SIZE * SIZE * 3));
    pixels[p] = p % 3 === image % 3 ? 120 + ((image * 37 + p) % 120) : (p * 7) % 40;
  }
  const labels = Uint8Array.from({ length: count }, (_, image) => image % 3);
  return new InMemoryImageDataSet({
    name: 'colours',
    split: 'train',
    imageShape: [SIZE, SIZE, 3],
    pixels,
    labels,
    labelNames: COLOURS,
    captions: Array.from(labels, (label) => COLOURS[label] as string),
    source: 'made for this test',
  });
}

const templates = ['{}', 'a {} picture'];
const data = colours(30);
const vocabulary = Vocabulary.build([tokenize('a red green blue picture')]);
const prompted = new PromptedCaptions(data.captions, { templates, vocabulary });

function trainee(sameCaption: SameCaptionPairs = 'positives') {
  const model = new TwoTowerModel({
    imageEncoder: tutorialEncoder({ inputShape: [SIZE, SIZE, 3], embeddingDim: 16 }),
    imageProjection: projectionHead({ inputDim: 16, hiddenDim: 16, projectionDim: 8 }),
    textEncoder: new CaptionEncoder({
      vocabularySize: vocabulary.size,
      embeddingDim: 8,
      hiddenDim: 16,
      projectionDim: 8,
    }),
  });
  const optimizer = new AdamW(model.trainableVariables);
  const step = twoTowerStep({
    model,
    optimizer,
    augmentation: randomHorizontalFlip(),
    sameCaption,
  });
  return {
    model,
    step,
    dispose: () => {
      model.dispose();
      optimizer.dispose();
    },
  };
}

const inputs = (number: number): CaptionedImages & StepInputs => ({
  ...captionedImageBatches(data, prompted).batch(
    Array.from({ length: 8 }, (_, i) => (number * 5 + i * 7) % data.size),
  ),
  seed: tf.tensor1d([5, number], 'int32'),
  learningRate: tf.scalar(1e-3),
});

describe('captionedImageBatches', () => {
  it('gives images, their captions in every template, and the captions’ numbers', () => {
    const source = captionedImageBatches(data, prompted);
    expect(source.size).toBe(30);
    const { images, tokens, captions } = source.batch([2, 0, 3]);
    expect(images.arraySync()).toEqual(data.images([2, 0, 3]).arraySync());
    expect([...captions.dataSync()].map((n) => prompted.texts[n])).toEqual(['blue', 'red', 'red']);
    expect(tokens.arraySync()).toEqual(prompted.tokens([0, 2, 2]).arraySync());
    expect(captions.dtype).toBe('int32');
  });

  it('takes other captions, one for each image', () => {
    const all = data.captions.map(() => 'green');
    const { captions } = captionedImageBatches(data, prompted, all).batch([0, 1]);
    expect([...captions.dataSync()]).toEqual([1, 1]);
    expect(() => captionedImageBatches(data, prompted, ['red'])).toThrow(
      /1 captions for 30 images/,
    );
    expect(() =>
      captionedImageBatches(
        data,
        prompted,
        data.captions.map(() => 'pink'),
      ),
    ).toThrow(/"pink"/);
  });
});

describe('twoTowerStep', () => {
  it.each(['positives', 'masked', 'negatives'] as const)(
    'is the same compiled as eager, each time from the same state, with same captions as %s',
    (sameCaption) => {
      const made: ReturnType<typeof trainee>[] = [];
      const make = () => {
        const one = trainee(sameCaption);
        made.push(one);
        return one;
      };
      const { state, moved } = expectCompiledAsEager(make, { steps: 20, inputs });
      const fresh = make();
      const { weights, trainableVariables } = fresh.model;
      expect(state).toHaveLength(weights.length + 2 * trainableVariables.length + 1);
      expect(moved).toBeGreaterThan(1e-2);
      for (const [i, variable] of (made[0]?.model.trainableVariables ?? []).entries()) {
        expect(gap(variable, trainableVariables[i] as tf.Variable)).toBeGreaterThan(0);
      }
      const given = inputs(0);
      const results = fresh.step(given);
      expect(Object.keys(results).sort()).toEqual(['accuracy', 'loss', 'temperature']);
      tf.dispose([results, given]);
      for (const one of made) one.dispose();
    },
  );

  it('draws a template for each caption anew in each step', () => {
    const one = trainee();
    const given = inputs(0);
    const losses = [0, 1, 2].map((number) => {
      const seed = tf.tensor1d([5, number], 'int32');
      return one.step({ ...given, seed, learningRate: tf.scalar(0) }).loss.dataSync()[0] as number;
    });
    expect(new Set(losses).size).toBe(3);
    one.dispose();
  });

  it('teaches an image its word, and nothing where the captions are shuffled', async () => {
    const share = async (captions: readonly string[]) => {
      const { model, step, dispose } = trainee();
      await train({
        step,
        data: captionedImageBatches(data, prompted, captions),
        batchSize: 15,
        steps: 60,
        learningRate: 5e-3,
      });
      const right = tf.tidy(() => {
        const words = model.embedTexts(prompted.tokens().slice([0, 0], [-1, 1]).squeeze([1]));
        const found = tf.matMul(model.embedImages(data.images()), words, false, true).argMax(1);
        return [...found.dataSync()].filter((n, i) => prompted.texts[n] === data.captions[i])
          .length;
      });
      dispose();
      return right / data.size;
    };
    expect(await share(data.captions)).toBeGreaterThan(0.9);
    // Every word goes to every colour ten thirds of a time.
    const rotated = data.captions.map((_, i) => COLOURS[Math.floor(i / 3) % 3] as string);
    expect(await share(rotated)).toBeLessThan(0.6);
  });
});
