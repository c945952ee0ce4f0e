import { type ObservedCall, observeCall } from 'tfjs-compile';
import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';
import { StateSnapshot } from './state-snapshot';

/** The first call may create variables, the second shows that it need not. */
const OBSERVED_CALLS = 2;

/**
 * What a training step keeps from one call to the next, found by watching its calls: nothing is declared, and it is the same
 * for any optimizer. Variables come in the order in which they were created, which is equal in every process that builds
 * model and optimizer alike.
 *
 * What no one can see is a JavaScript number that the step counts up itself.
 */
export class StepState {
  readonly #kept: readonly tf.Variable[];
  readonly #assigned = new Set<tf.Variable>();
  readonly #read = new Set<tf.Variable>();
  #callsSeen = 0;

  /** @param kept Variables that belong to a checkpoint, whether the step uses them or not. */
  constructor(kept: readonly tf.Variable[] = []) {
    this.#kept = kept;
  }

  /** Whether a call has been seen. */
  get isKnown(): boolean {
    return this.#callsSeen > 0;
  }

  /** What the step changes: weights, moving averages, moments. */
  get assigned(): tf.Variable[] {
    return inOrderOfCreation(this.#assigned);
  }

  /** All that its results depend on: what it changes, and what it only reads, such as a frozen encoder's weights. */
  get variables(): tf.Variable[] {
    return inOrderOfCreation(new Set([...this.#kept, ...this.#assigned, ...this.#read]));
  }

  /**
   * Calls the step, whose effects stay, and takes the state before it. Its first two calls are observed, which costs several
   * times their time; later ones are only asked which variables they have changed.
   *
   * @returns The result of the call, and a snapshot that the caller disposes.
   * @throws InvalidArgumentError when the step keeps state where a checkpoint would miss it; it is then undone.
   */
  watch<Result extends tf.TensorContainer>(
    call: () => Result,
  ): { readonly result: Result; readonly before: StateSnapshot } {
    if (this.#callsSeen >= OBSERVED_CALLS) return this.#watchKnown(call);
    const observed = observeCall(call, { name: 'training step' });
    try {
      this.#note(observed);
      // Only now is it known what to take a snapshot of.
      const after = new StateSnapshot(this.assigned);
      observed.undo();
      const before = new StateSnapshot(this.assigned);
      after.restore();
      after.dispose();
      return { result: observed.result, before };
    } catch (error) {
      observed.undo();
      tf.dispose(observed.result);
      throw error;
    } finally {
      observed.dispose();
    }
  }

  /**
   * Calls the step and undoes the call exactly. Variables that it created, such as the moments of `tf.train.adam`, stay, with
   * the values that they were created with.
   *
   * @returns Whether the call created anything, so that the next one is another.
   */
  tryOut(call: () => tf.TensorContainer): boolean {
    const observed = observeCall(() => tf.dispose(call()), { name: 'training step' });
    observed.undo();
    observed.dispose();
    this.#note(observed);
    return isFirstCall(observed);
  }

  #watchKnown<Result extends tf.TensorContainer>(
    call: () => Result,
  ): { readonly result: Result; readonly before: StateSnapshot } {
    const storage = new Map(registeredVariables().map((variable) => [variable, variable.dataId]));
    const before = new StateSnapshot(this.assigned);
    try {
      const result = call();
      for (const variable of registeredVariables()) {
        if (storage.get(variable) !== variable.dataId) this.#assigned.add(variable);
      }
      return { result, before };
    } catch (error) {
      before.restore();
      before.dispose();
      throw error;
    }
  }

  #note(observed: ObservedCall<unknown>): void {
    const isFirst = !this.isKnown;
    this.#callsSeen++;
    for (const variable of [...observed.assigned, ...observed.created])
      this.#assigned.add(variable);
    for (const variable of observed.read) this.#read.add(variable);
    if (!isFirst && isFirstCall(observed)) throw refusal(observed);
  }
}

function registeredVariables(): tf.Variable[] {
  return Object.values(tf.engine().registeredVariables);
}

/** Whether a call made what outlives it, as the first call of an optimizer of TensorFlow.js does. */
function isFirstCall({ created, keptTensors }: ObservedCall<unknown>): boolean {
  return created.length > 0 || keptTensors.length > 0;
}

function refusal({ created, keptTensors }: ObservedCall<unknown>): InvalidArgumentError {
  const [site] = keptTensors;
  const what =
    site === undefined
      ? `creates a tf.Variable in every call (${created.map(({ name }) => name).join(', ')})`
      : `keeps a tensor in every call, made by ${site}, that it does not return`;
  return new InvalidArgumentError(
    `train: the step ${what}. A checkpoint would miss it, and a resumed run would go on without it. Create a tf.Variable ` +
      'once, outside of the step, and assign to it what changes.',
  );
}

function inOrderOfCreation(variables: ReadonlySet<tf.Variable>): tf.Variable[] {
  return [...variables].filter(({ isDisposed }) => !isDisposed).sort((a, b) => a.id - b.id);
}
