import { existsSync, readFileSync } from 'node:fs';
import { CompileError } from './errors';
import {
  type Graph,
  type GraphNode,
  type GraphValue,
  type OperationNode,
  reachable,
  typeOf,
} from './graph';
import { constantValues } from './graph-def';
import { DataType, nodeBackend, typeAttribute } from './node-backend';

/** The inputs and outputs of an operation that have its attribute `T` for type. */
interface Typed {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** Operations whose products are worth bfloat16. */
const PRODUCTS: Readonly<Record<string, Typed>> = {
  Conv2D: { inputs: [0, 1], outputs: [0] },
  Conv2DBackpropInput: { inputs: [1, 2], outputs: [0] },
  Conv2DBackpropFilter: { inputs: [0, 2], outputs: [0] },
  BatchMatMulV2: { inputs: [0, 1], outputs: [0] },
  // Only the gradient of an LSTM has it at this point: products with its weights, and those for their gradients.
  MatMul: { inputs: [0, 1], outputs: [0] },
};

/**
 * Operations that stay in bfloat16 where their inputs are bfloat16 already: they move or select values, or they
 * compute in float32 inside and round at the end, so going through float32 would only cost time.
 */
const FOLLOWERS: Readonly<Record<string, Typed>> = {
  BiasAddGrad: { inputs: [0], outputs: [0] },
  FusedBatchNormGradV3: { inputs: [0, 1], outputs: [0] },
  FusedBatchNormV3: { inputs: [0], outputs: [0] },
  MaxPool: { inputs: [0], outputs: [0] },
  MaxPoolGrad: { inputs: [0, 1, 2], outputs: [0] },
  Relu: { inputs: [0], outputs: [0] },
  ReluGrad: { inputs: [0, 1], outputs: [0] },
  Reshape: { inputs: [0], outputs: [0] },
  Transpose: { inputs: [0], outputs: [0] },
};

/** Operations that pass a weight on unchanged. */
const VIEWS = new Set(['ExpandDims', 'Identity', 'Reshape', 'Transpose']);

/**
 * The precision in which `compile` runs convolutions and products fastest here: `bfloat16` where the processor multiplies
 * such numbers, `float32` elsewhere.
 */
export function fastestPrecision(cpu: string = describeProcessor()): 'float32' | 'bfloat16' {
  return /\b(avx512_bf16|amx_bf16|bf16)\b/.test(cpu) ? 'bfloat16' : 'float32';
}

/** @throws CompileError where bfloat16 would be slower than float32. */
export function requireFastBfloat16(cpu?: string, environment = process.env): void {
  if (fastestPrecision(cpu) === 'bfloat16') return;
  const variable = variableAgainstBfloat16(environment);
  const why = variable
    ? `${variable} keeps TensorFlow from multiplying bfloat16 numbers`
    : 'this processor does not multiply bfloat16 numbers (neither avx512_bf16 nor amx_bf16 nor ' +
      "Arm's bf16 is among its features), so it would be slower";
  throw new CompileError(
    `precision: 'bfloat16' was asked for, but ${why}. Use precision: 'float32'.`,
  );
}

/** oneDNN's names of instruction sets that multiply bfloat16 numbers, and of all there are. */
const WITH_BFLOAT16 = /^(AVX512_CORE_(BF16|FP16|AMX.*)|AVX10.*|ALL|DEFAULT)$/;

/**
 * The variable of the environment, with its value, by which TensorFlow does not use what the processor has for bfloat16. oneDNN ends
 * the process where it is asked for such a product and was told not to use those instructions.
 */
export function variableAgainstBfloat16(environment: NodeJS.ProcessEnv): string | null {
  const { TF_ENABLE_ONEDNN_OPTS: used } = environment;
  if (used !== undefined && /^(0|false)$/i.test(used)) return `TF_ENABLE_ONEDNN_OPTS=${used}`;
  for (const name of ['ONEDNN_MAX_CPU_ISA', 'DNNL_MAX_CPU_ISA']) {
    const most = environment[name];
    if (most && !WITH_BFLOAT16.test(most.toUpperCase())) return `${name}=${most}`;
  }
  return null;
}

/** What says whether this machine multiplies bfloat16 numbers: `/proc/cpuinfo`, where nothing speaks against its use. */
function describeProcessor(): string {
  const { binding } = nodeBackend() as unknown as { binding: { isUsingGpuDevice?(): boolean } };
  if (binding.isUsingGpuDevice?.()) return 'bf16';
  if (variableAgainstBfloat16(process.env) !== null) return '';
  return existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
}

/** A shape without the dimensions of length 1 that tfjs puts before matrices. */
function extent(value: GraphValue): string {
  return typeOf(value)
    .shape.filter((size) => size !== 1)
    .join();
}

/** The `BiasAddGrad` that computes what a `Sum` over all axes but the last does. */
function biasGradient(sum: OperationNode): OperationNode {
  const format = {
    name: 'data_format',
    type: nodeBackend().binding.TF_ATTR_STRING,
    value: 'NHWC',
  };
  return {
    ...sum,
    operation: 'BiasAddGrad',
    attributes: [typeAttribute('T', DataType.FLOAT), format],
    inputs: sum.inputs.slice(0, 1),
  };
}

/** Rewrites a graph node by node. */
class Rewriting {
  /** The float32 form of each old value. */
  private readonly full = new Map<GraphNode, GraphNode | ReadonlyMap<number, GraphValue>>();
  /** The bfloat16 form of new float32 values, where one exists. */
  private readonly halves = new Map<GraphNode, Map<number, GraphValue>>();
  private readonly weights = new Map<GraphNode, boolean>();
  /** What products with weights multiply with the weights, and the weights' shapes. */
  private readonly layerInputs = new Map<string, Set<string>>();
  private casts = 0;

