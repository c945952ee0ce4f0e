import './interrupt-message';

export type { AugmentationCheckOptions, LearnerAugmentation } from './check/augmentation-check';
export { CHECK_MIME_TYPE, check } from './check/check';
export type { Verdict } from './check/judge';
export type { LearnerLabelSubset } from './check/label-subset-check';
export type { LearnerSchedule, ScheduleCheckOptions } from './check/learning-rate-schedule-check';
export { NotAttemptedError, notAttempted } from './check/not-attempted';
export type { LearnerNtXentLoss } from './check/nt-xent-loss-check';
export type { ReferenceCheckOptions } from './check/reference-check';
export { type ProgressBarOptions, progressBar } from './progress-bar';
export { REPORT_MIME_TYPE, type Report, type ReportOptions, report } from './report';
export { type ShowOptions, show } from './show';
export { type Column, type TableOptions, table } from './table';
