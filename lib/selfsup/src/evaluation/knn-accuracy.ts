import { InvalidArgumentError } from '../runtime/errors';
import type { OnProgress } from '../runtime/progress';
import type * as tf from '../runtime/tensorflow';
import { type CasewiseAccuracy, casewiseAccuracy } from './accuracy';
import { assertLabelledFeatures, numberOfClasses } from './labelled-features';
import { nearestNeighbours } from './nearest-neighbours';

/** Arguments of {@link knnAccuracy}. */
export interface KnnOptions {
  /** The labelled neighbours, `[n, d]`, float32, of any length. */
  readonly trainFeatures: tf.Tensor2D;
  readonly trainLabels: ArrayLike<number>;
  /** The images to classify, `[m, d]`. Use the validation split to choose, the test split to report. */
  readonly testFeatures: tf.Tensor2D;
  readonly testLabels: ArrayLike<number>;
  /** How many neighbours vote. Default 20; all, where there are fewer. */
  readonly k?: number;
  /** τ of the votes. Default 0.07. */
  readonly temperature?: number;
  /** Images classified at a time. Default 512. */
  readonly batchSize?: number;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Accuracy of the weighted nearest-neighbour classifier on frozen features: the `k` training images most similar by
 * cosine `s` vote for their class with weight `exp(s / τ)`. It has nothing to fit, so it is the quickest measure of
 * features while they train. In a draw the class with the smaller number wins.
 *
 * @throws InvalidArgumentError when numbers of features and labels, or the widths, differ, or `k` or τ is not above 0.
 * @see Wu, Xiong, Yu, Lin, "Unsupervised Feature Learning via Non-Parametric Instance Discrimination", 2018,
 *   arXiv:1805.01978, section 3.4.
 */
export async function knnAccuracy({
  trainFeatures,
  trainLabels,
  testFeatures,
  testLabels,
  k = 20,
  temperature = 0.07,
  batchSize = 512,
  onProgress,
}: KnnOptions): Promise<CasewiseAccuracy> {
  assertLabelledFeatures('knnAccuracy', 'train', trainFeatures, trainLabels);
  assertLabelledFeatures('knnAccuracy', 'test', testFeatures, testLabels);
  if (!(Number.isInteger(k) && k > 0 && temperature > 0)) {
    throw new InvalidArgumentError(
      `knnAccuracy: k is ${k} and the temperature ${temperature}; expected a whole number and a number above 0.`,
    );
  }
  const neighbours = await nearestNeighbours(testFeatures, trainFeatures, {
    k: Math.min(k, trainLabels.length),
    batchSize,
    onProgress,
  });
  const votes = new Float64Array(numberOfClasses(trainLabels));
  const predicted = new Int32Array(testLabels.length);
  for (let query = 0; query < testLabels.length; query++) {
    votes.fill(0);
    const first = query * neighbours.k;
    // Relative to the nearest, so that a small temperature does not overflow.
    const nearest = neighbours.similarities[first] as number;
    for (let i = first; i < first + neighbours.k; i++) {
      const label = trainLabels[neighbours.indices[i] as number] as number;
      const similarity = neighbours.similarities[i] as number;
      votes[label] = (votes[label] as number) + Math.exp((similarity - nearest) / temperature);
    }
    predicted[query] = argMax(votes);
  }
  return casewiseAccuracy(predicted, testLabels);
}

/** The position of the largest number, the first of equal ones. Math.max(...numbers) fails from some 100,000 on. */
function argMax(numbers: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < numbers.length; i++) {
    if ((numbers[i] as number) > (numbers[best] as number)) best = i;
  }
  return best;
}
