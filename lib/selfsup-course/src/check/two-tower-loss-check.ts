import { tf, twoTowerLoss } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { requireTidy } from './attempt';
import { type LossValue, lossValue, requireGradients, requireLoss } from './contrastive-loss-value';
import type { Property } from './judge';
import { naiveTwoTower, TWO_TOWER_MISTAKES } from './two-tower-mistakes';

/**
 * A learner's two-tower loss: embeddings of images and of their texts `[N, d]`, of any length, the number of each
 * example's caption `[N]`, int32, and the temperature, a tensor where it is learned.
 */
export type LearnerTwoTowerLoss = (
  images: tf.Tensor2D,
  texts: tf.Tensor2D,
  captions: tf.Tensor1D,
  options: { temperature: number | tf.Scalar },
) => unknown;

type Pair = readonly [tf.Tensor2D, tf.Tensor2D];

function embeddings(count: number): Pair {
  const random = new RandomStream([41, count]);
  return [random.normal([count, 4]), random.normal([count, 4])] as unknown as Pair;
}

function lossOf(
  learner: LearnerTwoTowerLoss,
  [images, texts]: Pair,
  captions: readonly number[],
  temperature: number,
): LossValue {
  const occasion = `with ${captions.length} pairs, captions [${captions.join(', ')}] and temperature ${temperature}`;
  const numbers = tf.tensor1d([...captions], 'int32');
  return lossValue(() => learner(images, texts, numbers, { temperature }), occasion, {
    reduction: 'the mean over the pairs',
  });
}

function compare(
  learner: LearnerTwoTowerLoss,
  pair: Pair,
  captions: readonly number[],
  temperature: number,
): void {
  const [images, texts] = pair.map((one) => one.arraySync()) as [number[][], number[][]];
  requireLoss(
    lossOf(learner, pair, captions, temperature),
    (variant) => naiveTwoTower(images, texts, captions, temperature, variant),
    TWO_TOWER_MISTAKES,
    {
      reversed: '−log of the right answers’ probabilities',
      unknown: 'Compare the similarities of the first image by hand.',
    },
  );
}

const DISTINCT = [4, 1, 3, 0, 2];
const REPEATED = [7, 2, 7, 7, 2, 5];

/** What a two-tower loss must satisfy. */
export const TWO_TOWER_PROPERTIES: readonly Property<LearnerTwoTowerLoss>[] = [
  {
    name: 'returns one finite number, as a tensor',
    examine: (learner) => {
      lossOf(learner, embeddings(5), DISTINCT, 0.5);
    },
  },
  {
    name: 'has the value of the definition where all captions differ',
    examine: (learner) => compare(learner, embeddings(5), DISTINCT, 0.5),
  },
  {
    name: 'takes every example with the same caption as a right answer',
    examine: (learner) => {
      compare(learner, embeddings(6), REPEATED, 0.5);
      compare(learner, embeddings(3), [1, 1, 1], 0.5);
    },
  },
  {
    name: 'follows the temperature',
    examine: (learner) => {
      for (const temperature of [0.07, 1]) compare(learner, embeddings(6), REPEATED, temperature);
    },
  },
  {
    name: 'depends on directions only, not on lengths',
    examine: (learner) => {
      const [images, texts] = embeddings(6);
      compare(learner, [images.mul(3), texts.mul(0.2)], REPEATED, 0.5);
    },
  },
  {
    name: 'stays finite at temperature 0.005',
    examine: (learner) => {
      const [images] = embeddings(6);
      lossOf(learner, [images, images], REPEATED, 0.005);
    },
  },
  {
    name: 'has the right gradients for images and texts',
    examine: (learner) => {
      const [images, texts] = embeddings(6);
      const captions = tf.tensor1d(REPEATED, 'int32');
      const of =
        (loss: LearnerTwoTowerLoss) =>
        (...pair: tf.Tensor2D[]) =>
          loss(...(pair as [tf.Tensor2D, tf.Tensor2D]), captions, { temperature: 0.5 });
      requireGradients(of(learner), of(twoTowerLoss), { images, texts });
    },
  },
  {
    name: 'lets the temperature be learned',
    examine: (learner) => {
      const [images, texts] = embeddings(6);
      const captions = tf.tensor1d(REPEATED, 'int32');
      const of = (loss: LearnerTwoTowerLoss) => (temperature: tf.Tensor2D) =>
        loss(images, texts, captions, { temperature: temperature.asScalar() });
      const temperature = tf.tensor2d([[0.5]]);
      lossValue(() => of(learner)(temperature), 'with a temperature that is a tensor', {
        reduction: 'the mean over the pairs',
        advice: 'Divide the similarities by it with div, which takes numbers and tensors alike.',
      });
      requireGradients(of(learner), of(twoTowerLoss), { temperature });
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const [images, texts] = embeddings(6);
      const captions = tf.tensor1d(REPEATED, 'int32');
      requireTidy(() => learner(images, texts, captions, { temperature: 0.5 }));
    },
  },
];
