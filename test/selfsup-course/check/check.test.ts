import {
  cosineSchedule,
  ntXentLoss,
  type RandomStream,
  randomHorizontalFlip,
  simClrAugmentation,
  tf,
} from 'selfsup';
import {
  CHECK_MIME_TYPE,
  check,
  type LearnerAugmentation,
  type LearnerNtXentLoss,
  NotAttemptedError,
  notAttempted,
  type Verdict,
} from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { printedBy } from '../display/captured-console';
import { startFakeKernel } from '../display/fake-kernel';
import { verdictOfCheck } from './verdict-of-check';

/** The verdict of a check that leaves no tensor behind. */
function verdictOf(run: () => void): Verdict {
  const before = tf.memory().numTensors;
  const verdict = verdictOfCheck(run);
  expect(tf.memory().numTensors).toBe(before);
  return verdict;
}

/** The verdict a check sends to the notebook. */
/** NT-Xent with parts that can be written wrongly. */
function loss({
  mask = true,
  normalise = true,
  interleaved = false,
  temper = (temperature: number) => temperature,
  reduce = (rows: tf.Tensor) => rows.mean(),
  stable = true,
  tidy = true,
}): LearnerNtXentLoss {
  const body: LearnerNtXentLoss = (z1, z2, { temperature }) => {
    const stacked = tf.concat([z1, z2]);
    const z = normalise ? stacked.div(stacked.norm(2, 1, true)) : stacked;
    const [pairs, rows] = [z1.shape[0], 2 * z1.shape[0]];
    const logits = tf
      .matMul(z as tf.Tensor2D, z as tf.Tensor2D, false, true)
      .div(temper(temperature));
    const masked = mask ? logits.sub(tf.eye(rows).mul(1e9)) : logits;
    const order = Array.from({ length: rows }, (_, i) =>
      interleaved ? i ^ 1 : (i + pairs) % rows,
    );
    const positive = z
      .mul(z.gather(tf.tensor1d(order, 'int32')))
      .sum(1)
      .div(temper(temperature));
    const denominator = stable ? tf.logSumExp(masked, 1) : masked.exp().sum(1).log();
    return reduce(denominator.sub(positive));
  };
  return tidy ? (...args) => tf.tidy(() => body(...args) as tf.Tensor) : body;
}

