import * as tf from '@tensorflow/tfjs';
import { type CallSite, CallSites, describe } from './call-site';
import type { DeferredOperations } from './deferred-operations';
import { GraphError, type NotCompilableError } from './errors';
import {
  type Assignment,
  type Feed,
  type Graph,
  type GraphNode,
  type GraphValue,
  type OperationNode,
  reachable,
  typeOf,
  type ValueType,
} from './graph';
import { constantBytes } from './graph-def';
import {
  type NativeTensor,
  type NativeValues,
  type NodeBackend,
  type OperationAttribute,
  typeAttribute,
} from './node-backend';
import {
  refuseDisposedTensor,
  refuseDisposedVariable,
  refuseJavaScriptRandomness,
  refuseOperation,
  refuseRead,
  refuseSavedModel,
  refuseTypes,
} from './refusals';
import { hasFixedTypes, type RepeatedCall } from './repeated-call';
import { withTrueTypes } from './type-attributes';

/** tfjs-node reads the indices of tf.gather to check their range; TensorFlow's own kernel checks it again. */
const KERNELS_THAT_ONLY_VALIDATE = new Set(['GatherV2']);

/** How a call is recorded whose operations need not be computed, because they repeat those of an earlier one. */
export interface Repetition {
  readonly call: RepeatedCall;
  readonly deferred: DeferredOperations;
}

/** Records the operations that reach TensorFlow while the {@link recordingHooks} are installed. */
export class Recorder {
  /** The first thing that cannot be compiled; thrown at the end even where the function catches errors. */
  refusal: NotCompilableError | undefined;

  /** Set where the function drew random numbers in JavaScript, which only its first call may do. */
  randomness: NotCompilableError | undefined;

  /** All operations so far, in the order in which they ran. */
  readonly operations: OperationNode[] = [];

  private readonly sites = new CallSites();
  private readonly nodesByName = new Map<string, number>();
  private readonly valueOfId = new Map<number, GraphValue>();
  private readonly placeholders = new Map<object, GraphValue>();
  /** Storage made during the trace, with where it was made. */
  private readonly created = new Map<object, CallSite>();
  private readonly dependent = new Set<GraphNode>();
  /** The tfjs kernels under way, the innermost last. */
  private readonly kernels: string[] = [];
  /** Where the tensor was made whose JavaScript values are being handed to TensorFlow. */
  private constantSite: CallSite | undefined;

  constructor(
    private readonly backend: NodeBackend,
    private readonly name: string,
    private readonly repetition?: Repetition,
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

  /** Notes that JavaScript reads a value; the refusal where a graph could not repeat it. */
  refuseReading(dataId: object): NotCompilableError | undefined {
    const kernel = this.kernels[this.kernels.length - 1];
    if (kernel !== undefined && KERNELS_THAT_ONLY_VALIDATE.has(kernel)) return undefined;
    if (!this.dependsOnInputs(dataId)) return undefined;
    return this.reject(refuseRead(this.name, this.sites.current()));
  }

  refuseDisposed(): NotCompilableError {
    return this.reject(refuseDisposedTensor(this.name, this.sites.current()));
  }

  refuseSavedModel(): NotCompilableError {
    return this.reject(refuseSavedModel(this.name, this.sites.current()));
  }

  noteRandomness(): void {
    this.randomness ??= refuseJavaScriptRandomness(this.name, this.sites.current());
  }

  /** Runs a tfjs kernel, which is then known to be under way. */
  insideKernel<T>(kernel: string, run: () => T): T {
    this.kernels.push(kernel);
    try {
      return run();
    } finally {
      this.kernels.pop();
    }
  }

  /** Notes where the storage `dataId` is made; an output of TensorFlow is made by the operation it is an output of. */
  noteStorage(dataId: object, output?: NativeTensor): void {
    const site = output && this.valueOfId.get(output.id)?.node.site;
    this.created.set(dataId, site ?? this.sites.current());
    if (output) this.repetition?.deferred.noteStorage(dataId, output.id);
  }

  /** Notes that TensorFlow's tensor `id` holds values that JavaScript gave. */
  noteConstant(id: number, type: ValueType, values: NativeValues): void {
    const site = this.constantSite ?? this.sites.current();
    this.valueOfId.set(id, this.constant(type, values, site));
  }

  /** Looks up TensorFlow's id of an input with `getId`, and notes which value of the graph it is. */
  recordInput(tensor: tf.TensorInfo, getId: () => number): number {
    const dataId = tensor.dataId as object | undefined;
    if (dataId && !this.backend.tensorMap.has(dataId)) throw this.refuseDisposed();
    this.constantSite = dataId && this.created.get(dataId);
    // An int64 scalar of tfjs-node has no storage; its number arrives through createTensor.
    const outside = dataId && !this.created.has(dataId) ? this.valueOf(dataId) : undefined;
    const id = getId();
    this.constantSite = undefined;
    if (outside) this.valueOfId.set(id, outside);
    return id;
  }

  /** Runs an operation and adds it to the graph; one that repeats that of an earlier call is deferred. */
  recordOperation(
    operation: string,
    attributes: OperationAttribute[],
    inputIds: number[],
    run: (inputIds: number[]) => NativeTensor[],
  ): NativeTensor[] {
    const inputs = inputIds.map((id) => {
      const value = this.valueOfId.get(id);
      if (value) return value;
      throw new GraphError(
        `"${this.name}": ${describe(this.sites.current())} uses an unknown tensor.`,
      );
    });
    const depends = inputs.some(({ node }) => this.dependent.has(node));
    const call = { operation, attributes: withTrueTypes(operation, attributes, inputs), inputs };
    const earlier = this.repetition?.call.next(call);
    // To find out where one is takes longer than all else that is done here.
    const site = earlier?.site ?? this.sites.current();
    const refusal =
      refuseOperation(this.name, operation, depends, site) ??
      refuseTypes(this.name, inputs.map(typeOf), site);
    if (refusal) throw this.reject(refusal);
    const compute = (ids: number[]): NativeTensor[] => {
      try {
        return run(ids);
      } catch (cause) {
        throw new GraphError(
          `TensorFlow refused ${operation}, called by ${describe(site)}: ${(cause as Error).message}`,
          { cause },
        );
      }
    };
    const outputs =
      this.repetition && earlier && hasFixedTypes(operation)
        ? this.repetition.deferred.defer(inputIds, earlier.outputs, compute)
        : compute(inputIds);
    const node: OperationNode = {
      kind: 'operation',
      name: this.nodeName(operation.replace(/^_+/, '')),
      ...call,
      outputs: outputs.map(({ dtype, shape }) => ({ dtype, shape: [...shape] })),
      site,
    };
    this.operations.push(node);
    if (earlier) this.repetition?.call.note(node, earlier);
    if (depends) this.dependent.add(node);
    outputs.forEach(({ id }, output) => {
      this.valueOfId.set(id, { node, output });
    });
    const unsupported = refuseTypes(this.name, outputs, site);
    if (unsupported) throw this.reject(unsupported);
    return outputs;
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

  /** A result the caller may dispose of: a variable, or a tensor of the function's surroundings, is cloned. */
  ownedByCaller(tensor: tf.Tensor): tf.Tensor {
    if (tensor instanceof tf.Variable) return tensor.clone();
    const value = this.placeholders.get(tensor.dataId);
    return value && value.node.kind === 'placeholder' ? tensor.clone() : tensor;
  }

  /** Where the storage of a tensor was made, if it was during the trace. */
  siteOf({ dataId }: tf.Tensor): CallSite | undefined {
    return this.created.get(dataId);
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
