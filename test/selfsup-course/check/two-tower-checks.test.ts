import { tf, twoTowerLoss, zeroShotWeights } from 'selfsup';
import {
  check,
  type LearnerRecallAtK,
  type LearnerTwoTowerLoss,
  type LearnerZeroShotWeights,
} from 'selfsup-course';
import { describeCheck } from './describe-check';

const unitRows = (x: tf.Tensor) => x.div(tf.norm(x, 2, 1, true)) as tf.Tensor2D;

/** A two-tower loss written from matrix operations, with one part exchanged. */
const twoTower =
  (
    change: {
      unit?: (x: tf.Tensor) => tf.Tensor2D;
      temper?: (cosines: tf.Tensor, temperature: number | tf.Scalar) => tf.Tensor;
      targets?: (same: tf.Tensor, count: number) => tf.Tensor;
      join?: (imageToText: tf.Tensor, textToImage: tf.Tensor) => tf.Tensor;
      log?: (logits: tf.Tensor) => tf.Tensor;
    } = {},
  ): LearnerTwoTowerLoss =>
  (images, texts, captions, { temperature }) =>
    tf.tidy(() => {
      const {
        unit = unitRows,
        temper = (cosines: tf.Tensor, tau: number | tf.Scalar) => cosines.div(tau),
        targets = (same: tf.Tensor) => same.div(same.sum(1, true)),
        join = (a: tf.Tensor, b: tf.Tensor) => a.add(b).div(2).mean(),
        log = (logits: tf.Tensor) => logits.sub(tf.logSumExp(logits, 1, true)),
      } = change;
      const same = captions.expandDims(0).equal(captions.expandDims(1)).toFloat();
      const wanted = targets(same, images.shape[0]);
      const logits = temper(tf.matMul(unit(images), unit(texts), false, true), temperature);
      const one = (given: tf.Tensor) => wanted.mul(log(given)).sum(1).neg();
      return join(one(logits), one(logits.transpose()));
    });

describeCheck<LearnerTwoTowerLoss>(
  'check.twoTowerLoss',
  check.twoTowerLoss,
  [
    ['is the library’s', twoTowerLoss],
    ['is written from matrix operations', twoTower()],
  ],
  [
    [
      'goes from image to text only',
      twoTower({ join: (a) => a.mean() }),
      'has the value of the definition where all captions differ',
      /image to text alone/,
    ],
    [
      'goes from text to image only',
      twoTower({ join: (_, b) => b.mean() }),
      'has the value of the definition where all captions differ',
      /text to image alone/,
    ],
    [
      'adds the directions up',
      twoTower({ join: (a, b) => a.add(b).mean() }),
      'has the value of the definition where all captions differ',
      /take their mean/,
    ],
    [
      'takes the diagonal for the only right answers',
      twoTower({ targets: (_, count) => tf.eye(count) }),
      'takes every example with the same caption as a right answer',
      /counted as negatives/,
    ],
    [
      'leaves the targets unscaled',
      twoTower({ targets: (same) => same }),
      'takes every example with the same caption as a right answer',
      /divide each row of the targets/,
    ],
    [
      'does not normalise',
      twoTower({ unit: (x) => x.mul(1) as tf.Tensor2D }),
      'has the value of the definition where all captions differ',
      /not scaled to length 1/,
    ],
    [
      'multiplies by the temperature',
      twoTower({ temper: (cosines, tau) => cosines.mul(tau) }),
      'has the value of the definition where all captions differ',
      /multiplied by the temperature/,
    ],
    [
      'forgets the temperature',
      twoTower({ temper: (cosines) => cosines.mul(1) }),
      'has the value of the definition where all captions differ',
      /without the temperature/,
    ],
    [
      'takes the temperature for a number',
      twoTower({ temper: (cosines, tau) => cosines.mul(1 / (tau as number)) }),
      'lets the temperature be learned',
      /with div, which takes numbers and tensors/,
    ],
    [
      'returns a loss for each pair',
      twoTower({ join: (a, b) => a.add(b).div(2) }),
      'returns one finite number, as a tensor',
      /expected a scalar/,
    ],
    [
      'has the sign reversed',
      twoTower({ join: (a, b) => a.add(b).div(-2).mean() }),
      'has the value of the definition where all captions differ',
      /sign is reversed/,
    ],
    [
      'takes exponentials as they are',
      twoTower({ log: (logits) => logits.exp().div(logits.exp().sum(1, true)).log() }),
      'stays finite at temperature 0.005',
      /tf\.logSumExp/,
    ],
    [
      'cuts the texts off from the gradient',
      (images, texts, captions, options) => {
        const copy = tf.tensor2d(texts.dataSync().slice(), texts.shape);
        return tf.tidy(
          () => twoTower()(images, copy.add(texts.mul(0)), captions, options) as tf.Scalar,
        );
      },
      'has the right gradients for images and texts',
      /gradient for the texts differs/,
    ],
  ],
);

