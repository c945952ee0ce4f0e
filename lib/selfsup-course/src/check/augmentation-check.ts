import { tf } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { attemptTensor, requireFinite, requireTidy } from './attempt';
import { Finding, number, type Property } from './judge';

/** A learner's augmentation; see `Augmentation`. */
export type LearnerAugmentation = (images: tf.Tensor4D, random: RandomStream) => unknown;

/** What an augmentation must do to pass a check. */
export interface AugmentationCheckOptions {
  /** Height and width the result must have. Any when left out. */
  readonly outputSize?: readonly [number, number];
}

const SIZE = 32;
const COPIES = 32;

function stream(seed: number): RandomStream {
  return new RandomStream([seed, 4]);
}

/** `count` images of noise, in which no two pixels are alike. */
function noise(count: number): tf.Tensor4D {
  return stream(1).uniform([count, SIZE, SIZE, 3]) as tf.Tensor4D;
}

/** The greatest difference between two results of one shape. */
function gap(a: tf.Tensor, b: tf.Tensor): number {
  return tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number;
}

/** What the learner's augmentation makes of the images with the random stream of a seed. */
function augmented(
  learner: LearnerAugmentation,
  images: tf.Tensor4D,
  { seed }: { readonly seed: number },
): tf.Tensor {
  return attemptTensor(
    () => learner(images, stream(seed)),
    `with images of shape [${images.shape.join(', ')}]`,
    `as many images, a tensor of shape [${images.shape[0]}, height, width, 3]`,
  );
}

function returnsImages({ outputSize }: AugmentationCheckOptions): Property<LearnerAugmentation> {
  return {
    name: 'returns a batch of images',
    examine: (learner) => {
      for (const count of [3, 1]) {
        const result = augmented(learner, noise(count), { seed: 2 });
        const given = `Given images of shape [${count}, ${SIZE}, ${SIZE}, 3], it returned`;
        const shape = `shape [${result.shape.join(', ')}]`;
        if (result.rank !== 4 || result.shape[0] !== count || result.shape[3] !== 3) {
          throw new Finding(
            `${given} ${shape}; expected [${count}, height, width, 3]: as many images, as many channels.`,
          );
        }
        if (
          outputSize &&
          (result.shape[1] !== outputSize[0] || result.shape[2] !== outputSize[1])
        ) {
          throw new Finding(
            `${given} ${shape}; expected height and width ${outputSize.join(' × ')}.`,
          );
        }
        if (result.dtype !== 'float32') {
          throw new Finding(`${given} numbers of type ${result.dtype}; expected float32.`);
        }
      }
    },
  };
}

const leavesInputAlone: Property<LearnerAugmentation> = {
  name: 'leaves its input alone',
  examine: (learner) => {
    const images = noise(4);
    const before = images.clone();
    augmented(learner, images, { seed: 2 });
    if (images.isDisposed) {
      throw new Finding(
        'After the call the images it was given are disposed; expected as they were. Leave them to the caller.',
      );
    }
    const change = gap(images, before);
    if (change > 0)
      throw new Finding(
        `After the call the images it was given differ by up to ${number(change)} from before; expected unchanged. ` +
          'Work on new tensors, as every operation of TensorFlow returns them.',
      );
  },
};

const keepsUnitRange: Property<LearnerAugmentation> = {
  name: 'keeps its values between 0 and 1',
  examine: (learner) => {
    const extremes = tf.concat([
      noise(8),
      tf.zeros([8, SIZE, SIZE, 3]),
      tf.ones([8, SIZE, SIZE, 3]),
    ]);
    for (const seed of [2, 3, 4]) {
      const result = augmented(learner, extremes as tf.Tensor4D, { seed });
      requireFinite(result, 'with black, white and noisy images', 'Look for a division by zero.');
      const low = tf.min(result).dataSync()[0] as number;
      const high = tf.max(result).dataSync()[0] as number;
      if (low < -1e-5 || high > 1 + 1e-5) {
        throw new Finding(
          `Its values go from ${number(low)} to ${number(high)}; expected 0 to 1. End with .clipByValue(0, 1).`,
        );
      }
    }
  },
};

const repeatsForEqualStreams: Property<LearnerAugmentation> = {
  name: 'gives equal results for equal random streams',
  examine: (learner) => {
    const images = noise(COPIES);
    const difference = gap(
      augmented(learner, images, { seed: 2 }),
      augmented(learner, images, { seed: 2 }),
    );
    if (!(difference < 1e-6)) {
      throw new Finding(
        `Called twice with equal random streams, its results differ by up to ${number(difference)}; expected equal ones. ` +
          'Draw only from the stream it is given: not from Math.random, tf.randomUniform or a stream of its own.',
      );
    }
  },
};

const variesWithStream: Property<LearnerAugmentation> = {
  name: 'gives other results for another random stream',
  examine: (learner) => {
    const images = noise(COPIES);
    if (
      gap(augmented(learner, images, { seed: 2 }), augmented(learner, images, { seed: 3 })) === 0
    ) {
      throw new Finding(
        'Called with two different random streams, it gave equal results, expected different ones: it does not use the ' +
          'stream it is given.',
      );
    }
  },
};

const drawsPerImage: Property<LearnerAugmentation> = {
  name: 'draws for each image by itself',
  examine: (learner) => {
    const images = noise(1).tile<tf.Tensor4D>([COPIES, 1, 1, 1]);
    const equal = [2, 3].every((seed) => {
      const result = augmented(learner, images, { seed });
      return gap(result, result.slice([0], [1])) === 0;
    });
    if (equal) {
      throw new Finding(
        `Given ${COPIES} copies of one image, it gave ${COPIES} equal results: one draw for the whole batch. ` +
          'Draw a number per image, for instance random.uniform([N, 1, 1, 1]).',
      );
    }
  },
};

const tidiesTensors: Property<LearnerAugmentation> = {
  name: 'tidies its tensors',
  examine: (learner) => {
    const images = noise(4);
    requireTidy(() => learner(images, stream(2)));
  },
};

/** What an augmentation must satisfy. */
export function augmentationProperties(
  options: AugmentationCheckOptions,
): readonly Property<LearnerAugmentation>[] {
  return [
    returnsImages(options),
    leavesInputAlone,
    keepsUnitRange,
    repeatsForEqualStreams,
    variesWithStream,
    drawsPerImage,
    tidiesTensors,
  ];
}
