import { marginSampling, nearestMeanScores, precisionAtK, tf } from 'selfsup';
import {
  check,
  type LearnerMarginSampling,
  type LearnerNearestMean,
  type LearnerPrecisionAtK,
} from 'selfsup-course';
import { describeCheck } from './describe-check';

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Precision@k by sorting, with one part exchanged. */
const sortedPrecision =
  (
    change: {
      others?: (order: number[], query: number) => number[];
      join?: (values: readonly number[], labels: readonly number[]) => number;
      worth?: (right: number, k: number, all: number) => number;
      ascending?: boolean;
      taken?: (k: number) => number;
    } = {},
  ): LearnerPrecisionAtK =>
  (similarities, labels, k) => {
    const {
      others = (order, query) => order.filter((j) => j !== query),
      join = byClass(true),
      worth = (right, n) => right / n,
      ascending = false,
      taken = (n) => n,
    } = change;
    const values = labels.map((label, i) => {
      const row = similarities[i] as number[];
      const order = [...row.keys()].sort(
        (a, b) => ((row[b] as number) - (row[a] as number)) * (ascending ? -1 : 1),
      );
      const left = others(order, i);
      const right = (positions: number[]) => positions.filter((j) => labels[j] === label).length;
      return worth(right(left.slice(0, taken(k))), k, right(left));
    });
    return join(values, labels);
  };

const byClass =
  (leavesOut: boolean) =>
  (values: readonly number[], labels: readonly number[]): number =>
    mean(
      [...new Set(labels)]
        .map((label) => values.filter((_, i) => labels[i] === label))
        .filter((own) => !leavesOut || own.length > 1)
        .map(mean),
    );

const DEFINITION = 'is the share of the k most similar others that have the class of the query';

describeCheck<LearnerPrecisionAtK>(
  'check.precisionAtK',
  check.precisionAtK,
  [
    ['is the library’s', (similarities, labels, k) => precisionAtK(similarities, labels, { k })],
    ['sorts', sortedPrecision()],
    [
      'makes the own similarity −∞, in place',
      (similarities, labels, k) => {
        similarities.forEach((row, i) => {
          row[i] = Number.NEGATIVE_INFINITY;
        });
        return sortedPrecision()(similarities, labels, k);
      },
    ],
  ],
  [
    [
      'counts the picture itself',
      sortedPrecision({ others: (order) => order }),
      DEFINITION,
      /counts the picture as its own neighbour: /,
    ],
    [
      'drops the first of the order',
      sortedPrecision({ others: (order) => order.slice(1) }),
      'leaves a picture itself out by its position, not by its rank',
      /leaves out the first of the order/,
    ],
    [
      'averages over pictures',
      sortedPrecision({ join: (values) => mean(values) }),
      'gives a small class the weight of a large one',
      /averages over all pictures, so the large class decides/,
    ],
    [
      'counts a single picture as 0',
      sortedPrecision({ join: byClass(false) }),
      'leaves out a class with a single picture',
      /gives 0 to the class with a single picture/,
    ],
    [
      'is recall@k',
      sortedPrecision({ worth: (right) => Math.min(1, right) }),
      DEFINITION,
      /recall@k/,
    ],
    [
      'divides by the size of the class',
      sortedPrecision({ worth: (right, _, all) => right / all }),
      DEFINITION,
      /share of the class that was found/,
    ],
    ['forgets to divide', sortedPrecision({ worth: (right) => right }), DEFINITION, /divide by k/],
    ['sorts in ascending order', sortedPrecision({ ascending: true }), DEFINITION, /least similar/],
    ['takes one too few', sortedPrecision({ taken: (k) => k - 1 }), DEFINITION, /one too few/],
    ['takes one too many', sortedPrecision({ taken: (k) => k + 1 }), DEFINITION, /one too many/],
    [
      'is in percent',
      sortedPrecision({ worth: (right, k) => (100 * right) / k }),
      DEFINITION,
      /in percent/,
    ],
    ['returns NaN', () => Number.NaN, 'returns one number', /returned NaN/],
    ['returns an array', () => [1], 'returns one number', /expected a number from 0 to 1/],
    [
      'throws',
      () => {
        throw new Error('out of range');
      },
      'returns one number',
      /it threw: out of range/,
    ],
  ],
);