describe('check.ntXentLoss', () => {
  it('passes the library’s loss and one of matrix operations', () => {
    for (const right of [ntXentLoss, loss({})]) {
      const { status, holds, fails } = verdictOf(() => check.ntXentLoss(right));
      expect({ status, fails }).toEqual({ status: 'passed', fails: null });
      expect(holds).toHaveLength(8);
    }
  });

  it.each<[string, LearnerNtXentLoss, string, RegExp]>([
    [
      'self-similarity kept',
      loss({ mask: false }),
      'is ln(2N − 1) when all embeddings are equal',
      /2\.0794; expected 1\.9459.*still in the denominator/,
    ],
    [
      'wrong positives',
      loss({ interleaved: true }),
      'has the value of the definition',
      /rows 0 and 1, 2 and 3.*row i \+ N/,
    ],
    [
      'no normalisation',
      loss({ normalise: false }),
      'has the value of the definition',
      /not scaled to length 1/,
    ],
    [
      'no temperature',
      loss({ temper: () => 1 }),
      'has the value of the definition',
      /without the temperature/,
    ],
    [
      'a fixed temperature',
      loss({ temper: () => 0.5 }),
      'follows the temperature',
      /temperature 0\.1, it returned/,
    ],
    [
      'a sum',
      loss({ reduce: (rows) => rows.sum() }),
      'is ln(2N − 1) when all embeddings are equal',
      /15\.567; expected 1\.9459/,
    ],
    [
      'a negative sign',
      loss({ reduce: (rows) => rows.mean().neg() }),
      'is ln(2N − 1) when all embeddings are equal',
      /-1\.9459/,
    ],
    [
      'one loss per row',
      loss({ reduce: (rows) => rows }),
      'returns one finite number, as a tensor',
      /shape \[8\]; expected a scalar/,
    ],
    ['overflow', loss({ stable: false }), 'stays finite at temperature 0.005', /NaN|Infinity/],
    [
      'no tidy',
      loss({ tidy: false }),
      'tidies its tensors',
      /leaves \d+ tensors in memory.*tf\.tidy/,
    ],
    [
      'a number',
      () => 3,
      'returns one finite number, as a tensor',
      /returned the number 3; expected a scalar tensor/,
    ],
    [
      'a promise',
      async () => tf.scalar(1),
      'returns one finite number, as a tensor',
      /without async/,
    ],
    [
      'a rejected promise',
      () => Promise.reject(new Error('late')),
      'returns one finite number, as a tensor',
      /without async/,
    ],
    [
      'an error',
      () => {
        throw new Error('shapes do not match');
      },
      'returns one finite number, as a tensor',
      /it threw: shapes do not match/,
    ],
    ['no function', 7 as never, 'is a function', /given the number 7/],
  ])('names the mistake: %s', (_, learner, fails, message) => {
    const verdict = verdictOf(() => check.ntXentLoss(learner));
    expect(verdict).toMatchObject({
      status: 'failed',
      fails,
      message: expect.stringMatching(message),
    });
  });

  it('finds a loss that cannot be differentiated', () => {
    const outputs = startFakeKernel();
    check.ntXentLoss((z1, z2, options) =>
      tf.tidy(() => tf.scalar(ntXentLoss(z1, z2, options).dataSync()[0] as number)),
    );
    expect(outputs[0]?.data[CHECK_MIME_TYPE]).toMatchObject({
      fails: 'has the right gradient',
      message: expect.stringMatching(/value is right, but it cannot be differentiated/),
    });
  });

  it('says that an exercise that was not written waits', () => {
    const verdict = verdictOf(() => check.ntXentLoss(() => notAttempted()));
    expect(verdict).toMatchObject({ status: 'not attempted', holds: [], fails: null });
  });

  it('says of one that returns nothing that it does so', () => {
    const forgetful: LearnerNtXentLoss = (z1, z2, options) => {
      tf.tidy(() => ntXentLoss(z1, z2, options));
    };
    expect(verdictOf(() => check.ntXentLoss(forgetful))).toMatchObject({
      status: 'failed',
      holds: [],
      fails: 'returns one finite number, as a tensor',
      message:
        'When called with 4 pairs of 5 numbers and temperature 0.5, it returned nothing; expected a scalar tensor, the mean ' +
        'over all 2N rows. Is a return missing? In braces, an arrow function needs one, too.',
    });
  });

  it('prints its verdict outside a notebook', async () => {
    const printed = await printedBy(() => check.ntXentLoss(loss({ mask: false })));
    expect(printed).toMatch(
      /^✗ NT-Xent loss: failed\n {2}✓ returns one finite number, as a tensor\n {2}✗ is ln\(2N − 1\)/,
    );
  });

  it('escapes what the learner’s error says', () => {
    const outputs = startFakeKernel();
    check.ntXentLoss(() => {
      throw new Error('<script>');
    });
    expect(outputs[0]?.data['text/html']).toContain('&lt;script&gt;');
  });
});

describe('check.augmentation', () => {
  it('passes augmentations of the library', () => {
    expect(verdictOf(() => check.augmentation(randomHorizontalFlip())).status).toBe('passed');
    const strong = simClrAugmentation();
    expect(verdictOf(() => check.augmentation(strong)).message).toBe(
      'Everything that was examined holds.',
    );
  });

  const brightness =
    (shape: (count: number) => number[]) => (images: tf.Tensor4D, random: RandomStream) =>
      tf.tidy(() =>
        images.add(random.uniform(shape(images.shape[0]), -0.2, 0.2)).clipByValue(0, 1),
      );
  const perImage = brightness((count) => [count, 1, 1, 1]);

  it.each<[string, LearnerAugmentation, string, RegExp]>([
    [
      'one draw per batch',
      brightness(() => [1]),
      'draws for each image by itself',
      /one draw for the whole batch/,
    ],
    [
      'values out of range',
      (images, random) => tf.tidy(() => images.add(random.uniform([images.shape[0], 1, 1, 1]))),
      'keeps its values between 0 and 1',
      /clipByValue/,
    ],
    [
      'hidden randomness',
      (images) => tf.tidy(() => images.mul(tf.randomUniform([images.shape[0], 1, 1, 1]))),
      'gives equal results for equal random streams',
      /differ by up to/,
    ],
    [
      'no randomness',
      (images) => images.clone(),
      'gives other results for another random stream',
      /gave equal results, expected different ones: it does not use the stream/,
    ],
    ['a lost image', (images) => images.slice([1]), 'returns a batch of images', /shape/],
    [
      'a lost channel',
      (images) => images.mean(3),
      'returns a batch of images',
      /shape \[3, 32, 32\]; expected \[3, height, width, 3\]/,
    ],
    [
      'integers',
      (images) => images.toInt(),
      'returns a batch of images',
      /type int32; expected float32/,
    ],
    [
      'NaN',
      (images) => tf.tidy(() => images.div(images.mean([1, 2, 3], true)).mul(0)),
      'keeps its values between 0 and 1',
      /NaN/,
    ],
    [
      'disposed input',
      (images, random) => {
        const result = perImage(images, random);
        images.dispose();
        return result;
      },
      'leaves its input alone',
      /images it was given are disposed; expected as they were/,
    ],
    [
      'tensors left',
      (images, random) =>
        images.add(random.uniform([images.shape[0], 1, 1, 1], -0.2, 0.2)).clipByValue(0, 1),
      'tidies its tensors',
      /leaves \d+ tensor/,
    ],
  ])('names the mistake: %s', (_, learner, fails, message) => {
    const verdict = verdictOf(() => check.augmentation(learner));
    expect(verdict).toMatchObject({
      status: 'failed',
      fails,
      message: expect.stringMatching(message),
    });
  });

  it('examines the size where one is asked for', () => {
    const verdict = verdictOf(() => check.augmentation(perImage, { outputSize: [24, 24] }));
    expect(verdict.message).toMatch(/shape \[3, 32, 32, 3\]; expected height and width 24 × 24/);
  });
});

