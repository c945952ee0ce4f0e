export { saveForBrowser } from './files/browser-model';
export { CheckpointError } from './files/checkpoint-error';
export { loadModel, saveModel } from './files/model-file';
export { loadWeights, type ModelWeights, saveWeights } from './files/model-weights';
export {
  encodeSafetensors,
  parseSafetensors,
  type SafetensorsContent,
  SafetensorsFormatError,
  type SafetensorsTensor,
} from './files/safetensors';
export type { SafetensorsDtype, SafetensorsValues } from './files/safetensors-dtypes';
export type { LookSteps } from './loop/look-steps';
export {
  processorSeconds,
  TimeBudget,
  type TimeBudgetOptions,
  type TimeScheduleOptions,
} from './loop/time-budget';
export { train } from './loop/train';
export type { DiagnosticsOptions, TrainingResult, TrainOptions } from './loop/train-options';
export type {
  DiagnosticsRecord,
  EpochRecord,
  StepRecord,
  TrainingHistory,
} from './loop/training-history';
export {
  type StepInputs,
  type StepOutputs,
  type TrainingStep,
  trainingStep,
} from './loop/training-step';
export type { ValidationRecord } from './loop/validation-looks';
export { AdamW, type AdamWOptions } from './optimization/adam-w';
export {
  type CosineScheduleOptions,
  constantSchedule,
  cosineSchedule,
  type LearningRateSchedule,
} from './optimization/learning-rate-schedule';
export type { Momentum } from './optimization/momentum-at-step';
export {
  type MomentumSchedule,
  type MomentumScheduleOptions,
  momentumSchedule,
} from './optimization/momentum-schedule';
export type { Optimizer } from './optimization/optimizer';
export { type ByolStepOptions, byolStep } from './steps/byol-step';
export {
  type ClassificationStepOptions,
  classificationStep,
  type GenericClassificationStepOptions,
} from './steps/classification-step';
export type { FineTunable, LabelledBatch, LabelledSource } from './steps/fine-tunable';
export { type FineTuneOptions, type FineTuneValidation, fineTune } from './steps/fine-tune';
export {
  type FineTuneClassifierOptions,
  type FineTuneResult,
  type FineTuningOptions,
  fineTuneClassifier,
  type ValidationLookOptions,
} from './steps/fine-tune-classifier';
export {
  type FineTuneSentencesOptions,
  type FineTuneSentencesResult,
  fineTuneSentences,
} from './steps/fine-tune-sentences';
export { type LossStepOptions, lossStep } from './steps/loss-step';
export {
  type MaskedAutoencoderStepOptions,
  maskedAutoencoderStep,
} from './steps/masked-autoencoder-step';
export { type MaskedLanguageStepOptions, maskedLanguageStep } from './steps/masked-language-step';
export { type MoCoStepOptions, moCoStep } from './steps/mo-co-step';
export { type SentenceStepOptions, sentenceStep } from './steps/sentence-step';
export { type SimClrStepOptions, simClrStep } from './steps/sim-clr-step';
export { type SupervisedStepOptions, supervisedStep } from './steps/supervised-step';
export { type TwoTowerStepOptions, twoTowerStep } from './steps/two-tower-step';
export { type TwoViewStepOptions, twoViewStep } from './steps/two-view-step';
