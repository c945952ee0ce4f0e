import * as tf from '@tensorflow/tfjs';
import { type CallSite, CallSites, describe } from './call-site';
import { GraphError, type NotCompilableError } from './errors';
import {
  type Assignment,
  type Feed,
  type Graph,
  type GraphNode,
  type GraphValue,
  reachable,
  typeOf,
  type ValueType,
} from './graph';
import { constantBytes } from './graph-def';
import {
  type NativeTensor,
  type NativeValues,
  type NodeBackend,
  nodeBackend,
  type OperationAttribute,
  typeAttribute,
} from './node-backend';
import {
  refuseDisposedTensor,
  refuseDisposedVariable,
  refuseJavaScriptRandomness,
  refuseOperation,
  refusePromise,
  refuseRead,
  refuseSavedModel,
  refuseTypes,
} from './refusals';
import { type FlatStructure, flatten } from './tensor-structure';

/** tfjs-node reads the indices of tf.gather to check their range; TensorFlow's own kernel checks it again. */
const KERNELS_THAT_ONLY_VALIDATE = new Set(['GatherV2']);

/** What one traced call did. */
export interface Trace {
  readonly graph: Graph;
  /** The call's result; its tensors belong to the caller. */
  readonly result: FlatStructure;
  /** Names of variables the call created. */
  readonly newVariables: readonly string[];
  /** Where tensors were made that the call kept without returning them. */
  readonly keptTensors: readonly CallSite[];
}

/** Eager TensorFlow finds out attributes that a graph must state; of tfjs-node's kernels one relies on it. */
function completeAttributes(
  operation: string,
  attributes: readonly OperationAttribute[],
  inputs: readonly GraphValue[],
): OperationAttribute[] {
  const copy = attributes.map((attribute) => ({ ...attribute }));
  const [input] = inputs;
  if (operation === 'ExpandDims' && input && copy.length === 0) {
    copy.push(typeAttribute('T', typeOf(input).dtype));
  }
  return copy;
}

/** Records the operations that reach TensorFlow between {@link Recorder.install} and {@link Recorder.uninstall}. */
class Recorder {
  /** The first thing that cannot be compiled; thrown at the end even where the function catches errors. */
  refusal: NotCompilableError | undefined;

  /** Set where the function drew random numbers in JavaScript, which only its first call may do. */
  randomness: NotCompilableError | undefined;

  private readonly sites = new CallSites();
  private readonly nodesByName = new Map<string, number>();
  private readonly valueOfId = new Map<number, GraphValue>();
  private readonly placeholders = new Map<object, GraphValue>();
  /** Storage made during the trace, with where it was made. */
  private readonly created = new Map<object, CallSite>();
  private readonly dependent = new Set<GraphNode>();
  private readonly kernels: string[] = [];
  private restore: () => void = () => undefined;

  constructor(
    private readonly backend: NodeBackend,
    private readonly name: string,
  ) {}

  private nodeName(base: string): string {
    const count = this.nodesByName.get(base) ?? 0;
    this.nodesByName.set(base, count + 1);
    return `${base}_${count}`;
  }

  private reject(refusal: NotCompilableError): NotCompilableError {
    this.refusal ??= refusal;
    return refusal;
  }

  /** Declares that the storage `dataId` is handed to the graph at each call. */
  feed(dataId: object, feed: Feed): GraphValue {
    const { dtype, shape } = this.backend.tensorMap.get(dataId);
    const node: GraphNode = {
      kind: 'placeholder',
      name: this.nodeName(feed.kind),
      feed,
      outputs: [{ dtype, shape: [...shape] }],
      site: feed.kind === 'captured' ? this.sites.current() : undefined,
    };
    if (feed.kind !== 'captured') this.dependent.add(node);
    const value = { node, output: 0 };
    this.placeholders.set(dataId, value);
    return value;
  }

  private constant(type: ValueType, values: NativeValues, site: CallSite | undefined): GraphValue {
    const node: GraphNode = {
      kind: 'constant',
      name: this.nodeName('constant'),
      outputs: [type],
      // String values (an array of byte arrays) are refused where they are used.
      bytes: Array.isArray(values) ? new Uint8Array() : constantBytes(type.dtype, values),
      site,
    };
    return { node, output: 0 };
  }