  constructor(private readonly graph: Graph) {
    for (const node of graph.nodes) {
      if (node.kind !== 'operation' || !PRODUCTS[node.operation]) continue;
      const operands = node.inputs.filter((input) => typeOf(input).dtype === DataType.FLOAT);
      const shapes = operands.filter((input) => this.isWeight(input)).map(extent);
      if (shapes.length === 0) continue;
      for (const input of operands) {
        const key = this.key(input);
        this.layerInputs.set(key, new Set([...(this.layerInputs.get(key) ?? []), ...shapes]));
      }
    }
  }

  private key({ node, output }: GraphValue): string {
    return `${node.name}:${output}`;
  }

  private isWeight({ node }: GraphValue): boolean {
    let known = this.weights.get(node);
    if (known === undefined) {
      known =
        node.kind === 'placeholder'
          ? node.feed.kind !== 'argument'
          : node.kind === 'operation' &&
            VIEWS.has(node.operation) &&
            node.inputs[0] !== undefined &&
            this.isWeight(node.inputs[0]);
      this.weights.set(node, known);
    }
    return known;
  }

  /**
   * Convolutions are layers. A matrix product belongs to a layer when it multiplies with a weight, or when it is a
   * weight's gradient: it multiplies with what the layer multiplies with the weight, and the result has the weight's
   * shape. Others, as in a contrastive loss, stay float32.
   */
  private isLayerProduct(node: OperationNode): boolean {
    if (node.operation !== 'BatchMatMulV2') return PRODUCTS[node.operation] !== undefined;
    const result = extent({ node, output: 0 });
    return node.inputs.some(
      (input) => this.isWeight(input) || this.layerInputs.get(this.key(input))?.has(result),
    );
  }

  /**
   * The bias of a convolution, added to a result that is bfloat16 already, or the sum of two such images. The bias of a
   * dense layer is added in float32: TensorFlow would join it to the product, and oneDNN's joined product of bfloat16
   * numbers takes four times as long as the product by itself.
   */
  private isFollowingSum(node: OperationNode): boolean {
    const [a, b] = node.inputs;
    if (!a || !b || !/^(Add|AddV2|BiasAdd)$/.test(node.operation) || !this.hasHalf(a)) return false;
    if (typeOf(a).shape.length !== 4) return false;
    return this.hasHalf(b) || (typeOf(b).shape.length === 1 && this.isWeight(b));
  }

  /**
   * The sum over all axes but the last, as tfjs's fused layers sum their gradient to that of the bias. As a `BiasAddGrad`
   * it needs no float32 form of the gradient, and TensorFlow joins it to the product that computes the weights' gradient.
   */
  private isBiasGradient(node: OperationNode): boolean {
    const [x, axes] = node.inputs;
    if (node.operation !== 'Sum' || !x || axes?.node.kind !== 'constant' || !this.hasHalf(x)) {
      return false;
    }
    const rank = typeOf(x).shape.length;
    const summed = new Set(constantValues(typeOf(axes), axes.node.bytes) as Int32Array);
    const dropped = !node.attributes.some(({ name, value }) => name === 'keep_dims' && value);
    return dropped && rank > 1 && summed.size === rank - 1 && !summed.has(rank - 1);
  }

