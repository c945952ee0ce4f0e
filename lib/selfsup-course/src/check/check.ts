import { cosineSchedule } from 'selfsup';
import { escapeHtml } from '../display/escape-html';
import { runningCell } from '../display/running-cell';
import {
  type AugmentationCheckOptions,
  augmentationProperties,
  type LearnerAugmentation,
} from './augmentation-check';
import { BAG_OF_WORDS_PROPERTIES, type LearnerBagOfWords } from './bag-of-words-check';
import { BARLOW_TWINS_PROPERTIES, type LearnerBarlowTwinsLoss } from './barlow-twins-loss-check';
import { BREAK_EVEN_PROPERTIES, type LearnerBreakEven } from './break-even-check';
import { COLOR_HISTOGRAM_PROPERTIES, type LearnerColorHistogram } from './color-histogram-check';
import {
  HELD_OUT_SENTENCES_PROPERTIES,
  type LearnerHeldOutRemoval,
} from './held-out-sentences-check';
import { INFO_NCE_BOUND_PROPERTIES, type LearnerInfoNceBound } from './info-nce-bound-check';
import { INFO_NCE_PROPERTIES, type LearnerInfoNceLoss } from './info-nce-loss-check';
import { judge, type Property, type Verdict } from './judge';
import { KEY_GROUPS_PROPERTIES, type LearnerKeyGroups } from './key-groups-check';
import { LABEL_SUBSET_PROPERTIES, type LearnerLabelSubset } from './label-subset-check';
import {
  LEAK_FREE_TRAINING_PROPERTIES,
  type LearnerLeakFreeTraining,
} from './leak-free-training-check';
import {
  type LearnerSchedule,
  type ScheduleCheckOptions,
  scheduleProperties,
} from './learning-rate-schedule-check';
import { type LearnerMajorityVote, MAJORITY_VOTE_PROPERTIES } from './majority-vote-check';
import { type LearnerMarginSampling, MARGIN_SAMPLING_PROPERTIES } from './margin-sampling-check';
import { type LearnerMasking, MASK_TOKENS_PROPERTIES } from './mask-tokens-check';
import { type LearnerPooling, MASKED_MEAN_POOLING_PROPERTIES } from './masked-mean-pooling-check';
import {
  type LearnerMeanAndDeviation,
  MEAN_AND_DEVIATION_PROPERTIES,
} from './mean-and-deviation-check';
import { type LearnerEnqueue, MEMORY_QUEUE_PROPERTIES } from './memory-queue-check';
import {
  type LearnerMomentumSchedule,
  MOMENTUM_SCHEDULE_PROPERTIES,
} from './momentum-schedule-check';
import { type LearnerMomentumUpdate, MOMENTUM_UPDATE_PROPERTIES } from './momentum-update-check';
import { type LearnerNearestMean, NEAREST_MEAN_PROPERTIES } from './nearest-mean-check';
import { type LearnerNtXentLoss, NT_XENT_PROPERTIES } from './nt-xent-loss-check';
import { rememberVerdict } from './passed';
import { type LearnerPatchMask, PATCH_MASK_PROPERTIES } from './patch-mask-check';
import { type LearnerPerplexity, PERPLEXITY_PROPERTIES } from './perplexity-check';
import { type LearnerPrecisionAtK, PRECISION_AT_K_PROPERTIES } from './precision-at-k-check';
import { type LearnerProbeGradients, PROBE_GRADIENTS_PROPERTIES } from './probe-gradients-check';
import { type LearnerPushShares, PUSH_SHARES_PROPERTIES } from './push-shares-check';
import { type LearnerRecallAtK, RECALL_AT_K_PROPERTIES } from './recall-at-k-check';
import { type ReferenceCheckOptions, referenceProperties } from './reference-check';
import { REFERENCES } from './references';
import { type LearnerTwoTowerLoss, TWO_TOWER_PROPERTIES } from './two-tower-loss-check';
import { type LearnerUnitLength, UNIT_LENGTH_PROPERTIES } from './unit-length-check';
import {
  type LearnerZeroShotWeights,
  ZERO_SHOT_WEIGHTS_PROPERTIES,
} from './zero-shot-weights-check';

