import { type PatchMaskSizes, tf } from 'selfsup';
import { compile, RandomStream } from 'tfjs-compile';
import { attemptTensor, requireTidy } from './attempt';
import { Finding, number, type Property } from './judge';
import { NotAttemptedError } from './not-attempted';
import { ThrownError } from './thrown-error';

/** A learner's mask; see `PatchMask`. */
export type LearnerPatchMask = (sizes: PatchMaskSizes, random: RandomStream) => unknown;

const SIZES: PatchMaskSizes = { images: 64, patches: 16, visible: 4 };

/** What the learner's mask says, with the random stream of a seed. */
function maskOf(learner: LearnerPatchMask, sizes: PatchMaskSizes, seed = 1): number[][] {
  const { images, patches, visible } = sizes;
  const occasion = `for ${images} images of ${patches} patches, ${visible} of them visible`;
  const result = attemptTensor(() => learner(sizes, new RandomStream([seed, 12])), occasion, [
    images,
    patches,
  ]);
  if (result.shape.join() !== `${images},${patches}`) {
    throw new Finding(
      `When called ${occasion}, it returned shape [${result.shape.join(', ')}]; expected [${images}, ${patches}]: one number ` +
        'for each patch.',
    );
  }
  if (result.dtype !== 'float32') {
    throw new Finding(
      `Its numbers are of type ${result.dtype}; expected float32, which errors can be multiplied by. End with .toFloat().`,
    );
  }
  const rows = (result as tf.Tensor2D).arraySync();
  const other = rows.flat().find((value) => value !== 0 && value !== 1);
  if (other !== undefined) {
    throw new Finding(
      `It holds ${number(other)}; expected 1 for each hidden patch and 0 for each visible one.`,
    );
  }
  return rows;
}

const hiddenIn = (row: readonly number[]): number => row.reduce((sum, value) => sum + value, 0);

/** What a mask of patches must satisfy. */
export const PATCH_MASK_PROPERTIES: readonly Property<LearnerPatchMask>[] = [
  {
    name: 'returns 0 or 1 for each patch of each image',
    examine: (learner) => {
      maskOf(learner, SIZES);
      maskOf(learner, { images: 3, patches: 64, visible: 16 });
    },
  },
  {
    name: 'leaves as many patches visible as it is asked to, in each image',
    examine: (learner) => {
      for (const visible of [4, 1, 12]) {
        const rows = maskOf(learner, { ...SIZES, visible });
        const expected = SIZES.patches - visible;
        const wrong = rows.findIndex((row) => hiddenIn(row) !== expected);
        if (wrong < 0) continue;
        const found = hiddenIn(rows[wrong] as number[]);
        const advice = rows.every((row) => hiddenIn(row) === visible)
          ? 'It marks what is visible; 1 stands for hidden: take it from 1.'
          : 'Drawn patch by patch, the number would differ from image to image; rank random numbers instead.';
        throw new Finding(
          `Asked to leave ${visible} of ${SIZES.patches} visible, it hides ${found} in image ${wrong}; expected ${expected}. ${advice}`,
        );
      }
    },
  },
  {
    name: 'hides other patches in each image',
    examine: (learner) => {
      const different = new Set(maskOf(learner, SIZES).map((row) => row.join())).size;
      // 64 draws out of 1,820 choices: fewer than 50 different ones come by chance about never.
      if (different < 50) {
        throw new Finding(
          `${SIZES.images} images have only ${different} different masks; expected one of its own for each. Draw random numbers ` +
            'of the shape [images, patches].',
        );
      }
    },
  },
  {
    name: 'hides each patch as often as any other',
    examine: (learner) => {
      const sizes = { ...SIZES, images: 2000 };
      const rows = maskOf(learner, sizes);
      const share = 1 - sizes.visible / sizes.patches;
      const most = 5 * Math.sqrt((share * (1 - share)) / sizes.images);
      for (let patch = 0; patch < sizes.patches; patch++) {
        const found = rows.filter((row) => row[patch] === 1).length / sizes.images;
        if (Math.abs(found - share) > most) {
          throw new Finding(
            `Patch ${patch} is hidden in ${(100 * found).toFixed(1)} % of ${sizes.images} images; expected about ${100 * share} %, ` +
              'like every other.',
          );
        }
      }
    },
  },
  {
    name: 'draws from the stream it is given',
    examine: (learner) => {
      const [first, again, other] = [1, 1, 2].map((seed) => maskOf(learner, SIZES, seed).join('|'));
      if (first !== again) {
        throw new Finding(
          'Called twice with equal random streams, it gave two masks; expected equal ones. Draw only from the stream: not from ' +
            'Math.random or tf.randomUniform.',
        );
      }
      if (first === other) {
        throw new Finding('Called with two different random streams, it gave equal masks.');
      }
    },
  },
  {
    name: 'can be compiled into a training step',
    examine: (learner) => {
      // The seed is an input of the graph: what is computed in JavaScript would stay the same in every step.
      const step = ({ seed }: { seed: tf.Tensor1D }) => ({
        mask: learner(SIZES, new RandomStream(seed)) as tf.Tensor2D,
      });
      try {
        const compiled = compile(step, { name: 'mask', verify: false });
        try {
          for (const seed of [3, 4]) {
            const { mask } = compiled({ seed: tf.tensor1d([seed, 12], 'int32') });
            if (mask.dataSync().join() === maskOf(learner, SIZES, seed).join()) continue;
            throw new Finding('Compiled, it gives other masks than called directly.');
          }
        } finally {
          compiled.dispose();
        }
      } catch (error) {
        if (error instanceof Finding || error instanceof NotAttemptedError) throw error;
        const { message } = error instanceof ThrownError ? error : new ThrownError(error);
        throw new Finding(
          `Compiled, ${message} Leave all values inside TensorFlow: without dataSync, arraySync or JavaScript ` +
            'loops over values.',
        );
      }
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => requireTidy(() => learner(SIZES, new RandomStream([1, 12]))),
  },
];
