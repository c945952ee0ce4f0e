import { type Graph, type GraphNode, replacedGraph, replacedValue, typeOf } from './graph';
import { DataType } from './node-backend';

const RENAMED: Readonly<Record<string, string>> = { adj_x: 'transpose_a', adj_y: 'transpose_b' };

function isProductOfMatrices(node: GraphNode): boolean {
  return (
    node.kind === 'operation' &&
    node.operation === 'BatchMatMulV2' &&
    node.inputs
      .map(typeOf)
      .every(
        ({ dtype, shape }) =>
          shape.length === 2 && (dtype === DataType.FLOAT || dtype === DataType.BFLOAT16),
      )
  );
}

/**
 * The graph with `MatMul` where tfjs multiplies two matrices: `BatchMatMulV2`, which it calls for every product, takes
 * longer for small ones, and TensorFlow joins a bias and a relu to `MatMul` only.
 */
export function withMatrixProducts(graph: Graph): Graph {
  const made = new Map<GraphNode, GraphNode>();
  for (const node of graph.nodes) {
    if (node.kind !== 'operation') {
      made.set(node, node);
      continue;
    }
    const inputs = node.inputs.map((input) => replacedValue(input, made));
    made.set(
      node,
      isProductOfMatrices(node)
        ? {
            ...node,
            operation: 'MatMul',
            attributes: node.attributes.map((attribute) => ({
              ...attribute,
              name: RENAMED[attribute.name] ?? attribute.name,
            })),
            inputs,
          }
        : { ...node, inputs },
    );
  }
  const nodes = graph.nodes.map((node) => made.get(node) as GraphNode);
  return replacedGraph(graph, nodes, made);
}
