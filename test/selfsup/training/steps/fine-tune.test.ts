import {
  Classifier,
  fineTune,
  InMemoryImageDataSet,
  InvalidArgumentError,
  type Progress,
  predictClasses,
  type Split,
  setInterruptCell,
  tf,
  tutorialEncoder,
} from 'selfsup';
import { describe, expect, it } from 'vitest';
import { syntheticImages } from '../../evaluation/synthetic-images';

const as = (split: Split, size: number, seed: number) => {
  const { pixels, labels, labelNames, captions } = syntheticImages(size, seed);
  return new InMemoryImageDataSet({
    name: 'Synthetic',
    split,
    imageShape: [4, 4, 3],
    pixels,
    labels,
    labelNames,
    captions,
    source: 'made for a test',
  });
};
const data = as('train', 40, 1);
const validation = as('validation', 30, 2);
const valuesOf = (variables: readonly tf.Variable[]) => variables.map((one) => [...one.dataSync()]);

async function withClassifier<T>(use: (classifier: Classifier) => Promise<T>): Promise<T> {
  const encoder = tutorialEncoder({ inputShape: [4, 4, 3], embeddingDim: 8 });
  const classifier = new Classifier({ encoder, classes: 2 });
  encoder.dispose();
  try {
    return await use(classifier);
  } finally {
    classifier.dispose();
  }
}

const accuracyOn = async (classifier: Classifier, set: InMemoryImageDataSet) => {
  const predicted = await predictClasses(classifier, set);
  return predicted.filter((label, i) => label === set.labels[i]).length / set.size;
};

