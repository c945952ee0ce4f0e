import * as tf from '@tensorflow/tfjs';
import type { CallSite } from './call-site';
import { CallWatch } from './call-watch';
import type { Graph } from './graph';
import { type Hook, installHooks } from './hooks';
import { nodeBackend } from './node-backend';
import { Recorder } from './recorder';
import { recordingHooks } from './recording-hooks';
import { refusePromise } from './refusals';
import { separate } from './storage';
import { type FlatStructure, flatten } from './tensor-structure';

/** What one traced call did. */
export interface Trace {
  readonly graph: Graph;
  /** The call's result; its tensors belong to the caller. */
  readonly result: FlatStructure;
  /** Names of variables the call created. */
  readonly newVariables: readonly string[];
  /** Where tensors were made that the call kept without returning them. */
  readonly keptTensors: readonly (CallSite | undefined)[];
}

let tracing = false;

/** True while a function is being traced: compiled functions it calls become part of its graph. */
export function isTracing(): boolean {
  return tracing;
}

/** Calls the function with the recorder listening, and turns what went wrong into the error to throw. */
function callRecorded(
  recorder: Recorder,
  hooks: readonly Hook[],
  name: string,
  call: () => unknown,
): { readonly value: unknown } {
  tracing = true;
  const removeHooks = installHooks(hooks);
  try {
    const value = call();
    if (value instanceof Promise) {
      // Its failure is ours to report, not the process's.
      value.catch(() => undefined);
      throw refusePromise(name);
    }
    if (recorder.refusal) throw recorder.refusal;
    return { value };
  } catch (error) {
    throw recorder.refusal ?? error;
  } finally {
    removeHooks();
    tracing = false;
  }
}

/**
 * Calls the function once, eagerly, and records the TensorFlow operations it runs. Assignments to variables take
 * effect as in any eager call; when the call fails, cannot be compiled or is not accepted, the variables get their
 * values back, those that the call created the values they were created with.
 *
 * @param name The function's name in errors.
 * @param accept Throws where the call is not one to be repeated by a graph.
 * @throws NotCompilableError when the call cannot be repeated by a graph.
 */
export function trace(
  fn: (...args: never[]) => unknown,
  args: FlatStructure,
  name: string,
  accept: (trace: Trace) => void,
): Trace {
  const backend = nodeBackend();
  const engine = tf.engine();
  const recorder = new Recorder(backend, name);
  let watch: CallWatch | undefined;
  let results: tf.Tensor[] = [];
  let scopeIsOpen = true;

  engine.startScope('compile');
  try {
    // Storage is what the recorder sees, so each variable and each argument gets storage of its own first.
    watch = new CallWatch(backend);
    for (const variable of watch.existing) {
      recorder.feed(variable.dataId, { kind: 'variable', variable });
    }
    const copies = args.tensors.map((tensor, index) => {
      const copy = separate(backend, tensor);
      recorder.feed(copy.dataId, { kind: 'argument', index });
      return copy;
    });

    const hooks = [...recordingHooks(recorder, backend), ...watch.hooks()];
    const { value } = callRecorded(recorder, hooks, name, () =>
      fn(...(args.rebuild(copies) as never[])),
    );

    const newVariables = watch.created;
    // A call that builds a model draws its first weights in JavaScript; it is not the call to be repeated.
    if (recorder.randomness && newVariables.length === 0) throw recorder.randomness;
    const flat = flatten(value, `the result of "${name}"`, 'are tensors');
    const graph = recorder.graph(flat.tensors, watch.existing);
    results = flat.tensors.map((tensor) => recorder.ownedByCaller(tensor));
    engine.endScope(results);
    scopeIsOpen = false;
    const outcome: Trace = {
      graph,
      result: { ...flat, tensors: results },
      newVariables: newVariables.map((variable) => variable.name),
      keptTensors: [...copies.filter(({ isDisposed }) => !isDisposed), ...watch.kept(results)].map(
        (tensor) => recorder.siteOf(tensor),
      ),
    };
    accept(outcome);
    return outcome;
  } catch (error) {
    watch?.undo();
    if (scopeIsOpen) engine.endScope();
    else tf.dispose(results);
    throw error;
  } finally {
    watch?.dispose();
  }
}
