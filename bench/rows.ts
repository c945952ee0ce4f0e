import { atLeast, atMost, comparison } from './comparison-row';
import { growth } from './growth-row';
import { longTraining } from './long-training-row';
import type { Row } from './row';
import type { Side } from './side-process';
import { stepTracing } from './step-tracing-row';
import { FLOPS_FORMULA } from './training-flops';

const PAIRS = 256;
const IMAGES = 50_000;
const EPOCH_STEPS = Math.floor(IMAGES / PAIRS);
/** Its product takes about as long as a step, and is too large for caches. */
const MATRIX = 2048;

const BFLOAT16 = { precision: 'bfloat16' as const };
const TUTORIAL = { batch: PAIRS, encoder: 'tutorial', temperature: 0.5, optimizer: 'adam' };
const TUTORIAL_PIPELINE = { ...TUTORIAL, images: IMAGES, recipe: 'tutorial' };
const STRONGER = { batch: PAIRS, temperature: 0.2, optimizer: 'adamw' };
const BATCH_NORM = { ...STRONGER, encoder: 'batch-norm' };
const RESIDUAL = { ...STRONGER, encoder: 'residual' };
const STRONGER_PIPELINE = { ...BATCH_NORM, images: IMAGES, recipe: 'strong' };
const LANGUAGE = { batch: 64, length: 64, vocabulary: 10_000, embedding: 128, units: 64 };

/** How many times faster each step is to be, on every processor. */
const THAN_TENSORFLOW = 1.1;
const THAN_PYTORCH = 1.3;

function side(
  runtime: Side['runtime'],
  id: string,
  label: string,
  workload: string,
  settings: Side['settings'],
): Side {
  return { id, label, runtime, workload, settings };
}
const ours = side.bind(null, 'node');
const tensorflow = side.bind(null, 'tensorflow');
const pytorch = side.bind(null, 'pytorch');

const OURS = ours('ours', 'selfsup, compiled, float32', 'simclr-step', TUTORIAL);
const TENSORFLOW = tensorflow('tensorflow', 'TensorFlow, float32', 'simclr-step', TUTORIAL);

