import type { Graph, GraphNode, GraphValue } from './graph';
import { replacedGraph, replacedValue, typeOf } from './graph';
import { typeAttribute } from './node-backend';

/**
 * The graph with an Identity before every `BiasAddGrad`. TensorFlow's oneDNN pass, which runs after Grappler, joins a
 * `BiasAddGrad` to the `Conv2DBackpropFilter` of the same gradient, and the joined operation sums in another order.
 */
export function withSeparateBiasGradient(graph: Graph): Graph {
  const made = new Map<GraphNode, GraphNode>();
  const nodes: GraphNode[] = [];
  const value = (old: GraphValue): GraphValue => replacedValue(old, made);
  const add = (node: GraphNode): GraphValue => {
    nodes.push(node);
    return { node, output: 0 };
  };
  for (const node of graph.nodes) {
    if (node.kind !== 'operation') {
      made.set(node, node);
      add(node);
      continue;
    }
    let inputs = node.inputs.map(value);
    if (node.operation === 'BiasAddGrad') {
      inputs = inputs.map((input) =>
        add({
          kind: 'operation',
          name: `separate_${node.name}`,
          operation: 'Identity',
          attributes: [typeAttribute('T', typeOf(input).dtype)],
          inputs: [input],
          outputs: [typeOf(input)],
          site: node.site,
        }),
      );
    }
    const copy = { ...node, inputs };
    made.set(node, copy);
    add(copy);
  }
  return replacedGraph(graph, nodes, made);
}
