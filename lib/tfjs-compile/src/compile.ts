import * as tf from '@tensorflow/tfjs';
import { inBfloat16, requireFastBfloat16 } from './bfloat16';
import { withBiasAdd } from './bias-add';
import { CompileArgumentError } from './errors';
import type { Explanation } from './explain';
import { withHiddenOperands } from './fixed-operands';
import { difference } from './graph-difference';
import { type GraphSummary, summarize } from './graph-summary';
import { LoadedGraph } from './loaded-graph';
import { withMatrixProducts } from './matrix-product';
import { nodeBackend } from './node-backend';
import { withPlainMatrices } from './plain-matrices';
import {
  refuseDifferentTrace,
  refuseKeptTensor,
  refuseNewVariable,
  refusePromise,
} from './refusals';
import { withSeparateBiasGradient } from './separate-bias-gradient';
import { type FlatStructure, flatten, structureDifference } from './tensor-structure';
import { isTracing, type Trace, type TraceOptions, trace } from './trace';

/** How {@link compile} works; every field has a default. */
export interface CompileOptions {
  /** The function's name in messages; its own name by default. */
  readonly name?: string;
  /**
   * Whether the second call, too, is recorded and compared with the first, so that a number taken from a
   * JavaScript variable that changes between calls is refused instead of frozen. Default `true`.
   */
  readonly verify?: boolean;
  /**
   * `bfloat16` computes convolutions and products with weights in bfloat16, once compiled; weights, losses and
   * normalisation stay float32. It pays where the processor has such instructions. Default `float32`.
   */
  readonly precision?: 'float32' | 'bfloat16';
  /**
   * Whether TensorFlow must run the operations as they were recorded instead of joining and rewriting them. Results are then
   * the eager ones, on most processors to the last bit, which a test can compare over many steps (only softmax rounds in
   * another way in every graph); it is slower and needs as much memory as an eager call. Default `false`.
   */
  readonly unchanged?: boolean;
  /** How many graphs are kept, one for each combination of shapes, dtypes and plain arguments. Default 16. */
  readonly maxGraphs?: number;
  /** Receives warnings; by default they go to `console.warn`. */
  readonly onWarning?: (message: string) => void;
}

/** A function that runs as a TensorFlow graph. */
export interface Compiled<Args extends unknown[], Result> {
  (...args: Args): Result;
  /** The graphs compiled so far, the one used last at the end. */
  readonly graphs: readonly GraphSummary[];
  /**
   * The variables that the graphs so far assign (weights, an optimizer's moments, moving averages), in the order in which
   * they were created: what a checkpoint has to hold.
   */
  readonly state: readonly tf.Variable[];
  /**
   * Runs the graph for these arguments operation by operation and tells which take the time. Variables keep their
   * values.
   *
   * @throws CompileArgumentError when there is no graph for such arguments yet: call the function first.
   */
  explain(...args: Args): Explanation;
  /** Frees the graphs. A later call traces anew. */
  dispose(): void;
}

/** The state of one signature. */
interface Entry {
  /** The trace that the next one must equal, while the function is being verified. */
  first?: Trace;
  /** True after a call that created variables or kept tensors, which is not the call to be repeated. */
  warmedUp?: boolean;
  ready?: {
    readonly loaded: LoadedGraph;
    readonly summary: GraphSummary;
    readonly rebuild: FlatStructure['rebuild'];
  };
}

/** Retraces before the first warning. */
const WARN_AFTER = 5;

// A compiled function nobody can call any more must not hold a TensorFlow session.
const abandoned = new FinalizationRegistry<Map<string, Entry>>((entries) => {
  for (const { ready } of entries.values()) ready?.loaded.delete();
});

class Compilation<Args extends unknown[], Result> {
  readonly entries = new Map<string, Entry>();
  private readonly name: string;
  private readonly verify: boolean;
  private readonly precision: 'float32' | 'bfloat16';
  private readonly unchanged: boolean;
  private readonly maxGraphs: number;
  private readonly warn: (message: string) => void;
  private readonly assigned = new Set<tf.Variable>();
  private verified = false;
  private signatures = 0;
  private nextWarning = WARN_AFTER;