  /** Where in the graph the value of a storage comes from. */
  valueOf(dataId: object): GraphValue {
    const known = this.placeholders.get(dataId);
    if (known) return known;
    const site = this.created.get(dataId);
    if (!site) {
      const { shape } = this.backend.tensorMap.get(dataId);
      // Only the storage matters when the tensor is handed to TensorFlow; the tfjs dtype is not looked at.
      return this.feed(dataId, { kind: 'captured', tensor: { dataId, shape, dtype: 'float32' } });
    }
    const { id, values, shape, dtype } = this.backend.tensorMap.get(dataId);
    if (values) return this.constant({ shape, dtype }, values, site);
    const value = this.valueOfId.get(id);
    if (!value)
      throw new GraphError(`"${this.name}": a tensor made by ${describe(site)} was lost.`);
    return value;
  }

  private dependsOnInputs(dataId: object): boolean {
    if (!this.placeholders.has(dataId) && !this.created.has(dataId)) return false;
    return this.dependent.has(this.valueOf(dataId).node);
  }

  private refuseReading(dataId: object): NotCompilableError | undefined {
    const kernel = this.kernels[this.kernels.length - 1];
    if (kernel !== undefined && KERNELS_THAT_ONLY_VALIDATE.has(kernel)) return undefined;
    if (!this.dependsOnInputs(dataId)) return undefined;
    return this.reject(refuseRead(this.name, this.sites.current()));
  }

  private refuseDisposed(): NotCompilableError {
    return this.reject(refuseDisposedTensor(this.name, this.sites.current()));
  }

  private recordOperation(
    operation: string,
    attributes: OperationAttribute[],
    inputIds: number[],
    run: () => NativeTensor[],
  ): NativeTensor[] {
    const site = this.sites.current();
    const inputs = inputIds.map((id) => {
      const value = this.valueOfId.get(id);
      if (!value) throw new GraphError(`"${this.name}": ${describe(site)} uses an unknown tensor.`);
      return value;
    });
    const depends = inputs.some(({ node }) => this.dependent.has(node));
    const refusal =
      refuseOperation(this.name, operation, depends, site) ??
      refuseTypes(this.name, inputs.map(typeOf), site);
    if (refusal) throw this.reject(refusal);
    let outputs: NativeTensor[];
    try {
      outputs = run();
    } catch (cause) {
      throw new GraphError(
        `TensorFlow refused ${operation}, called by ${describe(site)}: ${(cause as Error).message}`,
        { cause },
      );
    }
    const node: GraphNode = {
      kind: 'operation',
      name: this.nodeName(operation.replace(/^_+/, '')),
      operation,
      attributes: completeAttributes(operation, attributes, inputs),
      inputs,
      outputs: outputs.map(({ dtype, shape }) => ({ dtype, shape: [...shape] })),
      site,
    };
    if (depends) this.dependent.add(node);
    outputs.forEach(({ id }, output) => {
      this.valueOfId.set(id, { node, output });
    });
    const unsupported = refuseTypes(this.name, outputs, site);
    if (unsupported) throw this.reject(unsupported);
    return outputs;
  }

