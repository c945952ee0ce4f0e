/**
 * What SimCLR, trained as notebook 07 trains it in its standard profile but for an epoch more, is worth over several seeds, in float32 and in
 * bfloat16, beside the random frozen encoder it started from. A seed decides the weights at the start, the order of the
 * images, the views, and which images are held out.
 */
import {
  AdamW,
  cosineSchedule,
  frozenFeatureQuality,
  imageBatches,
  projectionHead,
  SimClr,
  simClrAugmentation,
  simClrStep,
  train,
  tutorialEncoder,
  twoViews,
} from 'selfsup';
import { type ImageDataName, loadImageData } from 'selfsup-course';
import { defineStudy } from './runner/study';
import { availablePrecision } from './training/available-precision';

/** Notebook 07, standard profile; whole images of 32 pixels are judged. */
const SIMCLR = { viewSize: 20, batchSize: 256, temperature: 0.1, peak: 5e-3, warmupSteps: 20 };

interface Recipe {
  readonly [parameter: string]: string | number;
  readonly epochs: number;
  readonly precision: 'float32' | 'bfloat16';
}

export default defineStudy<Recipe & typeof SIMCLR>({
  title: 'SimCLR as in notebook 07, over seeds',
  about:
    'Notebook 07’s recipe, eight epochs instead of its seven. Frozen features of whole images, test split (CIFAR-10: n = 10,000); nothing is chosen on it. The probe’s regularisation is ' +
    'chosen on the validation split.',
  revision: 1,
  recipes: {
    'random, frozen': { ...SIMCLR, epochs: 0, precision: 'float32' },
    'SimCLR, 8 epochs, float32': { ...SIMCLR, epochs: 8, precision: 'float32' },
    'SimCLR, 8 epochs, bfloat16': { ...SIMCLR, epochs: 8, precision: 'bfloat16' },
  },
  data: ['cifar10'],
  seeds: [1, 2, 3],
  columns: [
    { name: 'testProbe', title: 'linear probe', unit: 'percent' },
    { name: 'testKnn', title: 'kNN', unit: 'percent' },
  ],
  async measure({ parameters, data: name, seed, scale }, { onProgress }) {
    const precision = availablePrecision(parameters.precision);
    const data = await loadImageData({ data: name as ImageDataName, seed, onProgress });
    const model = new SimClr({
      encoder: tutorialEncoder({ inputShape: [null, null, 3], seed }),
      projectionHead: projectionHead({ seed }),
      temperature: parameters.temperature,
    });
    const perEpoch = Math.floor(data.train.size / parameters.batchSize);
    await train({
      step: simClrStep({
        model,
        optimizer: new AdamW(model.trainableVariables),
        views: twoViews(simClrAugmentation({ size: parameters.viewSize })),
      }),
      data: imageBatches(data.train),
      batchSize: parameters.batchSize,
      steps: Math.round(scale * parameters.epochs * perEpoch),
      learningRate: cosineSchedule({
        peak: parameters.peak,
        warmupSteps: parameters.warmupSteps,
      }),
      seed,
      precision,
      onProgress,
    });
    return frozenFeatureQuality(model.encoder, data);
  },
});