/** The MIME type under which programs find the verdicts in a notebook's outputs. */
export const CHECK_MIME_TYPE = 'application/vnd.selfsup.check+json';

/**
 * Checks of what a learner writes. Each says which property holds, and which fails with what numbers; an exercise that
 * has not been attempted is said to wait. Whatever the learner's function does, none throws, so that Run All reaches the end of
 * the notebook; options that make no sense are the notebook author's mistake, and do throw.
 */
export const check = {
  /** The vote of neighbours `(labels, the nearest first) => label`. */
  majorityVote: checkOf<LearnerMajorityVote>(
    'Majority vote',
    MAJORITY_VOTE_PROPERTIES,
    REFERENCES.majorityVote,
  ),

  /** The division of every row by its length `(vectors [N, d]) => [N, d]`. */
  unitLength: checkOf<LearnerUnitLength>(
    'Rows of length 1',
    UNIT_LENGTH_PROPERTIES,
    REFERENCES.unitLength,
  ),

  /** The shares of one view's push `(cosines, tau) => shares`, one for each negative. */
  pushShares: checkOf<LearnerPushShares>(
    'Shares of the push',
    PUSH_SHARES_PROPERTIES,
    REFERENCES.pushShares,
  ),

  /** The perplexity of one row of probabilities `(row) => number`. */
  perplexity: checkOf<LearnerPerplexity>(
    'Perplexity',
    PERPLEXITY_PROPERTIES,
    REFERENCES.perplexity,
  ),

  /** An NT-Xent loss `(z1, z2, { temperature }) => tf.Scalar` of embeddings `[N, d]` of any length. */
  ntXentLoss: checkOf<LearnerNtXentLoss>('NT-Xent loss', NT_XENT_PROPERTIES, REFERENCES.ntXentLoss),

  /** An augmentation `(images, random) => images`. */
  augmentation(learner: LearnerAugmentation, options: AugmentationCheckOptions = {}): void {
    examine('Augmentation', learner, augmentationProperties(options));
  },

  /** A schedule `(step, totalSteps) => learning rate` with linear warm-up and cosine decay. */
  learningRateSchedule(learner: LearnerSchedule, options: ScheduleCheckOptions): void {
    examine(
      'Learning-rate schedule',
      learner,
      scheduleProperties(options),
      cosineSchedule(options),
    );
  },

  /** A class-balanced choice of labelled images `(labels, fraction, random) => positions`. */
  labelSubset: checkOf<LearnerLabelSubset>(
    'Label subset',
    LABEL_SUBSET_PROPERTIES,
    REFERENCES.labelSubset,
  ),

  /** A masking rule `(tokens, { random, vocabularySize }) => { inputs, targets, weights }`, 80/10/10 at a rate of 15 %. */
  maskTokens: checkOf<LearnerMasking>(
    'Masking rule',
    MASK_TOKENS_PROPERTIES,
    REFERENCES.maskTokens,
  ),

  /** A mask of patches `({ images, patches, visible }, random) => [images, patches]`, 1 where hidden. */
  patchMask: checkOf<LearnerPatchMask>(
    'Mask of patches',
    PATCH_MASK_PROPERTIES,
    REFERENCES.patchMask,
  ),

  /** An InfoNCE loss `(queries, positives, negatives, { temperature }) => tf.Scalar`. */
  infoNceLoss: checkOf<LearnerInfoNceLoss>(
    'InfoNCE loss',
    INFO_NCE_PROPERTIES,
    REFERENCES.infoNceLoss,
  ),

  /** A Barlow Twins loss `(z1, z2, { redundancy }) => tf.Scalar` of embeddings `[N, d]`. */
  barlowTwinsLoss: checkOf<LearnerBarlowTwinsLoss>(
    'Barlow Twins loss',
    BARLOW_TWINS_PROPERTIES,
    REFERENCES.barlowTwinsLoss,
  ),

  /** The InfoNCE bound on mutual information `(scores [N, N]) => tf.Scalar`, in nats. */
  infoNceBound: checkOf<LearnerInfoNceBound>(
    'InfoNCE bound',
    INFO_NCE_BOUND_PROPERTIES,
    REFERENCES.infoNceBound,
  ),

  /** The update of a momentum encoder's weight `(key, query, momentum) => key`. */
  momentumUpdate: checkOf<LearnerMomentumUpdate>(
    'Momentum update',
    MOMENTUM_UPDATE_PROPERTIES,
    REFERENCES.momentumUpdate,
  ),

  /** A memory queue `(queue, keys) => queue`, newest keys first. */
  memoryQueue: checkOf<LearnerEnqueue>(
    'Memory queue',
    MEMORY_QUEUE_PROPERTIES,
    REFERENCES.memoryQueue,
  ),

  /** A schedule `(step, totalSteps, start) => momentum`, half a cosine from `start` to 1. */
  momentumSchedule: checkOf<LearnerMomentumSchedule>(
    'Momentum schedule',
    MOMENTUM_SCHEDULE_PROPERTIES,
    REFERENCES.momentumSchedule,
  ),

  /** A call of the key network in groups of strangers `(network, batch, groups) => keys`. */
  keyGroups: checkOf<LearnerKeyGroups>(
    'Keys among strangers',
    KEY_GROUPS_PROPERTIES,
    REFERENCES.keyGroups,
  ),

  /** Colour histograms `(images, bins) => [N, bins³]`. */
  colorHistogram: checkOf<LearnerColorHistogram>(
    'Colour histogram',
    COLOR_HISTOGRAM_PROPERTIES,
    REFERENCES.colorHistogram,
  ),

  /** Loss and gradients of a linear probe on a frozen encoder `(encoder, head, images, labels) => { value, grads }`. */
  probeGradients: checkOf<LearnerProbeGradients>(
    'Linear probe, frozen',
    PROBE_GRADIENTS_PROPERTIES,
    REFERENCES.probeGradients,
  ),

  /** Mean and sample standard deviation over seeds `(values) => { mean, deviation }`. */
  meanAndDeviation: checkOf<LearnerMeanAndDeviation>(
    'Mean and deviation',
    MEAN_AND_DEVIATION_PROPERTIES,
    REFERENCES.meanAndDeviation,
  ),

  /** Where pre-training stops paying `(labels, pretrained, fromScratch) => number of labels`, Infinity or 0. */
  breakEven: checkOf<LearnerBreakEven>(
    'Where pre-training stops paying',
    BREAK_EVEN_PROPERTIES,
    REFERENCES.breakEven,
  ),

  /** The removal of held-out sentences from a text `(sentences, heldOut) => sentences`. */
  heldOutSentences: checkOf<LearnerHeldOutRemoval>(
    'Held-out sentences',
    HELD_OUT_SENTENCES_PROPERTIES,
    REFERENCES.heldOutSentences,
  ),

  /** Counts of words `(tokens, vocabularySize) => [N, vocabularySize]`. */
  bagOfWords: checkOf<LearnerBagOfWords>(
    'Bag of words',
    BAG_OF_WORDS_PROPERTIES,
    REFERENCES.bagOfWords,
  ),

  /** The mean over real tokens `(hidden [N, T, d], tokens [N, T]) => [N, d]`. */
  maskedMeanPooling: checkOf<LearnerPooling>(
    'Masked mean pooling',
    MASKED_MEAN_POOLING_PROPERTIES,
    REFERENCES.maskedMeanPooling,
  ),

  /** A two-tower loss `(images, texts, captions, { temperature }) => tf.Scalar`, equal captions being positives. */
  twoTowerLoss: checkOf<LearnerTwoTowerLoss>(
    'Two-tower loss',
    TWO_TOWER_PROPERTIES,
    REFERENCES.twoTowerLoss,
  ),

  /** Recall@k `(similarities, queryCaptions, candidateCaptions, k) => share` with several right answers. */
  recallAtK: checkOf<LearnerRecallAtK>('Recall@k', RECALL_AT_K_PROPERTIES, REFERENCES.recallAtK),

  /** Weights of a zero-shot classifier `(sentences) => weights`, `[classes, templates, d]` to `[classes, d]`. */
  zeroShotWeights: checkOf<LearnerZeroShotWeights>(
    'Zero-shot weights',
    ZERO_SHOT_WEIGHTS_PROPERTIES,
    REFERENCES.zeroShotWeights,
  ),

  /** The pictures to train on, none of which repeats a test picture `(count, test, groups) => positions`. */
  leakFreeTraining: checkOf<LearnerLeakFreeTraining>(
    'Training without leaks',
    LEAK_FREE_TRAINING_PROPERTIES,
    REFERENCES.leakFreeTraining,
  ),

  /** Precision@k of a search among labelled pictures `(similarities, labels, k) => share`, classes averaged. */
  precisionAtK: checkOf<LearnerPrecisionAtK>(
    'Precision@k',
    PRECISION_AT_K_PROPERTIES,
    REFERENCES.precisionAtK,
  ),

  /** Cosines with the means of classes `(known [n, d], labels [n], asked [m, d], classes) => [m, classes]`. */
  nearestMean: checkOf<LearnerNearestMean>(
    'Nearest class mean',
    NEAREST_MEAN_PROPERTIES,
    REFERENCES.nearestMean,
  ),

  /** What to label next `(scores, count) => positions`, the smallest margin first. */
  marginSampling: checkOf<LearnerMarginSampling>(
    'Margin sampling',
    MARGIN_SAMPLING_PROPERTIES,
    REFERENCES.marginSampling,
  ),

  /** Any function of numbers, arrays or tensors, against a reference on several inputs. */
  againstReference<Args extends readonly unknown[]>(
    learner: (...args: Args) => unknown,
    options: ReferenceCheckOptions<Args>,
  ): void {
    examine(options.name, learner, referenceProperties(options), options.reference);
  },
} as const;