  constructor(
    private readonly fn: (...args: Args) => Result,
    options: CompileOptions,
  ) {
    const {
      name = fn.name || 'function',
      verify = true,
      precision = 'float32',
      unchanged = false,
      maxGraphs = 16,
      onWarning = console.warn,
    } = options;
    if (!Number.isInteger(maxGraphs) || maxGraphs < 1) {
      throw new CompileArgumentError(`maxGraphs is ${maxGraphs}; expected a whole number from 1.`);
    }
    this.name = name;
    this.verify = verify;
    if (precision === 'bfloat16') requireFastBfloat16();
    else if (precision !== 'float32') {
      throw new CompileArgumentError(
        `precision is ${precision}; expected 'float32' or 'bfloat16'.`,
      );
    }
    this.precision = precision;
    this.unchanged = unchanged;
    this.maxGraphs = maxGraphs;
    this.warn = onWarning;
  }

  get graphs(): GraphSummary[] {
    return [...this.entries.values()].flatMap(({ ready }) => (ready ? [ready.summary] : []));
  }

  get state(): tf.Variable[] {
    return [...this.assigned]
      .filter((variable) => !variable.isDisposed)
      .sort((a, b) => a.id - b.id);
  }

  /** The arguments taken apart, and the key of their graph. */
  private signature(args: Args): { readonly flat: FlatStructure; readonly key: string } {
    const { tensorMap } = nodeBackend();
    const flat = flatten(args, 'argument', 'stay');
    for (const tensor of flat.tensors) {
      if (tensor.isDisposed) {
        throw new CompileArgumentError(
          `"${this.name}" was called with a tensor of shape [${tensor.shape}] that has been disposed of.`,
        );
      }
    }
    // A decoded image is uint8 in TensorFlow and int32 in tfjs: two graphs.
    const native = flat.tensors.map(({ dataId }) => tensorMap.get(dataId).dtype);
    return { flat, key: `${flat.key} | ${native}` };
  }

  explain(args: Args): Explanation {
    const { flat, key } = this.signature(args);
    const ready = this.entries.get(key)?.ready;
    if (!ready) {
      throw new CompileArgumentError(
        `"${this.name}" has no graph for these arguments yet. Call it with them first; the graph is there after the second call.`,
      );
    }
    return ready.loaded.explain(flat.tensors);
  }

  call(args: Args): Result {
    if (isTracing()) return this.inlined(args);
    nodeBackend();
    if ((tf.engine() as unknown as { state: { gradientDepth: number } }).state.gradientDepth > 0) {
      throw new CompileArgumentError(
        `"${this.name}" is compiled and was called inside tf.grad or tf.variableGrads, which cannot see into ` +
          'a graph. Compute the gradients inside the compiled function.',
      );
    }
    const { flat, key } = this.signature(args);
    const entry = this.entry(key);
    if (entry.ready && !entry.ready.loaded.isCurrent()) {
      entry.ready.loaded.delete();
      delete entry.ready;
    }
    if (this.verified && entry.first && !entry.ready) this.load(entry, key, entry.first, 0);
    if (entry.ready) {
      const { loaded, rebuild } = entry.ready;
      return rebuild(loaded.run(flat.tensors)) as Result;
    }
    return this.traceInto(entry, key, flat);
  }

  /** The call as a part of the function that is being traced; its results are tensors of their own, as they always are. */
  private inlined(args: Args): Result {
    const value = this.fn(...args);
    if (value instanceof Promise) {
      value.catch(() => undefined);
      throw refusePromise(this.name);
    }
    const { tensors, rebuild } = flatten(value, `the result of "${this.name}"`, 'are tensors');
    return rebuild(tensors.map((tensor) => tensor.clone())) as Result;
  }

  /** The state of a signature, moved to the end of the cache; the one not used for longest makes room. */
  private entry(key: string): Entry {
    let entry = this.entries.get(key);
    this.entries.delete(key);
    if (!entry) {
      entry = {};
      this.countSignature(key);
      for (const [oldest, { ready }] of this.entries) {
        if (this.entries.size < this.maxGraphs) break;
        ready?.loaded.delete();
        this.entries.delete(oldest);
      }
    }
    this.entries.set(key, entry);
    return entry;
  }

  private countSignature(key: string): void {
    this.signatures += 1;
    if (this.signatures < this.nextWarning) return;
    this.nextWarning *= 2;
    const [previous] = [...this.entries.keys()].slice(-1);
    this.warn(
      `tfjs-compile: "${this.name}" is being traced for the ${this.signatures}th combination of shapes and plain ` +
        'values, and each costs an eager call and a graph. Use equal shapes (drop or pad the last batch) and pass ' +
        `numbers that change as tensors (tf.scalar). Before: ${previous}. Now: ${key}.`,
    );
  }