/** Recall@k by sorting, with one part exchanged. */
const sortedRecall =
  (
    change: {
      ascending?: boolean;
      taken?: (k: number) => number;
      count?: (right: number, k: number, all: number) => number;
    } = {},
  ): LearnerRecallAtK =>
  (similarities, queryCaptions, candidateCaptions, k) => {
    const { ascending = false, taken = (n: number) => n } = change;
    const { count = (right: number) => (right > 0 ? 1 : 0) } = change;
    let sum = 0;
    similarities.forEach((row, q) => {
      const order = [...row.keys()].sort(
        (a, b) => ((row[b] as number) - (row[a] as number)) * (ascending ? -1 : 1),
      );
      const isRight = (c: number) => candidateCaptions[c] === queryCaptions[q];
      const right = order.slice(0, taken(k)).filter(isRight).length;
      sum += count(right, k, order.filter(isRight).length);
    });
    return sum / similarities.length;
  };

describeCheck<LearnerRecallAtK>(
  'check.recallAtK',
  check.recallAtK,
  [
    ['sorts', sortedRecall()],
    [
      'counts the wrong ones ahead of the best right one',
      (similarities, queryCaptions, candidateCaptions, k) => {
        const found = similarities.filter((row, q) => {
          const right = (c: number) => candidateCaptions[c] === queryCaptions[q];
          const best = Math.max(...row.filter((_, c) => right(c)));
          return row.filter((s, c) => !right(c) && s >= best).length < k;
        });
        return found.length / similarities.length;
      },
    ],
  ],
  [
    [
      'takes only the first candidate with the caption for right',
      (similarities, queryCaptions, candidateCaptions, k) => {
        const found = similarities.filter((row, q) => {
          const right = row[candidateCaptions.indexOf(queryCaptions[q] as number)] as number;
          return row.filter((s) => s > right).length < k;
        });
        return found.length / similarities.length;
      },
      'counts a query once when several answers are right',
      /only the first candidate/,
    ],
    [
      'looks at one candidate too many',
      sortedRecall({ taken: (k) => k + 1 }),
      'counts queries whose right answer is among the first k',
      /one candidate too many/,
    ],
    [
      'looks at one candidate too few',
      sortedRecall({ taken: (k) => k - 1 }),
      'counts queries whose right answer is among the first k',
      /one candidate too few/,
    ],
    [
      'gives the share of the right answers found',
      sortedRecall({ count: (right, _, all) => right / all }),
      'counts a query once when several answers are right',
      /share of the right answers/,
    ],
    [
      'gives precision',
      sortedRecall({ count: (right, k) => right / k }),
      'counts queries whose right answer is among the first k',
      /precision@k/,
    ],
    [
      'sorts the other way round',
      sortedRecall({ ascending: true }),
      'counts queries whose right answer is among the first k',
      /descending order/,
    ],
    [
      'returns percent',
      sortedRecall({ count: (right) => (right > 0 ? 100 : 0) }),
      'counts queries whose right answer is among the first k',
      /share from 0 to 1/,
    ],
    [
      'returns how many',
      (...given) => (sortedRecall()(...given) as number) * given[0].length,
      'counts queries whose right answer is among the first k',
      /divide by how many/,
    ],
    [
      'returns a tensor',
      (...given) => tf.scalar(sortedRecall()(...given) as number),
      'counts queries whose right answer is among the first k',
      /expected a number from 0 to 1/,
    ],
  ],
);

const scaled = (x: tf.Tensor, axis: number) => x.div(tf.norm(x, 2, axis, true));

describeCheck<LearnerZeroShotWeights>(
  'check.zeroShotWeights',
  check.zeroShotWeights,
  [
    ['is the library’s', zeroShotWeights],
    [
      'adds up instead of averaging, which scaling undoes',
      (sentences) => tf.tidy(() => scaled(scaled(sentences, 2).sum(1), 1)),
    ],
  ],
  [
    [
      'does not scale the mean',
      (sentences) => tf.tidy(() => scaled(sentences, 2).mean(1)),
      'is the mean of sentences of length 1, scaled to length 1',
      /before it is scaled to length 1 again/,
    ],
    [
      'does not scale the sentences',
      (sentences) => tf.tidy(() => scaled(sentences.mean(1), 1)),
      'is the mean of sentences of length 1, scaled to length 1',
      /long ones outvote short ones/,
    ],
    [
      'takes one template only',
      (sentences) => tf.tidy(() => scaled(sentences.slice([0, 0, 0], [-1, 1, -1]).squeeze([1]), 1)),
      'is the mean of sentences of length 1, scaled to length 1',
      /first template alone/,
    ],
    [
      'takes the plain mean',
      (sentences) => tf.tidy(() => sentences.mean(1)),
      'is the direction of the sentence where there is one template',
      /length 1/,
    ],
    [
      'averages over the classes',
      (sentences) => tf.tidy(() => scaled(scaled(sentences, 2).mean(0), 1)),
      'returns one direction for each class',
      /templates are axis 1/,
    ],
    [
      'leaves tensors behind',
      (sentences) => scaled(scaled(sentences, 2).mean(1), 1),
      'tidies its tensors',
      /leaves \d+ tensors/,
    ],
  ],
);
