import type { Graph, GraphNode, GraphValue, OperationNode } from './graph';
import { replacedGraph, replacedValue, typeOf } from './graph';
import { nodeBackend, typeAttribute } from './node-backend';

/** Whether a fixed operand must be hidden from TensorFlow's optimizer. */
function mustHide(
  { operation, outputs }: OperationNode,
  operand: GraphValue,
  other: GraphValue,
): boolean {
  if (operation === 'RealDiv') return true;
  const shapeOf = (value: GraphValue): string => typeOf(value).shape.join();
  const shape = outputs[0]?.shape.join();
  return operation === 'Mul' && shapeOf(operand) === shape && shapeOf(other) !== shape;
}

/**
 * The graph with fixed numbers hidden from TensorFlow's optimizer where it would go wrong.
 *
 * - In divisions it would multiply by reciprocals instead. A reciprocal rounds; of all that the optimizer does to a training
 *   step it was the only thing that changed a result, and Adam, which divides by the size of the gradient, makes a last bit of
 *   a small gradient visible.
 * - In products that repeat something along larger ones (tfjs's gradient of a sum) it would put a `Tile`, and where it has lost the
 *   shape of what is repeated, one with a negative number of repetitions, which fails when it runs.
 */
export function withHiddenOperands(graph: Graph): Graph {
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
      const inputs = node.inputs.map(value).map((input, index, all) => {
        const other = all[1 - index];
        return other && fixed.has(input.node) && mustHide(node, input, other)
          ? { node: hide(input), output: 0 }
          : input;
      });
      const copy = { ...node, inputs };
      if (inputs.every((input) => fixed.has(input.node))) fixed.add(copy);
      made.set(node, copy);
    }
    nodes.push(made.get(node) as GraphNode);
  }
  return replacedGraph(graph, nodes, made);
}
