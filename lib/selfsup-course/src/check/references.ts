import {
  bagOfWords,
  barlowTwinsLoss,
  breakEvenLabels,
  colorHistograms,
  enqueued,
  inBatchNormGroups,
  infoNceBound,
  infoNceLoss,
  labelSubsetIndices,
  leakFreeTraining,
  marginSampling,
  maskedMeanPooling,
  maskTokens,
  momentumSchedule,
  nearestMeanScores,
  ntXentLoss,
  precisionAtK,
  type RandomGenerator,
  randomPatchMask,
  SeedSummary,
  tf,
  twoTowerLoss,
  withoutHeldOutSentences,
  zeroShotWeights,
} from 'selfsup';
import type { GroupNetwork } from './key-groups-check';
import { majority } from './majority-vote-check';
import { perplexity } from './perplexity-check';
import { probeGradients } from './probe-gradients-check';
import { pushShares } from './push-shares-check';
import { recallAtK } from './recall-at-k-check';

/**
 * What a learner is asked to write, by the name of its check: as the task calls it. `ifPassed` lets it stand in for the
 * learner's function, so that no task's notebook has to import the answer.
 */
export const REFERENCES = {
  majorityVote: majority,
  unitLength: (vectors: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() => vectors.div(vectors.norm(2, 1, true).maximum(1e-12))),
  pushShares,
  perplexity,
  ntXentLoss,
  labelSubset: (labels: Uint8Array, fraction: number, random: RandomGenerator): number[] => [
    ...labelSubsetIndices(labels, { fraction, seed: random.nextInteger(2 ** 31) }),
  ],
  maskTokens,
  patchMask: randomPatchMask,
  infoNceLoss,
  barlowTwinsLoss,
  infoNceBound,
  momentumUpdate: (key: tf.Tensor, query: tf.Tensor, momentum: number): tf.Tensor =>
    tf.tidy(() => key.mul(momentum).add(query.mul(1 - momentum))),
  memoryQueue: enqueued,
  momentumSchedule: (step: number, totalSteps: number, start: number): number =>
    momentumSchedule({ start })(step, totalSteps),
  keyGroups: (network: GroupNetwork, batch: tf.Tensor2D, groups: number): tf.Tensor2D =>
    inBatchNormGroups(network, batch, { groups, dealt: true }),
  colorHistogram: colorHistograms,
  probeGradients,
  meanAndDeviation: (values: number[]): { mean: number; deviation: number } =>
    new SeedSummary([...values.keys()], values),
  breakEven: (labels: number[], pretrained: number[], fromScratch: number[]): number =>
    breakEvenLabels({ labels, pretrained, fromScratch }),
  heldOutSentences: withoutHeldOutSentences,
  bagOfWords,
  maskedMeanPooling,
  twoTowerLoss,
  recallAtK,
  zeroShotWeights,
  leakFreeTraining: (
    count: number,
    test: readonly number[],
    groups: readonly (readonly number[])[],
  ): number[] => [...leakFreeTraining({ count, test, groups })],
  precisionAtK: (similarities: number[][], labels: number[], k: number): number =>
    precisionAtK(similarities, labels, { k }),
  nearestMean: (
    known: tf.Tensor2D,
    labels: tf.Tensor1D,
    asked: tf.Tensor2D,
    classes: number,
  ): tf.Tensor2D =>
    nearestMeanScores({
      trainFeatures: known,
      trainLabels: labels.dataSync(),
      testFeatures: asked,
      classes,
    }),
  marginSampling: (scores: number[][], count: number): number[] => [
    ...marginSampling(scores, { count }),
  ],
};