/** The nearest class mean, with one part exchanged. */
const nearestMean =
  (
    change: {
      known?: (rows: tf.Tensor2D) => tf.Tensor2D;
      middle?: (sums: tf.Tensor2D, counts: tf.Tensor2D) => tf.Tensor2D;
      scaled?: (means: tf.Tensor2D) => tf.Tensor2D;
      asked?: (rows: tf.Tensor2D) => tf.Tensor2D;
      empty?: number;
      score?: (asked: tf.Tensor2D, prototypes: tf.Tensor2D) => tf.Tensor2D;
    } = {},
  ): LearnerNearestMean =>
  (known, labels, asked, classes) =>
    tf.tidy(() => {
      const members = tf.oneHot(labels, classes).toFloat() as tf.Tensor2D;
      const counts = members.sum(0).expandDims<tf.Tensor2D>(1);
      const sums = tf.matMul(members, (change.known ?? unit)(known), true) as tf.Tensor2D;
      const middle = (change.middle ?? ((all, count) => all.div(count.maximum(1))))(sums, counts);
      const scores = (change.score ?? ((a, b) => tf.matMul(a, b, false, true) as tf.Tensor2D))(
        (change.asked ?? unit)(asked),
        (change.scaled ?? unit)(middle),
      );
      const isLabelled = counts.greater(0).reshape([1, classes]).tile([asked.shape[0], 1]);
      return tf.where(
        isLabelled,
        scores,
        tf.fill(scores.shape, change.empty ?? Number.NEGATIVE_INFINITY),
      );
    });

function unit(rows: tf.Tensor2D): tf.Tensor2D {
  return rows.div(tf.norm(rows, 2, 1, true).maximum(1e-12));
}
const asTheyAre = (rows: tf.Tensor2D) => rows.clone();
const distances = (a: tf.Tensor2D, b: tf.Tensor2D) =>
  a.expandDims(1).sub(b.expandDims(0)).square().sum<tf.Tensor2D>(2);

const ONE_LABEL = 'is the cosine with the only labelled picture of a class';
const MEAN = 'is the cosine with the mean of several, scaled to length 1';
const DIRECTIONS = 'depends on directions only, not on lengths';
const WITHOUT = 'gives −Infinity to a class without labels';

describeCheck<LearnerNearestMean>(
  'check.nearestMean',
  check.nearestMean,
  [
    [
      'is the library’s',
      (known, labels, asked, classes) =>
        nearestMeanScores({
          trainFeatures: known,
          trainLabels: labels.dataSync(),
          testFeatures: asked,
          classes,
        }),
    ],
    ['is written with a matrix product', nearestMean()],
    ['scales sums, whose direction is the means’', nearestMean({ middle: (sums) => sums.clone() })],
  ],
  [
    [
      'leaves the labelled features as long as they are',
      nearestMean({ known: asTheyAre }),
      DIRECTIONS,
      /long one outvotes short ones/,
    ],
    [
      'leaves the mean as short as it is',
      nearestMean({ scaled: asTheyAre }),
      MEAN,
      /leaves the mean as short as it is/,
    ],
    [
      'leaves a sum',
      nearestMean({ middle: (sums) => sums.clone(), scaled: asTheyAre }),
      MEAN,
      /sum over a class/,
    ],
    [
      'does not scale what is asked',
      nearestMean({ asked: asTheyAre }),
      DIRECTIONS,
      /scale these to length 1 as well/,
    ],
    [
      'returns distances',
      nearestMean({ score: distances }),
      ONE_LABEL,
      /squared distances, which are small/,
    ],
    [
      'returns negative distances',
      nearestMean({ score: (a, b) => distances(a, b).neg() }),
      ONE_LABEL,
      /negative squared distances/,
    ],
    [
      'gives 0 to a class without labels',
      nearestMean({ empty: 0 }),
      WITHOUT,
      /has the score 0; expected −Infinity/,
    ],
    [
      'divides 0 by 0 for a class without labels',
      nearestMean({ empty: Number.NaN }),
      WITHOUT,
      /holds NaN. A class without labels/,
    ],
    [
      'returns classes',
      (...given) => tf.tidy(() => (nearestMean()(...given) as tf.Tensor2D).argMax(1)),
      'returns a score for each picture and class',
      /returned a tensor of shape \[6\]; expected \[6, 3\]/,
    ],
    [
      'returns an array',
      (...given) => tf.tidy(() => (nearestMean()(...given) as tf.Tensor2D).arraySync()),
      'returns a score for each picture and class',
      /expected a tensor/,
    ],
    [
      'leaves a tensor behind',
      (...given) => {
        tf.keep(tf.scalar(1));
        return nearestMean()(...given);
      },
      'tidies its tensors',
      /leaves 1 tensor in memory/,
    ],
  ],
);