  private traceInto(entry: Entry, key: string, flat: FlatStructure): Result {
    const started = performance.now();
    const isVerified = !this.verify || this.verified;
    const accept: TraceOptions['accept'] = (traced) => {
      if (traced.newVariables.length > 0 || traced.keptTensors.length > 0) {
        if (!entry.warmedUp) return undefined;
        if (traced.newVariables.length > 0) throw refuseNewVariable(this.name, traced.newVariables);
        throw refuseKeptTensor(this.name, traced.keptTensors[0]);
      }
      if (!isVerified) {
        if (!entry.first) return undefined;
        const what =
          structureDifference(entry.first.result, traced.result) ??
          difference(entry.first.graph, traced.graph);
        if (what !== undefined) throw refuseDifferentTrace(this.name, what);
      }
      const loaded = this.load(entry, key, traced, performance.now() - started);
      this.verified = true;
      return (args) => loaded.run(args);
    };
    const earlier = isVerified ? undefined : entry.first;
    const traced = trace(this.fn, flat, { name: this.name, earlier, accept });
    if (traced.newVariables.length > 0 || traced.keptTensors.length > 0) entry.warmedUp = true;
    else if (!entry.ready) entry.first = traced;
    return traced.result.rebuild(traced.result.tensors) as Result;
  }

  private load(entry: Entry, key: string, traced: Trace, traceMs: number): LoadedGraph {
    const started = performance.now();
    const hidden = withHiddenOperands(traced.graph);
    const biased = this.unchanged
      ? withSeparateBiasGradient(hidden)
      : withBiasAdd(withPlainMatrices(hidden));
    const precise = this.precision === 'bfloat16' ? inBfloat16(biased) : biased;
    const graph = this.unchanged ? precise : withMatrixProducts(precise);
    const loaded = new LoadedGraph(graph, this.name, this.unchanged);
    const summary = summarize(graph, key, traceMs, performance.now() - started);
    entry.ready = { loaded, summary, rebuild: traced.result.rebuild };
    for (const { variable } of graph.assignments) this.assigned.add(variable);
    delete entry.first;
    return loaded;
  }

  dispose(): void {
    for (const { ready } of this.entries.values()) ready?.loaded.delete();
    this.entries.clear();
    this.assigned.clear();
  }
}

/**
 * Compiles a function of tensors to a TensorFlow graph. The function must be synchronous; it may use any
 * TensorFlow.js operation, gradients and optimizers included, and read and assign `tf.Variable`s. Calls with shapes
 * and dtypes not seen before run eagerly and are recorded, later ones run the graph: the same numbers, without the
 * cost of sending every operation on its own.
 *
 * - **Arguments and result**: tensors, or arrays and plain objects of them. Plain values among the arguments
 *   (numbers, strings, booleans) choose the graph: each new value is traced anew, so pass numbers that change as
 *   tensors. Results are new tensors that belong to the caller; tensors made on the way are disposed of.
 * - **Variables** that the function reads are read at each call, and those it assigns are assigned at each call.
 * - **The first call** may create variables (an optimizer its moments); the calls after it may not.
 * - **JavaScript** runs only in traced calls: a counter, a `console.log` or a changed JavaScript number inside the
 *   function has no effect on later ones. The second call is traced as well and compared with the first, so that
 *   most such mistakes are refused (see {@link CompileOptions.verify}).
 *
 * @throws NotCompilableError when the function does what a graph cannot repeat: reads a value (`dataSync`), draws
 *   random numbers in JavaScript, keeps tensors. Variables are then as before the call.
 * @throws GraphError when TensorFlow fails.
 *
 * @example
 * const step = compile((images: tf.Tensor4D) => {
 *   const { value, grads } = tf.variableGrads(() => loss(model.predict(images)));
 *   optimizer.applyGradients(grads);
 *   return value;
 * });
 * const loss = step(batch);
 */
export function compile<Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
  options: CompileOptions = {},
): Compiled<Args, Result> {
  const compilation = new Compilation(fn, options);
  const compiled = (...args: Args): Result => compilation.call(args);
  abandoned.register(compiled, compilation.entries);
  return Object.defineProperties(
    Object.assign(compiled, {
      dispose: () => compilation.dispose(),
      explain: (...args: Args) => compilation.explain(args),
    }),
    { graphs: { get: () => compilation.graphs }, state: { get: () => compilation.state } },
  ) as Compiled<Args, Result>;
}
