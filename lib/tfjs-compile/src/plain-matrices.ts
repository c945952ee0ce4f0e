import {
  type ConstantNode,
  type Graph,
  type GraphNode,
  type GraphValue,
  type OperationNode,
  reachable,
  replacedGraph,
  typeOf,
  type ValueType,
} from './graph';
import { DataType, typeAttribute } from './node-backend';

/** A type `[1, m, n]`: the matrices that tfjs's dense layers multiply. */
function isBatchOfOne({ shape, dtype }: ValueType): boolean {
  return shape.length === 3 && shape[0] === 1 && dtype === DataType.FLOAT;
}

function withoutBatch({ dtype, shape }: ValueType): ValueType {
  return { dtype, shape: shape.slice(1) };
}

class Rewriting {
  private readonly made = new Map<GraphNode, GraphNode>();
  /** The matrix of the first output of a new node, which gives it a leading 1. */
  private readonly matrices = new Map<GraphNode, GraphNode>();
  private reshapes = 0;

  private value({ node, output }: GraphValue): GraphValue {
    return { node: this.made.get(node) as GraphNode, output };
  }

  private reshaped(value: GraphValue, { dtype, shape }: ValueType): GraphNode {
    const name = `plain_matrix_${this.reshapes++}`;
    const target: ConstantNode = {
      kind: 'constant',
      name: `${name}/shape`,
      bytes: new Uint8Array(Int32Array.from(shape).buffer),
      outputs: [{ dtype: DataType.INT32, shape: [shape.length] }],
      site: value.node.site,
    };
    return {
      kind: 'operation',
      name,
      operation: 'Reshape',
      attributes: [typeAttribute('T', dtype), typeAttribute('Tshape', DataType.INT32)],
      inputs: [value, { node: target, output: 0 }],
      outputs: [{ dtype, shape }],
      site: value.node.site,
    };
  }

  private knownMatrix({ node, output }: GraphValue): GraphNode | undefined {
    return output === 0 ? this.matrices.get(node) : undefined;
  }

  /** The new value without its leading 1: what was given one, where that is known. */
  private matrix(value: GraphValue): GraphValue {
    const { node } = value;
    let matrix = this.knownMatrix(value);
    if (matrix !== undefined) return { node: matrix, output: 0 };
    const type = withoutBatch(typeOf(value));
    if (node.kind === 'operation' && node.operation === 'Reshape') {
      const source = node.inputs[0] as GraphValue;
      if (String(typeOf(source).shape) === String(type.shape)) return source;
    }
    matrix = this.reshaped(value, type);
    if (value.output === 0) this.matrices.set(node, matrix);
    return { node: matrix, output: 0 };
  }

  private isKnownMatrix(value: GraphValue | undefined): boolean {
    return value !== undefined && this.knownMatrix(this.value(value)) !== undefined;
  }

  /** Whether the operation does the same to matrices without the leading 1. */
  private worksOnMatrices({ operation, inputs, outputs }: OperationNode): boolean {
    if (!outputs[0] || !isBatchOfOne(outputs[0])) return false;
    const [a, b] = inputs;
    if (operation === 'BatchMatMulV2') {
      return inputs.every((input) => isBatchOfOne(typeOf(input)));
    }
    if (operation === 'Relu') return this.isKnownMatrix(a);
    const isBias = b !== undefined && typeOf(b).shape.length === 1;
    return /^Add(V2)?$/.test(operation) && isBias && this.isKnownMatrix(a);
  }

  private visit(node: GraphNode): GraphNode {
    if (node.kind !== 'operation') return node;
    const inputs = node.inputs.map((input) => this.value(input));
    const [output] = node.outputs;
    const [first] = inputs;
    if (output && this.worksOnMatrices(node)) {
      const plain: OperationNode = {
        ...node,
        inputs: inputs.map((input) => (isBatchOfOne(typeOf(input)) ? this.matrix(input) : input)),
        outputs: [withoutBatch(output)],
      };
      const batch = this.reshaped({ node: plain, output: 0 }, output);
      this.matrices.set(batch, plain);
      return batch;
    }
    const matrix = first && this.knownMatrix(first);
    if (node.operation === 'Reshape' && matrix && output) {
      // The leading 1 is taken away again.
      if (String(matrix.outputs[0]?.shape) === String(output.shape)) return matrix;
    }
    return { ...node, inputs };
  }

  rewrite(graph: Graph): Graph {
    for (const node of graph.nodes) this.made.set(node, this.visit(node));
    const { results, assignments } = replacedGraph(graph, [], this.made);
    const nodes = reachable([...results, ...assignments.map(({ value }) => value)]);
    return { nodes, results, assignments };
  }
}

/**
 * The graph with products of matrices where tfjs's dense layers, and their gradients, multiply batches of a single
 * matrix, `[1, m, k] · [1, k, n]`; a bias and a relu after them as well. The numbers are the same, TensorFlow has a
 * faster kernel for them, and what tells matrices apart from batches (`withBiasAdd`, `withMatrixProducts`) finds them.
 */
export function withPlainMatrices(graph: Graph): Graph {
  return new Rewriting().rewrite(graph);
}
