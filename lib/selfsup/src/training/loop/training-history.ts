import type { RepresentationDiagnostics } from '../../evaluation/diagnostics/representation-diagnostics';

/** One training step. */
export interface StepRecord {
  /** Steps done, this one included: the first record has 1. */
  readonly step: number;
  /** Epoch this step belongs to, from 0. */
  readonly epoch: number;
  /** Loss of the batch before the update. */
  readonly loss: number;
  readonly learningRate: number;
  /** The step's other outputs. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Seconds spent training up to the end of this step, without checkpoints and diagnostics. */
  readonly seconds: number;
}

/** One pass through the data. */
export interface EpochRecord {
  /** From 0. */
  readonly epoch: number;
  /** Steps done at its end. */
  readonly step: number;
  /** Mean of the losses of its steps. */
  readonly meanLoss: number;
  /** Seconds spent training up to its end. */
  readonly seconds: number;
}

/** A look at the representation while it is being learned. */
export interface DiagnosticsRecord extends RepresentationDiagnostics {
  /** Steps done when it was taken; 0 is before training. */
  readonly step: number;
}

/** All a training run records; a checkpoint holds it, so that it is complete after a resume. */
export interface TrainingHistory {
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  readonly diagnostics: readonly DiagnosticsRecord[];
}
