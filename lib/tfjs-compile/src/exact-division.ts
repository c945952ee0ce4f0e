import type { Graph, GraphNode, GraphValue } from './graph';
import { replacedGraph, replacedValue, typeOf } from './graph';
import { nodeBackend, typeAttribute } from './node-backend';

/**
 * The graph with the fixed numbers in its divisions hidden from TensorFlow's optimizer, which would multiply by
 * reciprocals instead. A reciprocal rounds; of all that the optimizer does to a training step it was the only thing that
 * changed a result, and Adam, which divides by the size of the gradient, makes a last bit of a small gradient visible.
 */
export function withExactDivision(graph: Graph): Graph {
  const { binding } = nodeBackend();
  const hidden = new Map<GraphNode, GraphNode>();
  const made = new Map<GraphNode, GraphNode>();
  /** Nodes that the optimizer can compute beforehand. */
  const fixed = new Set<GraphNode>();
  const nodes: GraphNode[] = [];

  const hide = (constant: GraphValue): GraphNode => {
    let node = hidden.get(constant.node);
    if (!node) {
      const type = typeOf(constant);
      node = {
        kind: 'operation',
        name: `fixed_${hidden.size}`,
        operation: 'PlaceholderWithDefault',
        attributes: [
          typeAttribute('dtype', type.dtype),
          { name: 'shape', type: binding.TF_ATTR_SHAPE, value: type.shape },
        ],
        inputs: [constant],
        outputs: [type],
        site: constant.node.site,
      };
      hidden.set(constant.node, node);
      nodes.push(node);
    }
    return node;
  };
  const value = (old: GraphValue): GraphValue => replacedValue(old, made);
  for (const node of graph.nodes) {
    if (node.kind !== 'operation') {
      made.set(node, node);
      if (node.kind === 'constant') fixed.add(node);
    } else {
      const inputs = node.inputs
        .map(value)
        .map((input) =>
          node.operation === 'RealDiv' && fixed.has(input.node)
            ? { node: hide(input), output: 0 }
            : input,
        );
      const copy = { ...node, inputs };
      if (inputs.every((input) => fixed.has(input.node))) fixed.add(copy);
      made.set(node, copy);
    }
    nodes.push(made.get(node) as GraphNode);
  }
  return replacedGraph(graph, nodes, made);
}