/** Margin sampling by sorting, with one part exchanged. */
const chosen =
  (by: (row: readonly number[]) => number): LearnerMarginSampling =>
  (scores, count) =>
    [...scores.keys()]
      .sort((a, b) => by(scores[a] as number[]) - by(scores[b] as number[]))
      .slice(0, count);
const descending = (row: readonly number[]) => [...row].sort((a, b) => b - a);
const marginOf = (row: readonly number[]) => {
  const [first = 0, next = 0] = descending(row);
  return first - next;
};

const FIRST =
  'returns as many positions as were asked for, each once, and leaves the scores as they are';
const OF_TWO = 'chooses the smallest margins of two classes, the smallest first';
const OF_MANY = 'compares the two best of many classes, wherever they stand';

describeCheck<LearnerMarginSampling>(
  'check.marginSampling',
  check.marginSampling,
  [
    ['is the library’s', (scores, count) => marginSampling(scores, { count })],
    ['sorts', chosen(marginOf)],
  ],
  [
    [
      'chooses the most certain',
      chosen((row) => -marginOf(row)),
      OF_TWO,
      /Those are the most certain/,
    ],
    [
      'looks at the best class only',
      chosen((row) => Math.max(...row)),
      OF_TWO,
      /looks at the best class alone/,
    ],
    [
      'subtracts the worst class',
      chosen((row) => Math.max(...row) - Math.min(...row)),
      OF_MANY,
      /the second best is the rival/,
    ],
    [
      'takes the first two classes',
      chosen((row) => Math.abs((row[0] as number) - (row[1] as number))),
      OF_MANY,
      /first two classes for the two best/,
    ],
    [
      'returns them in another order',
      (scores, count) => (chosen(marginOf)(scores, count) as number[]).reverse(),
      OF_TWO,
      /in another order/,
    ],
    [
      'lets the later of equal margins come first',
      (scores, count) =>
        [...scores.keys()]
          .reverse()
          .sort((a, b) => marginOf(scores[a] as number[]) - marginOf(scores[b] as number[]))
          .slice(0, count),
      'keeps the order of equal margins',
      /in another order|expected/,
    ],
    [
      'returns margins',
      (scores, count) =>
        scores
          .map(marginOf)
          .sort((a, b) => a - b)
          .slice(0, count),
      FIRST,
      /Return where the pictures are, not their margins/,
    ],
    [
      'returns one position',
      () => [0],
      FIRST,
      /returned 1 position, 1 of them different; expected 8/,
    ],
    [
      'returns a position twice',
      () => new Array<number>(8).fill(3),
      FIRST,
      /8 positions, 1 of them different/,
    ],
    [
      'sorts the scores it was given',
      (scores, count) => {
        for (const row of scores) row.sort((a, b) => b - a);
        return chosen(marginOf)(scores, count);
      },
      FIRST,
      /Sort a copy/,
    ],
    [
      'returns a set',
      () => new Set([1]),
      FIRST,
      /returned an object; expected an array of positions/,
    ],
  ],
);
