import {
  type Graph,
  type GraphNode,
  type GraphValue,
  replacedGraph,
  replacedValue,
  typeOf,
} from './graph';
import { DataType, nodeBackend, type OperationAttribute } from './node-backend';

/** True for a vector added to the last axis of something larger: what TensorFlow calls a bias. */
function isBiasAdd(node: GraphNode): boolean {
  if (node.kind !== 'operation' || !/^Add(V2)?$/.test(node.operation)) return false;
  const [a, b] = node.inputs.map(typeOf);
  return (
    a !== undefined &&
    b !== undefined &&
    a.dtype === DataType.FLOAT &&
    b.shape.length === 1 &&
    (a.shape.length === 2 || a.shape.length === 4) &&
    a.shape[a.shape.length - 1] === b.shape[0]
  );
}

/**
 * The graph with `BiasAdd` where tfjs adds a vector to the last axis: the same numbers, and TensorFlow joins a
 * convolution or product, its `BiasAdd` and a relu to one operation.
 */
export function withBiasAdd(graph: Graph): Graph {
  const format: OperationAttribute = {
    name: 'data_format',
    type: nodeBackend().binding.TF_ATTR_STRING,
    value: 'NHWC',
  };
  const made = new Map<GraphNode, GraphNode>();
  const value = (old: GraphValue): GraphValue => replacedValue(old, made);
  for (const node of graph.nodes) {
    if (node.kind !== 'operation') {
      made.set(node, node);
      continue;
    }
    const inputs = node.inputs.map(value);
    made.set(
      node,
      isBiasAdd(node)
        ? { ...node, operation: 'BiasAdd', attributes: [...node.attributes, format], inputs }
        : { ...node, inputs },
    );
  }
  const nodes = graph.nodes.map((node) => made.get(node) as GraphNode);
  return replacedGraph(graph, nodes, made);
}