const SIGNS = { passed: '✓', failed: '✗', 'not attempted': '○' } as const;
const EDGES = { passed: '#009E73', failed: '#D55E00', 'not attempted': '#767676' } as const;

/** A check of one function, against properties that do not depend on options. */
function checkOf<F>(
  name: string,
  properties: readonly Property<F>[],
  reference: F,
): (learner: F) => void {
  return (learner) => examine(name, learner, properties, reference);
}

/** Judges a function, remembers whether it passed and tells the learner. */
function examine<F>(
  name: string,
  learner: F,
  properties: readonly Property<F>[],
  reference?: F,
): void {
  const verdict = judge(name, learner, properties);
  rememberVerdict(learner, verdict.status === 'passed', reference);
  state(verdict);
}

/** Tells the learner the verdict. */
function state(verdict: Verdict): void {
  const { name, status, holds, fails, message } = verdict;
  const lines = [
    ...holds.map((property) => `${SIGNS.passed} ${property}`),
    ...(fails === null ? [] : [`${SIGNS.failed} ${fails}`]),
  ];
  const heading = `${name}: ${status}`;
  const text = [`${SIGNS[status]} ${heading}`, ...lines.map((line) => `  ${line}`), message].join(
    '\n',
  );
  const send = runningCell();
  if (send === null) {
    console.log(text);
    return;
  }
  const list = lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('');
  send({
    [CHECK_MIME_TYPE]: verdict,
    'text/html':
      `<div style="border-left: 4px solid ${EDGES[status]}; padding-left: 0.8em">` +
      `<strong>${SIGNS[status]} ${escapeHtml(heading)}</strong>` +
      (list && `<ul style="list-style: none; margin: 0.3em 0; padding: 0">${list}</ul>`) +
      `<div>${escapeHtml(message)}</div></div>`,
    'text/plain': text,
  });
}
