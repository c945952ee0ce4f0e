import * as tf from '@tensorflow/tfjs';
import type { CallSite } from './call-site';
import { CallWatch } from './call-watch';
import { DeferredOperations } from './deferred-operations';
import type { Graph, OperationNode } from './graph';
import { type Hook, hook, installHooks } from './hooks';
import { type NodeBackend, nodeBackend } from './node-backend';
import { Recorder } from './recorder';
import { recordingHooks } from './recording-hooks';
import { refusePromise } from './refusals';
import { RepeatedCall } from './repeated-call';
import { separate } from './storage';
import { type FlatStructure, flatten } from './tensor-structure';

/** What one traced call did. */
export interface Trace {
  readonly graph: Graph;
  /** All operations of the call, in the order in which they ran. */
  readonly operations: readonly OperationNode[];
  /** The call's result; its tensors belong to the caller. */
  readonly result: FlatStructure;
  /** Names of variables the call created. */
  readonly newVariables: readonly string[];
  /** Where tensors were made that the call kept without returning them. */
  readonly keptTensors: readonly (CallSite | undefined)[];
}

/** How a call is traced. */
export interface TraceOptions {
  /** The function's name in errors. */
  readonly name: string;
  /**
   * The trace of an earlier call, which this one should repeat. As long as it does, it is recorded without being computed;
   * the graph that is accepted computes it.
   */
  readonly earlier?: Trace | undefined;
  /**
   * Throws where the call is not one to be repeated by a graph; returns how the graph is run with the call's arguments, where
   * there is one now.
   */
  readonly accept: (trace: Trace) => ((args: readonly tf.Tensor[]) => tf.Tensor[]) | undefined;
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

/** Records the call without computing it, as long as it repeats an earlier one. */
class DeferredCall {
  readonly call: RepeatedCall;
  readonly deferred: DeferredOperations;
  private readonly removeHooks: () => void;

  constructor(backend: NodeBackend, earlier: Trace) {
    this.call = new RepeatedCall(earlier.operations);
    this.deferred = new DeferredOperations(backend);
    this.removeHooks = installHooks([hook(backend, 'binding', this.deferred.binding)]);
  }

  /** Computes what has outlived the call. */
  end(): void {
    try {
      this.deferred.settle();
    } finally {
      this.removeHooks();
    }
  }
}

/**
 * Calls the function once, eagerly, and records the TensorFlow operations it runs; where it repeats an earlier call, they are
 * not computed but left to the graph. Assignments to variables take
 * effect as in any eager call; when the call fails, cannot be compiled or is not accepted, the variables get their
 * values back, those that the call created the values they were created with.
 *
 * @throws NotCompilableError when the call cannot be repeated by a graph.
 */
export function trace(
  fn: (...args: never[]) => unknown,
  args: FlatStructure,
  { name, earlier, accept }: TraceOptions,
): Trace {
  const backend = nodeBackend();
  const engine = tf.engine();
  const repetition = earlier && new DeferredCall(backend, earlier);
  const recorder = new Recorder(backend, name, repetition);
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
      operations: recorder.operations,
      result: { ...flat, tensors: results },
      newVariables: newVariables.map((variable) => variable.name),
      keptTensors: [...copies.filter(({ isDisposed }) => !isDisposed), ...watch.kept(results)].map(
        (tensor) => recorder.siteOf(tensor),
      ),
    };
    const run = accept(outcome);
    if (!run || !repetition?.call.isRepeating) return outcome;
    watch.undo();
    tf.dispose(results);
    results = [];
    return { ...outcome, result: { ...flat, tensors: run(args.tensors) } };
  } catch (error) {
    watch?.undo();
    if (scopeIsOpen) engine.endScope();
    else tf.dispose(results);
    throw error;
  } finally {
    watch?.dispose();
    repetition?.end();
  }
}
