import { plural } from '../../runtime/plural';
import type { TrainingResult } from '../loop/train-options';

/** Lets a training end before its last step because it is done, beside a caller's signal, which interrupts it. */
export class EarlyEnd {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #interrupt = (): void => this.#controller.abort();
  #why: string | null = null;

  /** @param outer The caller's signal. */
  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    if (outer?.aborted === true) this.#interrupt();
    else outer?.addEventListener('abort', this.#interrupt);
  }

  /** For `train`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the training after the step under way. */
  endSince(why: string): void {
    this.#why = why;
    this.#controller.abort();
  }

  /** What `train` gave; a training that was ended as done is finished, not interrupted. */
  settled(result: TrainingResult): TrainingResult {
    const isDone = this.#why !== null && this.#outer?.aborted !== true;
    if (!isDone || result.stopped !== 'interrupted') return result;
    const { stepsDone } = result;
    const reason = `Finished after ${stepsDone} ${plural(stepsDone, 'step')}: ${this.#why}.`;
    return { ...result, stopped: 'finished', reason };
  }

  /** Leaves the caller's signal. */
  release(): void {
    this.#outer?.removeEventListener('abort', this.#interrupt);
  }
}