/** Everything `npm run bench` measures, in the order of the table. */
export const ROWS: readonly Row[] = [
  comparison({
    name: 'simclr-step',
    title: "The tutorial's SimCLR step, 256 pairs of 24×24, float32",
    sides: [
      OURS,
      TENSORFLOW,
      pytorch('pytorch', 'PyTorch, float32', 'simclr-step', TUTORIAL),
      ours('eager', 'selfsup, compile: false', 'simclr-step', { ...TUTORIAL, compile: false }),
      ours('stock', 'tfjs-node as it comes, eager', 'stock-tfjs-step', { batch: PAIRS }),
    ],
    rounds: 6,
    repeats: 8,
    claims: [
      atLeast(THAN_TENSORFLOW, 'tensorflow', 'ours', 'Python TensorFlow'),
      atLeast(THAN_PYTORCH, 'pytorch', 'ours', 'PyTorch'),
      atLeast(2, 'stock', 'ours', 'tfjs-node eager'),
    ],
    notes: [
      'Both views are in memory. Encoder of three convolutions, projection head, NT-Xent, Adam.',
      '"compile: false" still has TensorFlow\'s own gradients; "as it comes" is tfjs-node with nothing of this project.',
    ],
  }),
  comparison({
    name: 'bfloat16',
    title: 'The same in bfloat16',
    sides: [
      ours('ours', 'selfsup, compiled, bfloat16', 'simclr-step', { ...TUTORIAL, ...BFLOAT16 }),
      TENSORFLOW,
      tensorflow('tensorflow-half', 'TensorFlow, mixed_bfloat16', 'simclr-step', {
        ...TUTORIAL,
        ...BFLOAT16,
      }),
      pytorch('pytorch-half', 'PyTorch, autocast to bfloat16', 'simclr-step', {
        ...TUTORIAL,
        ...BFLOAT16,
      }),
    ],
    rounds: 6,
    repeats: 10,
    claims: [
      atLeast(1.5, 'tensorflow', 'ours', 'Python TensorFlow in float32'),
      atLeast(THAN_TENSORFLOW, 'tensorflow-half', 'ours', 'Python TensorFlow in mixed_bfloat16'),
      atLeast(THAN_PYTORCH, 'pytorch-half', 'ours', 'PyTorch in bfloat16'),
    ],
    notes: [],
  }),
  comparison({
    name: 'epoch',
    title: "One epoch of the tutorial's whole pipeline, 50,000 images",
    sides: [
      ours('ours', 'selfsup, train(), float32', 'pipeline', TUTORIAL_PIPELINE),
      tensorflow(
        'tensorflow',
        'TensorFlow, tf.data with AUTOTUNE, float32',
        'pipeline',
        TUTORIAL_PIPELINE,
      ),
      pytorch(
        'pytorch',
        'PyTorch, whole batches augmented, float32',
        'pipeline',
        TUTORIAL_PIPELINE,
      ),
      ours('ours-half', 'selfsup, train(), bfloat16', 'pipeline', {
        ...TUTORIAL_PIPELINE,
        ...BFLOAT16,
      }),
      tensorflow(
        'tensorflow-half',
        'TensorFlow, tf.data with AUTOTUNE, mixed_bfloat16',
        'pipeline',
        { ...TUTORIAL_PIPELINE, ...BFLOAT16 },
      ),
      pytorch(
        'pytorch-half',
        'PyTorch, whole batches augmented, autocast to bfloat16',
        'pipeline',
        {
          ...TUTORIAL_PIPELINE,
          ...BFLOAT16,
        },
      ),
    ],
    rounds: 4,
    repeats: 15,
    statistic: 'mean',
    epochSteps: EPOCH_STEPS,
    claims: [
      atLeast(1.2, 'tensorflow', 'ours', 'TensorFlow with tf.data AUTOTUNE, both float32'),
      atLeast(1.2, 'tensorflow', 'ours-half', "the same, selfsup in the notebooks' bfloat16"),
      atLeast(1.2, 'tensorflow-half', 'ours-half', 'the same, both bfloat16'),
      atLeast(THAN_PYTORCH, 'pytorch', 'ours', 'PyTorch, both float32'),
      atLeast(THAN_PYTORCH, 'pytorch-half', 'ours-half', 'PyTorch, both bfloat16'),
    ],
    notes: [
      `Steps from the middle of an epoch; the epoch's seconds are their mean times ${EPOCH_STEPS}.`,
      'Images 32×32 in memory as bytes, each step: fetch, two views (crop 24×24 and flip; brightness; saturation), update, ' +
        'read the loss. What was prefetched before a round is left out.',
    ],
  }),
  comparison({
    name: 'batch-norm-step',
    title: 'Step of the stronger encoder with batch norm',
    sides: [
      ours('ours', "selfsup, the tutorial's encoder with batch norm", 'simclr-step', BATCH_NORM),
      tensorflow('tensorflow', 'TensorFlow, the same', 'simclr-step', BATCH_NORM),
      pytorch('pytorch', 'PyTorch, the same', 'simclr-step', BATCH_NORM),
      ours('ours-residual', 'selfsup, residual encoder', 'simclr-step', RESIDUAL),
      tensorflow('tensorflow-residual', 'TensorFlow, residual encoder', 'simclr-step', RESIDUAL),
      pytorch('pytorch-residual', 'PyTorch, residual encoder', 'simclr-step', RESIDUAL),
    ],
    rounds: 5,
    repeats: 6,
    claims: [
      atLeast(THAN_TENSORFLOW, 'tensorflow', 'ours', 'Python TensorFlow'),
      atLeast(THAN_PYTORCH, 'pytorch', 'ours', 'PyTorch'),
      atLeast(
        THAN_TENSORFLOW,
        'tensorflow-residual',
        'ours-residual',
        'Python TensorFlow, residual encoder',
      ),
      atLeast(THAN_PYTORCH, 'pytorch-residual', 'ours-residual', 'PyTorch, residual encoder'),
    ],
    notes: ['Both views are in memory. Projection head, NT-Xent at τ = 0.2, AdamW.'],
  }),
  comparison({
    name: 'strong-pipeline',
    title: "The stronger recipe's whole pipeline against the tutorial's bare step",
    sides: [
      ours('ours', 'selfsup, train()', 'pipeline', STRONGER_PIPELINE),
      tensorflow('tensorflow', 'TensorFlow, tf.data with AUTOTUNE', 'pipeline', STRONGER_PIPELINE),
      pytorch('pytorch', 'PyTorch, whole batches augmented', 'pipeline', STRONGER_PIPELINE),
      ours('bare', "selfsup, the tutorial's bare step", 'simclr-step', TUTORIAL),
    ],
    rounds: 4,
    repeats: 12,
    statistic: 'mean',
    epochSteps: EPOCH_STEPS,
    claims: [
      atMost(1.5, 'ours', 'bare', "the tutorial's bare step"),
      atLeast(THAN_TENSORFLOW, 'tensorflow', 'ours', 'TensorFlow with tf.data AUTOTUNE'),
      atLeast(THAN_PYTORCH, 'pytorch', 'ours', 'PyTorch'),
    ],
    notes: [
      'Random resized crop to 24×24, flip, brightness, contrast, saturation, hue, grey; encoder with batch norm, AdamW. ' +
        `The epoch's seconds are the mean times ${EPOCH_STEPS}.`,
    ],
  }),
  comparison({
    name: 'masked-language-step',
    title: 'Bidirectional LSTM masked-language step, batch 64, length 64, vocabulary 10,000',
    sides: [
      ours('ours', 'selfsup, compiled', 'masked-language-step', LANGUAGE),
      tensorflow('tensorflow', 'TensorFlow, Keras', 'masked-language-step', LANGUAGE),
      pytorch('pytorch', 'PyTorch, nn.LSTM', 'masked-language-step', LANGUAGE),
      ours('course', "selfsup, the course's own step", 'course-language-step', LANGUAGE),
    ],
    rounds: 6,
    repeats: 6,
    claims: [
      atLeast(THAN_TENSORFLOW, 'tensorflow', 'ours', 'Keras'),
      atLeast(THAN_PYTORCH, 'pytorch', 'ours', 'PyTorch'),
    ],
    notes: [
      'Embedding 128, LSTM 64 in each direction, softmax over all words at every position, loss of the masked 15 %, Adam: the ' +
        'same work on all sides but the last.',
      "The course's own step masks inside and computes its head (a hidden layer, then the tied word vectors) only where words " +
        'are masked; a Python user could write that too.',
    ],
  }),
  comparison({
    name: 'peak-share',
    title: 'Share of the float32 matrix-multiply peak reached in the step, counted in FLOPs',
    sides: [
      OURS,
      ours('product', `product of two ${MATRIX}×${MATRIX} matrices`, 'matrix-product', {
        size: MATRIX,
      }),
    ],
    rounds: 8,
    repeats: 8,
    claims: [
      {
        id: 'share',
        claim: '≥ 80 %',
        bound: { atLeast: 0.8 },
        find: (times) => {
          const rate = (id: string): number =>
            (times.flops(id) ?? Number.NaN) / (times.summary(id)?.median ?? Number.NaN) / 1e6;
          const share = rate('ours') / rate('product');
          const [reached, peak] = [rate('ours').toFixed(0), rate('product').toFixed(0)];
          const count = ((times.flops('ours') ?? Number.NaN) / 1e9).toFixed(2);
          return {
            value: share,
            reached: `${(100 * share).toFixed(0)} % (${reached} of ${peak} GFLOP/s; a step has ${count} GFLOP)`,
          };
        },
      },
    ],
    notes: [`FLOPs: ${FLOPS_FORMULA}.`],
  }),
  stepTracing,
  growth,
  longTraining,
];
