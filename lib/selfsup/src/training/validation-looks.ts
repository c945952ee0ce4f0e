import type { Accuracy } from '../evaluation/accuracy';
import type * as tf from '../runtime/tensorflow';
import { StateSnapshot } from './state-snapshot';

/** A look at the validation split. */
export interface ValidationRecord extends Accuracy {
  /** Steps done when it was taken. */
  readonly step: number;
}

/** Looks at the validation split while training, and the weights of the best look. */
export class ValidationLooks {
  readonly records: ValidationRecord[] = [];
  /** The first of equally good ones. */
  best: ValidationRecord | null = null;
  private bestWeights: StateSnapshot | null = null;

  /**
   * @param weights What is kept of the best look.
   * @param validation `null`: no look is ever taken.
   */
  constructor(
    private readonly weights: readonly tf.Variable[],
    private readonly validation: {
      readonly everySteps: number;
      readonly measure: () => Accuracy;
    } | null,
  ) {}

  lookWhenDue(step: number, total: number): void {
    const { validation } = this;
    if (validation === null) return;
    if (step % validation.everySteps === 0 || step === total) this.look(step, validation.measure);
  }

  /** Gives the weights of the best look back, after a last look where an interrupt came between two. */
  restoreBest(stepsDone: number): void {
    if (this.validation === null) return;
    if (this.records.at(-1)?.step !== stepsDone) this.look(stepsDone, this.validation.measure);
    this.bestWeights?.restore();
  }

  dispose(): void {
    this.bestWeights?.dispose();
    this.bestWeights = null;
  }

  private look(step: number, measure: () => Accuracy): void {
    const record = { step, ...measure() };
    this.records.push(record);
    if (this.best !== null && record.accuracy <= this.best.accuracy) return;
    this.best = record;
    this.bestWeights?.dispose();
    this.bestWeights = new StateSnapshot(this.weights);
  }
}
