export { AdamW, type AdamWOptions } from './adam-w';
export { alignment } from './alignment';
export type { BatchSource } from './batch-source';
export { type CaptionedImages, captionedImageBatches } from './captioned-image-batches';
export { CheckpointError } from './checkpoint-error';
export { type CollapseSigns, collapseWarning } from './collapse-warning';
export { effectiveRank } from './effective-rank';
export {
  type FineTuneOptions,
  type FineTuneResult,
  type FineTuneValidation,
  fineTune,
} from './fine-tune';
export {
  type FineTuneSentencesOptions,
  type FineTuneSentencesResult,
  fineTuneSentences,
} from './fine-tune-sentences';
export { imageBatches } from './image-batches';
export { type LabelledImages, labelledImageBatches } from './labelled-image-batches';
export {
  type CosineScheduleOptions,
  constantSchedule,
  cosineSchedule,
  type LearningRateSchedule,
} from './learning-rate-schedule';
export { type MaskedLanguageStepOptions, maskedLanguageStep } from './masked-language-step';
export { type MoCoStepOptions, moCoStep } from './mo-co-step';
export { loadWeights, saveWeights } from './model-weights';
export {
  type MomentumSchedule,
  type MomentumScheduleOptions,
  momentumSchedule,
} from './momentum-schedule';
export { perDimensionDeviation } from './per-dimension-deviation';
export {
  type RepresentationDiagnostics,
  representationDiagnostics,
} from './representation-diagnostics';
export { type SentenceStepOptions, sentenceStep } from './sentence-step';
export { type SimClrDiagnosticsOptions, simClrDiagnostics } from './sim-clr-diagnostics';
export { type SimClrStepOptions, simClrStep } from './sim-clr-step';
export { type SupervisedStepOptions, supervisedStep } from './supervised-step';
export { type DiagnosticsOptions, type TrainingResult, type TrainOptions, train } from './train';
export type {
  DiagnosticsRecord,
  EpochRecord,
  StepRecord,
  TrainingHistory,
} from './training-history';
export {
  type Batch,
  type StepInputs,
  type StepOutputs,
  type TrainingStep,
  trainingStep,
} from './training-step';
export { type TwoTowerStepOptions, twoTowerStep } from './two-tower-step';
export { uniformity } from './uniformity';
export type { ValidationRecord } from './validation-looks';
