import * as tf from '@tensorflow/tfjs';
import { CallSites, describe } from './call-site';
import { CallWatch } from './call-watch';
import { CompileArgumentError, StateError } from './errors';
import { type Hook, hook, installHooks } from './hooks';
import { type NodeBackend, nodeBackend } from './node-backend';
import { originOf } from './storage';
import { isTracing } from './trace';

/** What one call did to the registered variables. Lists are in the order in which the variables were created. */
export interface ObservedCall<Result> {
  /** What the function returned; its tensors belong to the caller. */
  readonly result: Result;
  /** Variables that existed before the call and were given another value. */
  readonly assigned: readonly tf.Variable[];
  /** Variables that the call created. */
  readonly created: readonly tf.Variable[];
  /** Variables that existed before the call and whose value at that time was used. */
  readonly read: readonly tf.Variable[];
  /** Where tensors were made that outlive the call and are neither results nor values of variables. */
  readonly keptTensors: readonly string[];
  /**
   * Gives existing variables the values they had before the call, and created ones the values they were created with.
   * It may be called later and again, until {@link dispose}.
   */
  undo(): void;
  /** Lets go of the values that {@link undo} needs. The variables and the result stay. */
  dispose(): void;
}

/** What counts as state where a call is observed. */
export interface ObserveOptions {
  /** The function's name in messages; its own name by default. */
  readonly name?: string;
}

function withoutPromise<T>(result: T, name: string): T {
  if (!(result instanceof Promise)) return result;
  // Its failure is ours to report, not the process's.
  result.catch(() => undefined);
  throw new StateError(
    `The state of "${name}" cannot be found: it returns a promise. Await outside it.`,
  );
}

/** Listens to the storage that a call makes and reads. */
class StorageListener {
  private readonly sites = new CallSites();
  private readonly made = new Map<object, string>();
  private readonly used = new Set<object>();

  constructor(private readonly backend: NodeBackend) {}

  hooks(): Hook[] {
    const { backend } = this;
    const { createOutputTensor, getInputTensorIds, move, readSync } = backend;
    const note = (dataId: object): void => {
      this.made.set(dataId, describe(this.sites.current()));
    };
    return [
      hook(backend, 'createOutputTensor', (metadata) => {
        const tensor = createOutputTensor.call(backend, metadata);
        note(tensor.dataId);
        return tensor;
      }),
      hook(backend, 'move', (dataId, ...rest) => {
        note(dataId);
        move.call(backend, dataId, ...rest);
      }),
      hook(backend, 'getInputTensorIds', (tensors) => {
        for (const { dataId } of tensors) if (dataId) this.used.add(originOf(dataId));
        return getInputTensorIds.call(backend, tensors);
      }),
      hook(backend, 'readSync', (dataId) => {
        this.used.add(originOf(dataId));
        return readSync.call(backend, dataId);
      }),
    ];
  }

  wasUsed(dataId: object): boolean {
    return this.used.has(originOf(dataId));
  }

  /** Where the storage of a tensor was made. */
  siteOf({ dataId }: tf.Tensor): string {
    return this.made.get(dataId) ?? 'clone()';
  }
}

/**
 * Calls a function of TensorFlow.js once and tells which variables it read, assigned and created: the weights, the moments
 * of any optimizer, moving averages. Nothing is declared; what the engine sees counts, whether the function runs eagerly or
 * is (or calls) a compiled one. Tensors made on the way are disposed of, as in `tf.tidy`.
 *
 * What it cannot see is JavaScript: numbers that the function changes outside itself. State in plain tensors is reported
 * in {@link ObservedCall.keptTensors}.
 *
 * @param fn Synchronous; for instance `() => step(batch)`.
 * @returns The caller disposes of it, and of its result.
 * @throws StateError when the function returns a promise or disposes of a variable. When the call fails, for whatever
 *   reason, the variables are as before it.
 * @throws CompileArgumentError inside a function that is being compiled.
 *
 * @example
 * const call = observeCall(() => step(batch));
 * const state = [...call.assigned, ...call.created]; // what a checkpoint has to hold
 * call.undo();
 * call.dispose();
 */
export function observeCall<Result>(
  fn: () => Result,
  { name = fn.name || 'function' }: ObserveOptions = {},
): ObservedCall<Result> {
  if (isTracing()) {
    throw new CompileArgumentError(
      `"${name}" was observed inside a function that is being compiled. Observe the compiled function from outside.`,
    );
  }
  const backend = nodeBackend();
  const engine = tf.engine();
  const watch = new CallWatch(backend);
  const listener = new StorageListener(backend);
  const storageBefore = new Map(watch.existing.map((variable) => [variable, variable.dataId]));
  const removeHooks = installHooks([...listener.hooks(), ...watch.hooks()]);
  engine.startScope('observe');
  let result: Result | undefined;
  try {
    result = withoutPromise(fn(), name);
    const disposed = watch.existing.find((variable) => variable.isDisposed);
    if (disposed) {
      throw new StateError(
        `The state of "${name}" cannot be found: it disposes of the tf.Variable "${disposed.name}", which existed ` +
          'before the call. Dispose of it outside the function.',
      );
    }
  } catch (error) {
    watch.undo();
    watch.dispose();
    result = undefined;
    throw error;
  } finally {
    removeHooks();
    engine.endScope(result as tf.TensorContainer);
  }
  return {
    result,
    assigned: watch.assigned,
    created: watch.created,
    read: watch.existing.filter((variable) =>
      listener.wasUsed(storageBefore.get(variable) as object),
    ),
    keptTensors: watch
      .kept(tf.tensor_util.getTensorsInContainer(result as tf.TensorContainer))
      .map((tensor) => listener.siteOf(tensor)),
    undo: () => watch.undo(),
    dispose: () => watch.dispose(),
  };
}

/**
 * The state of a function that is called again and again, such as a training step: every variable it assigns, found by
 * calling it. The calls are undone, except that variables created by the first call stay, with the values they were created
 * with. That holds for any optimizer of TensorFlow.js, whether the function is compiled or not.
 *
 * @param fn Synchronous; for instance `() => step(batch)`. It is called once, and once more when the first call creates
 *   variables or keeps tensors.
 * @returns The variables in the order in which they were created, equal in every process that builds them alike.
 * @throws StateError when the function keeps a tensor or creates a variable in every call: such state would be missing in a
 *   checkpoint.
 */
export function findState(fn: () => unknown, options: ObserveOptions = {}): tf.Variable[] {
  const name = options.name ?? (fn.name || 'function');
  for (let isFirst = true; ; isFirst = false) {
    // Nothing is returned: the scope disposes of the results.
    const call = observeCall(() => void withoutPromise(fn(), name), { name });
    call.undo();
    call.dispose();
    if (call.created.length === 0 && call.keptTensors.length === 0) return [...call.assigned];
    if (isFirst) continue;
    const [site] = call.keptTensors;
    const what =
      site === undefined
        ? `it creates a tf.Variable in every call (${call.created.map((one) => one.name).join(', ')})`
        : `in every call it keeps a tensor, made by ${site}, that it does not return`;
    throw new StateError(
      `The state of "${name}" cannot be found: ${what}. A checkpoint would miss it, and a resumed run go on without it. ` +
        'Create tf.Variables once and assign what changes to them.',
    );
  }
}