  private cast(value: GraphValue, from: number, to: number): GraphValue {
    const binding = nodeBackend().binding;
    const node: GraphNode = {
      kind: 'operation',
      name: `bfloat16_${this.casts++}`,
      operation: 'Cast',
      attributes: [
        typeAttribute('SrcT', from),
        typeAttribute('DstT', to),
        { name: 'Truncate', type: binding.TF_ATTR_BOOL, value: false },
      ],
      inputs: [value],
      outputs: [{ dtype: to, shape: typeOf(value).shape }],
      site: value.node.site,
    };
    return { node, output: 0 };
  }

  /** The new float32 value of an old value. */
  value({ node, output }: GraphValue): GraphValue {
    const rewritten = this.full.get(node);
    if (rewritten instanceof Map) {
      const found = rewritten.get(output) as GraphValue | undefined;
      if (found) return found;
    }
    return { node: rewritten as GraphNode, output };
  }

  private hasHalf(old: GraphValue): boolean {
    const { node, output } = this.value(old);
    return this.halves.get(node)?.has(output) ?? false;
  }

  private half(old: GraphValue): GraphValue {
    const value = this.value(old);
    let halves = this.halves.get(value.node);
    if (!halves) {
      halves = new Map();
      this.halves.set(value.node, halves);
    }
    let half = halves.get(value.output);
    if (!half) {
      half = this.cast(value, DataType.FLOAT, DataType.BFLOAT16);
      halves.set(value.output, half);
    }
    return half;
  }

  private inHalf(node: OperationNode, typed: Typed): void {
    const made: OperationNode = {
      ...node,
      attributes: node.attributes.map((attribute) =>
        attribute.name === 'T' ? { ...attribute, value: DataType.BFLOAT16 } : attribute,
      ),
      inputs: node.inputs.map((input, index) =>
        typed.inputs.includes(index) ? this.half(input) : this.value(input),
      ),
      outputs: node.outputs.map((output, index) =>
        typed.outputs.includes(index) ? { ...output, dtype: DataType.BFLOAT16 } : output,
      ),
    };
    const full = new Map<number, GraphValue>();
    made.outputs.forEach((_, output) => {
      const value = { node: made, output };
      if (!typed.outputs.includes(output)) {
        full.set(output, value);
        return;
      }
      // Whether the cast back is used shows in what the results depend on.
      const back = this.cast(value, DataType.BFLOAT16, DataType.FLOAT);
      full.set(output, back);
      this.halves.set(back.node, new Map([[0, value]]));
    });
    this.full.set(node, full);
  }

  private visit(node: GraphNode): void {
    if (node.kind !== 'operation') {
      this.full.set(node, node);
      return;
    }
    const isFloat = node.attributes.some(
      ({ name, value }) => name === 'T' && value === DataType.FLOAT,
    );
    const product = PRODUCTS[node.operation];
    const follower = FOLLOWERS[node.operation];
    if (isFloat && product && this.isLayerProduct(node)) this.inHalf(node, product);
    else if (
      isFloat &&
      follower?.inputs.every((index) => this.hasHalf(node.inputs[index] as GraphValue))
    ) {
      this.inHalf(node, follower);
    } else if (isFloat && this.isFollowingSum(node))
      this.inHalf(node, { inputs: [0, 1], outputs: [0] });
    else if (this.isBiasGradient(node)) {
      const gradient = biasGradient(node);
      this.inHalf(gradient, { inputs: [0], outputs: [0] });
      this.full.set(node, this.full.get(gradient) as ReadonlyMap<number, GraphValue>);
    } else this.full.set(node, { ...node, inputs: node.inputs.map((input) => this.value(input)) });
  }

  rewrite(): Graph {
    for (const node of this.graph.nodes) this.visit(node);
    const results = this.graph.results.map((value) => this.value(value));
    const assignments = this.graph.assignments.map(({ variable, value }) => ({
      variable,
      value: this.value(value),
    }));
    const nodes = reachable([...results, ...assignments.map(({ value }) => value)]);
    return { nodes, results, assignments };
  }
}

/**
 * The graph with its convolutions and its products with weights in bfloat16 (8 bits of mantissa, the range of
 * float32). Weights, their updates, losses and statistics of normalisation stay float32.
 */
export function inBfloat16(graph: Graph): Graph {
  return new Rewriting(graph).rewrite();
}
