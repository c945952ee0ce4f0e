import type { Accuracy } from '../../evaluation/accuracy';
import type * as tf from '../../runtime/tensorflow';
import { allFinite, StateSnapshot } from './state-snapshot';

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
  readonly #weights: readonly tf.Variable[];
  readonly #validation: {
    readonly everySteps: number;
    readonly measure: () => Accuracy;
  } | null;
  #bestWeights: StateSnapshot | null = null;
  /** The values that the last look was at (assigning a variable gives it others), and what it saw. */
  #last: { readonly values: readonly object[]; readonly accuracy: Accuracy } | null = null;

  /**
   * @param weights What is kept of the best look.
   * @param validation `null`: no look is ever taken.
   */
  constructor(
    weights: readonly tf.Variable[],
    validation: { readonly everySteps: number; readonly measure: () => Accuracy } | null,
  ) {
    this.#weights = weights;
    this.#validation = validation;
  }

  lookWhenDue(step: number, total: number): void {
    const validation = this.#validation;
    if (validation === null) return;
    if (step % validation.everySteps === 0 || step === total) this.#look(step, validation.measure);
  }

  /** How many looks after a step were taken since the best of all, which may lie before it. */
  looksSinceBest(afterStep: number): number {
    const from = Math.max(afterStep, this.best?.step ?? 0);
    return this.records.filter(({ step }) => step > from).length;
  }

  /**
   * Gives the weights of the best look back, after a last look where an interrupt came between two. Looks beyond
   * `stepsDone`, at weights that the training has taken back, are forgotten; where the best was one of them, the weights
   * stay as they are.
   */
  restoreBest(stepsDone: number): void {
    if (this.#validation === null) return;
    if (this.best !== null && this.best.step > stepsDone) {
      this.best = null;
      this.dispose();
    }
    const isSettled = (step: number) =>
      step < stepsDone || (step === stepsDone && this.best !== null);
    while (this.records.length > 0 && !isSettled(this.records.at(-1)?.step as number)) {
      this.records.pop();
    }
    if (this.records.at(-1)?.step !== stepsDone) this.#look(stepsDone, this.#validation.measure);
    this.#bestWeights?.restore();
  }

  dispose(): void {
    this.#bestWeights?.dispose();
    this.#bestWeights = null;
  }

  #look(step: number, measure: () => Accuracy): void {
    // Scores that are not numbers choose class 0 everywhere, which is right for some examples.
    if (!allFinite(this.#weights)) return;
    const values = this.#weights.map(({ dataId }) => dataId);
    // Weights that were not assigned since the last look, as where the work is limited, look as they did.
    if (this.#last?.values.every((value, index) => value === values[index]) !== true) {
      this.#last = { values, accuracy: measure() };
    }
    const record = { step, ...this.#last.accuracy };
    this.records.push(record);
    if (this.best !== null && record.accuracy <= this.best.accuracy) return;
    this.best = record;
    this.#bestWeights?.dispose();
    this.#bestWeights = new StateSnapshot(this.#weights);
  }
}
