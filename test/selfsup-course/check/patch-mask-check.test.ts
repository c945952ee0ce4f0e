import { RandomStream, randomPatchMask, tf } from 'selfsup';
import { check, type LearnerPatchMask } from 'selfsup-course';
import { describeCheck } from './describe-check';

/** Hides all but the `visible` patches with the largest numbers. */
function allBut(numbers: tf.Tensor, visible: number): tf.Tensor {
  const patches = numbers.shape[1] as number;
  const { indices } = tf.topk(numbers, visible);
  return tf.sub(
    1,
    tf
      .oneHot(indices as tf.Tensor2D, patches)
      .sum(1)
      .toFloat(),
  );
}

const EXACT = 'leaves as many patches visible as it is asked to, in each image';

describeCheck<LearnerPatchMask>(
  'check.patchMask',
  check.patchMask,
  [
    ['is the library’s', randomPatchMask],
    [
      'compares with the last number that stays visible',
      ({ images, patches, visible }, random) =>
        tf.tidy(() => {
          const numbers = random.uniform([images, patches]);
          const last = tf.topk(numbers, visible).values.min(1, true);
          return numbers.less(last).toFloat();
        }),
    ],
  ],
  [
    [
      'tosses a coin for each patch',
      ({ images, patches, visible }, random) =>
        tf.tidy(() =>
          random
            .uniform([images, patches])
            .greater(visible / patches)
            .toFloat(),
        ),
      EXACT,
      /rank random numbers/,
    ],
    [
      'marks what is visible',
      (sizes, random) => tf.tidy(() => tf.sub(1, randomPatchMask(sizes, random))),
      EXACT,
      /marks what is visible/,
    ],
    [
      'hides the same patches in all images',
      (sizes, random) =>
        tf.tidy(() => randomPatchMask({ ...sizes, images: 1 }, random).tile([sizes.images, 1])),
      'hides other patches in each image',
      /only 1 different/,
    ],
    [
      'likes the first patches better',
      ({ images, patches, visible }, random) =>
        tf.tidy(() =>
          allBut(random.uniform([images, patches]).sub(tf.range(0, patches).div(20)), visible),
        ),
      'hides each patch as often as any other',
      /Patch 0 is hidden in/,
    ],
    [
      'draws from another source',
      ({ images, patches, visible }) =>
        tf.tidy(() => allBut(tf.randomUniform([images, patches]), visible)),
      'draws from the stream it is given',
      /gave two masks/,
    ],
    [
      'never changes its masks',
      (sizes) => randomPatchMask(sizes, new RandomStream([1, 1])),
      'draws from the stream it is given',
      /gave equal masks/,
    ],
    [
      'reads its random numbers',
      ({ images, patches, visible }, random) =>
        tf.tidy(() => {
          const numbers = (random.uniform([images, patches]) as tf.Tensor2D).arraySync();
          return tf.tensor2d(
            numbers.map((row) => {
              const last = [...row].sort((a, b) => b - a)[visible - 1] as number;
              return row.map((value) => Number(value < last));
            }),
          );
        }),
      'can be compiled into a training step',
      /Leave all values inside TensorFlow/,
    ],
    [
      'returns whole numbers',
      (sizes, random) => tf.tidy(() => randomPatchMask(sizes, random).toInt()),
      'returns 0 or 1 for each patch of each image',
      /End with \.toFloat/,
    ],
    [
      'returns one row',
      (sizes, random) => tf.tidy(() => randomPatchMask(sizes, random).mean(0)),
      'returns 0 or 1 for each patch of each image',
      /one number for each patch/,
    ],
    [
      'leaves tensors behind',
      ({ images, patches, visible }, random) => allBut(random.uniform([images, patches]), visible),
      'tidies its tensors',
      /in memory/,
    ],
  ],
);
