import {
  AdamW,
  InMemoryImageDataSet,
  imageBatches,
  RandomGenerator,
  simClrAugmentation,
  simClrStep,
  train,
  tutorialViews,
  twoViews,
} from 'selfsup';
import { engineName } from './engine-name';
import type { PreparedWorkload } from './prepared-workload';
import { type EncoderName, simClrModel } from './simclr-model';

export interface PipelineSettings {
  readonly images: number;
  readonly batch: number;
  readonly recipe: 'tutorial' | 'strong';
  readonly encoder: EncoderName;
  readonly temperature: number;
  readonly optimizer: 'adam' | 'adamw';
  readonly precision?: 'float32' | 'bfloat16';
}

/** As many as the Python side leaves out. */
const UNCOUNTED = 8;

/** What an epoch does over and over: fetch a batch, draw two views, update, read the loss, with the course's `train`. */
export function prepare({
  images,
  batch,
  recipe,
  encoder,
  temperature,
  optimizer: optimizerName,
  precision = 'float32',
}: PipelineSettings): PreparedWorkload {
  const data = imageBatches(randomImages(images));
  const model = simClrModel(encoder, temperature);
  const step = simClrStep({
    model,
    optimizer: new AdamW(model.trainableVariables, {
      weightDecay: optimizerName === 'adamw' ? 0.004 : 0,
    }),
    views: recipe === 'tutorial' ? tutorialViews() : twoViews(simClrAugmentation()),
  });
  return {
    run: async (count) => {
      const ends: number[] = [];
      await train({
        step,
        data,
        batchSize: batch,
        steps: UNCOUNTED + count,
        learningRate: 1e-3,
        precision,
        onStep: () => ends.push(performance.now()),
      });
      const milliseconds = ends.map((end, index) => end - (ends[index - 1] ?? end));
      return { milliseconds: milliseconds.slice(UNCOUNTED) };
    },
    facts: { engine: engineName() },
  };
}

/** Images of CIFAR-10's size; what they show makes no difference to the time. */
export function randomImages(count: number): InMemoryImageDataSet {
  const random = new RandomGenerator(1);
  const words = Uint32Array.from({ length: (count * 32 * 32 * 3) / 4 }, () => random.nextUint32());
  return new InMemoryImageDataSet({
    name: 'random images',
    split: 'train',
    imageShape: [32, 32, 3],
    pixels: new Uint8Array(words.buffer),
    labels: new Uint8Array(count),
    labelNames: ['none'],
    captions: Array<string>(count).fill(''),
    source: 'Drawn at random.',
  });
}