describe('check.learningRateSchedule', () => {
  const asked = { peak: 0.1, warmupSteps: 5, totalSteps: 50 };
  const right = cosineSchedule(asked);

  it('passes the library’s schedule', () => {
    expect(verdictOf(() => check.learningRateSchedule(right, asked)).status).toBe('passed');
  });

  it.each<[string, (step: number, total: number) => unknown, string, RegExp]>([
    [
      'a warm-up from zero',
      (step) => (step < 5 ? step / 50 : 0.1),
      'learns from the first step on',
      /At step 0 it gives 0/,
    ],
    [
      'no warm-up',
      () => 0.1,
      'grows linearly to the peak',
      /At step 0 of 50 \(warm-up\) it gives 0\.1; expected 0\.02/,
    ],
    [
      'too much',
      (step, total) => right(step, total) * 2,
      'never exceeds the peak',
      /above the peak 0\.1/,
    ],
    [
      'no decay',
      (step, total) => (step < 5 ? right(step, total) : 0.1),
      'falls as half a cosine to 0',
      /\(cosine\)/,
    ],
    [
      'a string',
      () => '0.1',
      'returns a number for every step',
      /returned 0\.1; expected a number/,
    ],
    ['a negative rate', () => -1, 'returns a number for every step', /returned -1/],
  ])('names the mistake: %s', (_, learner, fails, message) => {
    const verdict = verdictOf(() => check.learningRateSchedule(learner, asked));
    expect(verdict).toMatchObject({
      status: 'failed',
      fails,
      message: expect.stringMatching(message),
    });
  });
});

describe('check.againstReference', () => {
  const options = {
    name: 'momentum update',
    reference: (a: number[], b: number[]) =>
      a.map((value, i) => 0.9 * value + 0.1 * (b[i] as number)),
    inputs: [
      {
        name: 'equal weights',
        args: [
          [1, 2],
          [1, 2],
        ] as [number[], number[]],
      },
      {
        name: 'different weights',
        args: [
          [1, 2],
          [3, 4],
        ] as [number[], number[]],
      },
    ],
  };

  it('passes an equal function, whether it gives tensors or arrays', () => {
    expect(verdictOf(() => check.againstReference(options.reference, options))).toMatchObject({
      name: 'momentum update',
      status: 'passed',
    });
    const tensors = (a: number[], b: number[]) =>
      tf.tidy(() => tf.tensor1d(a).mul(0.9).add(tf.tensor1d(b).mul(0.1)));
    expect(verdictOf(() => check.againstReference(tensors, options)).status).toBe('passed');
  });

  it('says on which input which number differs', () => {
    expect(verdictOf(() => check.againstReference((a) => a, options))).toMatchObject({
      status: 'failed',
      fails: 'agrees with the reference on different weights',
      message:
        'When called with different weights, it returned an array of 2 values. Number 0 (counted from 0) is 1; expected 1.2.',
    });
  });

  it.each([
    ['another shape', () => [1], /returned an array of 1 value; expected shape \[2\]/],
    ['text', () => 'three', /returned three; expected shape \[2\]/],
  ])('says what it got: %s', (_, learner, message) => {
    expect(verdictOf(() => check.againstReference(learner, options)).message).toMatch(message);
  });
});

describe('notAttempted', () => {
  it('throws where no check catches it, and says what to do', () => {
    expect(() => notAttempted()).toThrow(NotAttemptedError);
    expect(() => notAttempted()).toThrow(/Put your own code in the place of notAttempted/);
  });
});