  /** Puts the hooks in place. They are properties of the backend object itself, so removing them is exact. */
  install(): void {
    const { backend } = this;
    const engine = tf.engine() as unknown as {
      runKernel(kernel: string, ...rest: unknown[]): unknown;
    };
    const binding = backend.binding;
    const { random } = Math;
    const { createOutputTensor, getInputTensorIds, move, read, readSync } = backend;
    const { runKernel } = engine;
    const prototype = tf.Tensor.prototype as unknown as { throwIfDisposed(): void };
    const { throwIfDisposed } = prototype;
    const recorder = this;
    let constantSite: CallSite | undefined;

    backend.binding = Object.create(binding, {
      createTensor: {
        value: (shape: number[], dtype: number, values: NativeValues): number => {
          const id = binding.createTensor(shape, dtype, values);
          const site = constantSite ?? this.sites.current();
          this.valueOfId.set(id, this.constant({ shape: [...shape], dtype }, values, site));
          return id;
        },
      },
      executeOp: {
        value: (
          operation: string,
          attributes: OperationAttribute[],
          inputs: number[],
          outputs: number,
        ): NativeTensor[] =>
          this.recordOperation(operation, attributes, inputs, () =>
            binding.executeOp(operation, attributes, inputs, outputs),
          ),
      },
      runSavedModel: {
        value: (): never => {
          throw this.reject(refuseSavedModel(this.name, this.sites.current()));
        },
      },
    }) as typeof binding;

    backend.getInputTensorIds = (tensors): number[] =>
      tensors.map((tensor) => {
        const dataId = tensor.dataId as object | undefined;
        if (dataId && !backend.tensorMap.has(dataId)) throw this.refuseDisposed();
        constantSite = dataId && this.created.get(dataId);
        // An int64 scalar of tfjs-node has no storage; its number arrives through createTensor.
        const outside = dataId && !this.created.has(dataId) ? this.valueOf(dataId) : undefined;
        const [id] = getInputTensorIds.call(backend, [tensor]) as [number];
        constantSite = undefined;
        if (outside) this.valueOfId.set(id, outside);
        return id;
      });
    backend.createOutputTensor = (metadata): tf.Tensor => {
      const tensor = createOutputTensor.call(backend, metadata);
      const site = this.valueOfId.get(metadata.id)?.node.site;
      this.created.set(tensor.dataId, site ?? this.sites.current());
      return tensor;
    };
    backend.move = (dataId, ...rest): void => {
      this.created.set(dataId, this.sites.current());
      move.call(backend, dataId, ...rest);
    };
    backend.readSync = (dataId): unknown => {
      const refusal = this.refuseReading(dataId);
      if (refusal) throw refusal;
      return readSync.call(backend, dataId);
    };
    backend.read = (dataId): Promise<unknown> =>
      // The refusal is thrown when the function returns; a rejected promise nobody awaits would end the process.
      this.refuseReading(dataId) ? new Promise(() => undefined) : read.call(backend, dataId);
    engine.runKernel = (kernel, ...rest): unknown => {
      this.kernels.push(kernel);
      try {
        return runKernel.call(engine, kernel, ...rest);
      } finally {
        this.kernels.pop();
      }
    };
    prototype.throwIfDisposed = function (this: tf.Tensor): void {
      if (this.isDisposed) throw recorder.refuseDisposed();
    };
    Math.random = (): number => {
      this.randomness ??= refuseJavaScriptRandomness(this.name, this.sites.current());
      return random();
    };

    this.restore = (): void => {
      Math.random = random;
      prototype.throwIfDisposed = throwIfDisposed;
      backend.binding = binding;
      const hooked = backend as unknown as Record<string, unknown>;
      for (const hook of ['getInputTensorIds', 'createOutputTensor', 'move', 'readSync', 'read']) {
        delete hooked[hook];
      }
      delete (engine as unknown as Record<string, unknown>).runKernel;
    };
  }

  uninstall(): void {
    this.restore();
  }

  /** TensorFlow does not fetch what it is fed: such a value goes through an Identity. */
  private fetchable(value: GraphValue): GraphValue {
    if (value.node.kind !== 'placeholder') return value;
    const type = typeOf(value);
    const node: GraphNode = {
      kind: 'operation',
      name: this.nodeName('Identity'),
      operation: 'Identity',
      attributes: [typeAttribute('T', type.dtype)],
      inputs: [value],
      outputs: [type],
      site: value.node.site,
    };
    return { node, output: 0 };
  }

  /** A result the caller may dispose of: a tensor of the function's surroundings is cloned. */
  ownedByCaller(tensor: tf.Tensor): tf.Tensor {
    const value = this.placeholders.get(tensor.dataId);
    return value && value.node.kind === 'placeholder' ? tensor.clone() : tensor;
  }

  /** Where tensors were made that outlive the call, and are neither results nor values of variables. */
  keptTensors(results: readonly tf.Tensor[]): CallSite[] {
    const accounted = new Set<object>(results.map(({ dataId }) => dataId));
    for (const variable of registeredVariables()) accounted.add(variable.dataId);
    return [...this.created]
      .filter(([dataId]) => this.backend.tensorMap.has(dataId) && !accounted.has(dataId))
      .map(([, site]) => site);
  }