describe('fineTune', () => {
  it('learns to tell the classes of images it has not seen', async () => {
    await withClassifier(async (classifier) => {
      const { head, all, best } = await fineTune({ classifier, data, steps: 60, batchSize: 16 });
      expect(head).toBeNull();
      expect(best).toBeNull();
      expect(all?.stepsDone).toBe(60);
      expect(await accuracyOn(classifier, validation)).toBeGreaterThan(0.9);
    });
  });

  it('chooses no weights that the training has taken back', async () => {
    await withClassifier(async (classifier) => {
      // The rate ruins the weights in step 2; the loss of step 3 shows it, or the end.
      const { all, best, validations } = await fineTune({
        classifier,
        data,
        steps: 8,
        batchSize: 16,
        learningRate: (step) => (step === 1 ? 1e38 : 1e-3),
        validation: { data: validation, everySteps: 1 },
      });
      expect(all?.stopped).toBe('not-a-number');
      const stepsDone = all?.stepsDone as number;
      expect(best?.step).toBeLessThanOrEqual(stepsDone);
      expect(validations.map(({ step }) => step)).toEqual(
        Array.from({ length: stepsDone }, (_, index) => index + 1),
      );
      const weights = [...classifier.headVariables, ...classifier.encoderVariables];
      expect(valuesOf(weights).flat().every(Number.isFinite)).toBe(true);
    });
  });

  it('trains the head alone first, then everything', async () => {
    await withClassifier(async (classifier) => {
      const encoder = valuesOf(classifier.encoder.weights.map((w) => w.read() as tf.Variable));
      const encoderNow = () =>
        valuesOf(classifier.encoder.weights.map((w) => w.read() as tf.Variable));
      const { head, all } = await fineTune({ classifier, data, headSteps: 6, steps: 0 });
      expect(all).toBeNull();
      expect(head?.stepsDone).toBe(6);
      expect(head?.history.steps.at(-1)?.loss).toBeLessThan(head?.history.steps[0]?.loss as number);
      expect(encoderNow()).toEqual(encoder);
      const both = await fineTune({ classifier, data, headSteps: 2, steps: 3 });
      expect([both.head?.stepsDone, both.all?.stepsDone]).toEqual([2, 3]);
      expect(encoderNow()).not.toEqual(encoder);
    });
  });

  it('keeps the weights of the best look at the validation split', async () => {
    await withClassifier(async (classifier) => {
      const { validations, best } = await fineTune({
        classifier,
        data,
        headSteps: 4,
        steps: 7,
        batchSize: 16,
        // So large that accuracy goes up and down.
        learningRate: 0.3,
        validation: { data: validation, everySteps: 2 },
      });
      expect(validations.map(({ step }) => step)).toEqual([2, 4, 6, 8, 10, 11]);
      expect(validations.every(({ n }) => n === 30)).toBe(true);
      const highest = Math.max(...validations.map(({ accuracy }) => accuracy));
      expect(best).toEqual(validations.find(({ accuracy }) => accuracy === highest));
      expect(await accuracyOn(classifier, validation)).toBeCloseTo(highest, 10);
    });
  });

  describe('validation.patience', () => {
    /** A rate of 0 from a step on, in steps of the stage: from there on no look is better than the best. */
    const learningUntil = (end: number) => (step: number) => (step < end ? 1e-3 : 0);
    const looks = { data: validation, everySteps: 2, patience: 3 };

    it('ends the training after so many looks in a row that were no better, and says so', async () => {
      await withClassifier(async (classifier) => {
        const progress: Progress[] = [];
        const { all, best, validations, converged } = await fineTune({
          classifier,
          data,
          headSteps: 4,
          steps: 400,
          batchSize: 16,
          learningRate: learningUntil(6),
          validation: looks,
          onProgress: (one) => progress.push(one),
        });
        expect(converged).toBe(true);
        expect(all?.stopped).toBe('finished');
        expect(all?.reason).toMatch(
          /^Finished after \d+ steps: validation was not better in 3 looks\.$/,
        );
        const last = Math.max(best?.step as number, 4) + 3 * 2;
        expect(validations.at(-1)?.step).toBe(last);
        expect(all?.stepsDone).toBe(last - 4);
        // A progress bar would else wait for the steps that are left out.
        expect(progress.at(-2)).toMatchObject({ done: last, total: 404 });
        expect(progress.at(-1)).toMatchObject({ done: last, total: last });
      });
    });

    it('waits longer the later the best look was, with patienceFactor', async () => {
      const endOf = (patienceFactor: number) =>
        withClassifier(async (classifier) => {
          const { best, validations, converged } = await fineTune({
            classifier,
            data,
            steps: 400,
            batchSize: 16,
            learningRate: learningUntil(20),
            validation: { ...looks, patience: 1, patienceFactor },
          });
          expect(converged).toBe(true);
          return { best: best?.step as number, last: validations.at(-1)?.step as number };
        });
      for (const factor of [1, 1.5, 3]) {
        const { best, last } = await endOf(factor);
        // The first look, all of them two steps apart, at which both say so.
        expect(last).toBe(Math.max(best + 2, 2 * Math.ceil((factor * best) / 2)));
      }
    });

    it('refuses a patienceFactor below 1, or without patience', async () => {
      await withClassifier(async (classifier) => {
        const given = { classifier, data, steps: 4, batchSize: 16 };
        const below = fineTune({ ...given, validation: { ...looks, patienceFactor: 0.5 } });
        await expect(below).rejects.toThrow(
          'validation.patienceFactor is 0.5; expected a number, 1 or more',
        );
        const alone = { data: validation, everySteps: 2, patienceFactor: 2 };
        await expect(fineTune({ ...given, validation: alone })).rejects.toThrow(
          /without patience; expected both/,
        );
      });
    });

    it('does not end what is over before, nor hides an interrupt', async () => {
      await withClassifier(async (classifier) => {
        const short = { classifier, data, batchSize: 16, learningRate: 0, validation: looks };
        const over = await fineTune({ ...short, steps: 5 });
        expect([over.converged, over.all?.stepsDone]).toEqual([false, 5]);
        const stop = new AbortController();
        const interrupted = await fineTune({
          ...short,
          steps: 400,
          signal: stop.signal,
          onProgress: ({ done }) => {
            if (done === 3) stop.abort();
          },
        });
        expect(interrupted.converged).toBe(false);
        expect(interrupted.all?.stopped).toBe('interrupted');
      });
    });

    it('ends the training of a head alone, and refuses no patience at all', async () => {
      await withClassifier(async (classifier) => {
        const given = { classifier, data, steps: 0, headSteps: 400, batchSize: 16 };
        const { head, converged } = await fineTune({
          ...given,
          learningRate: learningUntil(2),
          validation: looks,
        });
        expect(converged).toBe(true);
        expect(head?.stepsDone).toBeLessThan(400);
        const none = fineTune({ ...given, validation: { ...looks, patience: 0 } });
        await expect(none).rejects.toThrow(/validation\.patience/);
      });
    });
  });

  describe('validation.coolDown', () => {
    it('goes on from the best look with a rate that falls to 0, for that share of its steps', async () => {
      await withClassifier(async (classifier) => {
        const rates: number[] = [];
        const progress: Progress[] = [];
        const given = { classifier, data, headSteps: 4, steps: 400, batchSize: 16 };
        const { best, coolDown, all, validations, converged } = await fineTune({
          ...given,
          onProgress: (one) => progress.push(one),
          learningRate: (step) => (step < 6 ? 1e-3 : 0),
          validation: { data: validation, everySteps: 2, patience: 3, coolDown: 0.5 },
        });
        expect(converged).toBe(true);
        // The rate has come to 0 before it: nothing is learned, and the best look stays.
        expect(coolDown?.stepsDone).toBe(Math.ceil((best?.step as number) / 2));
        expect(coolDown?.history.steps.every(({ learningRate }) => learningRate === 0)).toBe(true);
        expect(validations.at(-1)?.step).toBe(
          4 + (all?.stepsDone as number) + (coolDown?.stepsDone as number),
        );
        // One bar: it ends with the cool-down, and not before.
        expect(progress.filter(({ done, total }) => done === total)).toHaveLength(1);
        expect(progress.at(-1)?.total).toBe(validations.at(-1)?.step);
        const { coolDown: falling } = await fineTune({
          ...given,
          headSteps: 0,
          steps: 6,
          learningRate: 1e-3,
          validation: { data: validation, everySteps: 6, coolDown: 1.5 },
        });
        for (const { learningRate } of falling?.history.steps ?? []) rates.push(learningRate);
        expect(rates).toHaveLength(9);
        rates.forEach((rate, step) => {
          expect(rate).toBeCloseTo((1e-3 * (1 + Math.cos((Math.PI * step) / 9))) / 2, 8);
        });
      });
    });

    it('keeps the best look of all, and has no steps after an interrupt or where none were asked for', async () => {
      await withClassifier(async (classifier) => {
        const given = { classifier, data, steps: 20, batchSize: 16, learningRate: 1e-3 };
        const looks = { data: validation, everySteps: 5 };
        expect((await fineTune({ ...given, validation: looks })).coolDown).toBeNull();
        const cooled = await fineTune({ ...given, validation: { ...looks, coolDown: 0.5 } });
        const accuracies = cooled.validations.map(({ accuracy }) => accuracy);
        expect(cooled.best?.accuracy).toBe(Math.max(...accuracies));
        expect(await accuracyOn(classifier, validation)).toBeCloseTo(Math.max(...accuracies), 6);
        const stop = new AbortController();
        const interrupted = await fineTune({
          ...given,
          validation: { ...looks, coolDown: 0.5 },
          signal: stop.signal,
          onProgress: ({ done }) => {
            if (done === 3) stop.abort();
          },
        });
        expect([interrupted.all?.stopped, interrupted.coolDown]).toEqual(['interrupted', null]);
        for (const coolDown of [-0.1, Number.NaN, Number.POSITIVE_INFINITY]) {
          const refused = fineTune({ ...given, validation: { ...looks, coolDown } });
          await expect(refused).rejects.toThrow(/validation\.coolDown is .*; expected a share/);
        }
      });
    });
  });

  it('looks at images as the transform makes them', async () => {
    await withClassifier(async (classifier) => {
      const black = await fineTune({
        classifier,
        data,
        steps: 40,
        batchSize: 16,
        validation: {
          data: validation,
          everySteps: 40,
          transform: (images) => tf.zerosLike(images),
        },
      });
      // Black images all get one class, and half of them have it.
      expect(black.best?.accuracy).toBe(0.5);
    });
  });

  it('gives the same weights twice, to the last bit', async () => {
    const run = () =>
      withClassifier(async (classifier) => {
        await fineTune({ classifier, data, headSteps: 2, steps: 4, batchSize: 16, seed: 9 });
        return valuesOf(classifier.weights);
      });
    expect(await run()).toEqual(await run());
  });

  it('takes a batch as large as the data where there are fewer, and reports all steps as one', async () => {
    await withClassifier(async (classifier) => {
      const seen: Progress[] = [];
      const few = data.subset([0, 1, 2]);
      await fineTune({
        classifier,
        data: few,
        headSteps: 2,
        steps: 3,
        batchSize: 128,
        onProgress: (progress) => seen.push(progress),
      });
      expect(seen.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5]);
      expect(seen.every(({ total }) => total === 5)).toBe(true);
    });
  });

  it('ends normally when interrupted, and does not begin the second part', async () => {
    await withClassifier(async (classifier) => {
      const { head, all, best } = await fineTune({
        classifier,
        data,
        headSteps: 5,
        steps: 5,
        signal: AbortSignal.abort(),
        validation: { data: validation, everySteps: 5 },
      });
      expect(head?.stopped).toBe('interrupted');
      expect(all).toBeNull();
      expect(best?.step).toBe(0);
    });
  });

  it('is one training of its notebook cell, although it trains the head first', async () => {
    const cell = {};
    setInterruptCell(() => cell);
    try {
      await withClassifier(async (classifier) => {
        let calls = 0;
        const tune = () =>
          fineTune({
            ...{ classifier, data, headSteps: 3, steps: 5 },
            onProgress: () => ++calls === 5 && process.kill(process.pid, 'SIGINT'),
          });
        const { head, all } = await tune();
        expect([head?.stopped, all?.stopped]).toEqual(['finished', 'interrupted']);
        await expect(tune()).rejects.toThrow(/^fineTune was not begun/);
      });
    } finally {
      setInterruptCell(() => null);
    }
  });

  it('leaves no tensors behind, also when it fails', async () => {
    await withClassifier(async (classifier) => {
      const before = tf.memory().numTensors;
      await fineTune({
        classifier,
        data,
        headSteps: 2,
        steps: 4,
        validation: { data: validation, everySteps: 2 },
      });
      expect(tf.memory().numTensors).toBe(before);
      const failing = fineTune({
        classifier,
        data,
        steps: 4,
        compile: false,
        validation: {
          data: validation,
          everySteps: 2,
          transform: () => {
            throw new Error('no such transform');
          },
        },
      });
      await expect(failing).rejects.toThrow('no such transform');
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  it('refuses the test split for validation, and says why', async () => {
    await withClassifier(async (classifier) => {
      const test = as('test', 10, 3);
      const choosing = fineTune({
        classifier,
        data,
        steps: 2,
        validation: { data: test, everySteps: 1 },
      });
      await expect(choosing).rejects.toThrow(InvalidArgumentError);
      await expect(choosing).rejects.toThrow(/no longer tested/);
    });
  });

  it('freezes the encoder at encoderRate 0, as fineTuneSentences does', async () => {
    await withClassifier(async (classifier) => {
      const values = (variables: readonly tf.Variable[]) =>
        variables.map((variable) => [...variable.dataSync()]);
      const before = values(classifier.encoderVariables);
      const { all } = await fineTune({ classifier, data, steps: 2, encoderRate: 0 });
      expect(all?.stepsDone).toBe(2);
      expect(values(classifier.encoderVariables)).toEqual(before);
    });
  });

  it.each([
    [{ steps: 0 }, /both 0/],
    [{ steps: -1 }, /steps is -1/],
    [{ steps: 2, headSteps: 0.5 }, /headSteps is 0.5/],
    [{ steps: 2, batchSize: 0 }, /batchSize is 0/],
    [{ steps: 2, encoderRate: -1 }, /encoderRate is -1/],
    [{ steps: 2, validation: { data: validation, everySteps: 0 } }, /everySteps is 0/],
    [{ steps: 2, validation: { data: validation.subset([]), everySteps: 1 } }, /no images/],
  ])('refuses %j', async (options, message) => {
    await withClassifier(async (classifier) => {
      await expect(fineTune({ classifier, data, ...options })).rejects.toThrow(message);
    });
  });

  it('refuses labels the classifier has no class for', async () => {
    const three = new InMemoryImageDataSet({
      name: 'Synthetic',
      split: 'train',
      imageShape: [4, 4, 3],
      pixels: data.pixels.slice(0, 3 * 48),
      labels: Uint8Array.of(0, 1, 2),
      labelNames: ['a', 'b', 'c'],
      captions: ['a', 'b', 'c'],
      source: 'made for a test',
    });
    await withClassifier(async (classifier) => {
      await expect(fineTune({ classifier, data: three, steps: 1 })).rejects.toThrow(
        /label 2, the classifier has 2 classes/,
      );
    });
  });
});

it('trains the head alone where the caller has frozen the encoder', async () => {
  const encoder = tutorialEncoder({ inputShape: [4, 4, 3], embeddingDim: 8 });
  encoder.trainable = false;
  const classifier = new Classifier({ encoder, classes: 2 });
  const before = valuesOf(classifier.weights);
  const tensors = tf.memory().numTensors;
  await fineTune({ classifier, data, steps: 3, batchSize: 16 });
  expect(tf.memory().numTensors).toBe(tensors);
  const changed = valuesOf(classifier.weights).map((values, i) =>
    values.some((value, at) => value !== before[i]?.[at]),
  );
  // The head's kernel and bias; nothing of the encoder.
  expect(changed.filter(Boolean)).toHaveLength(2);
  classifier.dispose();
  encoder.dispose();
});
