import type * as tf from '@tensorflow/tfjs';
import type { CallSite } from './call-site';
import type { OperationAttribute } from './node-backend';

/** One output of one node: an edge of the graph starts here. */
export interface GraphValue {
  readonly node: GraphNode;
  readonly output: number;
}

export interface ValueType {
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** What a placeholder stands for. */
export type Feed =
  | { readonly kind: 'argument'; readonly index: number }
  | { readonly kind: 'variable'; readonly variable: tf.Variable }
  | { readonly kind: 'captured'; readonly tensor: tf.TensorInfo };

interface NodeBase {
  /** Unique in its graph. */
  readonly name: string;
  readonly outputs: readonly ValueType[];
  readonly site: CallSite | undefined;
}

/** A tensor handed to the graph at each call. */
export interface PlaceholderNode extends NodeBase {
  readonly kind: 'placeholder';
  readonly feed: Feed;
}

/** A tensor whose values are part of the graph. */
export interface ConstantNode extends NodeBase {
  readonly kind: 'constant';
  /** The elements in memory order; a single one where all elements are equal (tfjs makes many zeros). */
  readonly bytes: Uint8Array;
}

/** A TensorFlow operation. */
export interface OperationNode extends NodeBase {
  readonly kind: 'operation';
  readonly operation: string;
  readonly attributes: readonly OperationAttribute[];
  readonly inputs: readonly GraphValue[];
}

export type GraphNode = PlaceholderNode | ConstantNode | OperationNode;

/** A new value of a variable, to be assigned after the graph has run. */
export interface Assignment {
  readonly variable: tf.Variable;
  readonly value: GraphValue;
}

/** A recorded function: what it computes, from what, and what it assigns. */
export interface Graph {
  /** All nodes the results depend on, inputs before their users. */
  readonly nodes: readonly GraphNode[];
  /** The tensors among the function's results, in order. */
  readonly results: readonly GraphValue[];
  readonly assignments: readonly Assignment[];
}

export function typeOf(value: GraphValue): ValueType {
  const type = value.node.outputs[value.output];
  if (type === undefined) throw new RangeError(`${value.node.name} has no output ${value.output}`);
  return type;
}

/** The nodes that the given values depend on, inputs before their users. */
export function reachable(values: readonly GraphValue[]): GraphNode[] {
  const done = new Set<GraphNode>();
  // An explicit stack: an unrolled recurrence is thousands of nodes deep.
  const stack = values.map((value) => ({ node: value.node, next: 0 })).reverse();
  while (stack.length > 0) {
    const top = stack[stack.length - 1] as { node: GraphNode; next: number };
    const inputs = top.node.kind === 'operation' ? top.node.inputs : [];
    const input = done.has(top.node) ? undefined : inputs[top.next++];
    if (input === undefined) {
      done.add(top.node);
      stack.pop();
    } else if (!done.has(input.node)) {
      stack.push({ node: input.node, next: 0 });
    }
  }
  return [...done];
}

/** Where a value is found once its node has been replaced. */
export function replacedValue(
  { node, output }: GraphValue,
  replacements: ReadonlyMap<GraphNode, GraphNode>,
): GraphValue {
  return { node: replacements.get(node) as GraphNode, output };
}

/** The graph made of `nodes`, its results and assignments taken from the replacements of the original's. */
export function replacedGraph(
  graph: Graph,
  nodes: readonly GraphNode[],
  replacements: ReadonlyMap<GraphNode, GraphNode>,
): Graph {
  return {
    nodes,
    results: graph.results.map((value) => replacedValue(value, replacements)),
    assignments: graph.assignments.map(({ variable, value }) => ({
      variable,
      value: replacedValue(value, replacements),
    })),
  };
}