  /** The operations recorded so far that the results and the new values of the variables depend on. */
  graph(results: readonly tf.Tensor[], variables: Iterable<tf.Variable>): Graph {
    const assignments: Assignment[] = [];
    for (const variable of variables) {
      if (variable.isDisposed) throw refuseDisposedVariable(this.name, variable.name);
      const value = this.valueOf(variable.dataId);
      const { node } = value;
      const unchanged =
        node.kind === 'placeholder' &&
        node.feed.kind === 'variable' &&
        node.feed.variable === variable;
      if (!unchanged) assignments.push({ variable, value: this.fetchable(value) });
    }
    const values = results.map(({ dataId }) => this.fetchable(this.valueOf(dataId)));
    const nodes = reachable([...values, ...assignments.map(({ value }) => value)]);
    return { nodes, results: values, assignments };
  }
}

/** A tensor of its own storage with the same value; TensorFlow shares the memory. */
function separate(backend: NodeBackend, tensor: tf.Tensor): tf.Tensor {
  // tensorMap knows the true type: a decoded image is uint8 in TensorFlow and int32 in tfjs.
  const { dtype } = backend.tensorMap.get(tensor.dataId);
  return backend.executeSingleOutput('Identity', [typeAttribute('T', dtype)], [tensor]);
}

let tracing = false;

/** True while a function is being traced: compiled functions it calls become part of its graph. */
export function isTracing(): boolean {
  return tracing;
}

function registeredVariables(): tf.Variable[] {
  return Object.values(tf.engine().registeredVariables);
}

/** Calls the function with the recorder listening, and turns what went wrong into the error to throw. */
function callRecorded(
  recorder: Recorder,
  name: string,
  call: () => unknown,
): { readonly value: unknown } {
  tracing = true;
  recorder.install();
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
    recorder.uninstall();
    tracing = false;
  }
}

/**
 * Calls the function once, eagerly, and records the TensorFlow operations it runs. Assignments to variables take
 * effect as in any eager call; when the call fails, cannot be compiled or is not accepted, the variables get their
 * values back.
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
  const before = new Map<tf.Variable, tf.Tensor>();
  let results: tf.Tensor[] = [];
  let scopeIsOpen = true;

  engine.startScope('compile');
  try {
    // Tensors may share storage (a clone, a variable's initial value), and storage is what the recorder sees.
    // So each variable and each argument gets storage of its own first.
    for (const variable of registeredVariables()) {
      if (backend.refCount(variable.dataId) > 1) variable.assign(separate(backend, variable));
      before.set(variable, tf.keep(variable.clone()));
      recorder.feed(variable.dataId, { kind: 'variable', variable });
    }
    const copies = args.tensors.map((tensor, index) => {
      const copy = separate(backend, tensor);
      recorder.feed(copy.dataId, { kind: 'argument', index });
      return copy;
    });

    const { value } = callRecorded(recorder, name, () => fn(...(args.rebuild(copies) as never[])));

    const newVariables = registeredVariables().filter((variable) => !before.has(variable));
    // A call that builds a model draws its first weights in JavaScript; it is not the call to be repeated.
    if (recorder.randomness && newVariables.length === 0) throw recorder.randomness;
    const flat = flatten(value, `the result of "${name}"`);
    const graph = recorder.graph(flat.tensors, before.keys());
    results = flat.tensors.map((tensor) => recorder.ownedByCaller(tensor));
    engine.endScope(results);
    scopeIsOpen = false;
    const outcome: Trace = {
      graph,
      result: { ...flat, tensors: results },
      newVariables: newVariables.map((variable) => variable.name),
      keptTensors: recorder.keptTensors(results),
    };
    accept(outcome);
    return outcome;
  } catch (error) {
    for (const [variable, original] of before) {
      if (variable.dataId !== original.dataId && !variable.isDisposed) variable.assign(original);
    }
    if (scopeIsOpen) engine.endScope();
    else tf.dispose(results);
    throw error;
  } finally {
    tf.dispose([...before.values()]);
  }
}
