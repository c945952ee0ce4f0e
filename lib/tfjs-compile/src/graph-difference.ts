import { describe } from './call-site';
import type { Graph, GraphNode, GraphValue } from './graph';

function where(node: GraphNode): string {
  return node.site ? describe(node.site) : `the node ${node.name}`;
}

function sameFeed(a: GraphNode, b: GraphNode): boolean {
  if (a.kind !== 'placeholder' || b.kind !== 'placeholder') return false;
  if (a.feed.kind === 'argument')
    return b.feed.kind === 'argument' && a.feed.index === b.feed.index;
  if (a.feed.kind === 'variable') {
    return b.feed.kind === 'variable' && a.feed.variable === b.feed.variable;
  }
  return b.feed.kind === 'captured' && a.feed.tensor.dataId === b.feed.tensor.dataId;
}

/** What differs between two nodes of equal rank in two traces, or `undefined`. Inputs are compared by the caller. */
export function differenceOfNodes(a: GraphNode, b: GraphNode): string | undefined {
  if (a.kind !== b.kind) return `it did something else at ${where(b)} than in the call before`;
  const types = (node: GraphNode): string => JSON.stringify(node.outputs);
  if (a.kind === 'placeholder') {
    if (sameFeed(a, b)) return undefined;
    return `it used another tensor or variable from outside itself at ${where(b)} than in the call before`;
  }
  if (a.kind === 'constant' && b.kind === 'constant') {
    if (types(a) === types(b) && Buffer.compare(a.bytes, b.bytes) === 0) return undefined;
    return `the numbers that ${where(b)} makes from JavaScript values changed from one call to the next`;
  }
  if (a.kind === 'operation' && b.kind === 'operation') {
    if (a.operation !== b.operation || types(a) !== types(b)) {
      return `it did something else at ${where(b)} (${b.operation}) than in the call before (${a.operation})`;
    }
    if (JSON.stringify(a.attributes) !== JSON.stringify(b.attributes)) {
      return `the settings of ${where(b)} (${b.operation}) changed from one call to the next`;
    }
  }
  return undefined;
}

/** What differs between two traces of one function, as the middle of a sentence; `undefined` when nothing does. */
export function difference(a: Graph, b: Graph): string | undefined {
  const ranks = (graph: Graph): Map<GraphNode, number> =>
    new Map(graph.nodes.map((node, index) => [node, index]));
  const ranksOfA = ranks(a);
  const ranksOfB = ranks(b);
  const same = (x: GraphValue | undefined, y: GraphValue | undefined): boolean =>
    x !== undefined &&
    y !== undefined &&
    x.output === y.output &&
    ranksOfA.get(x.node) === ranksOfB.get(y.node);

  for (const [index, node] of b.nodes.entries()) {
    const other = a.nodes[index];
    if (!other) return `it did more at ${where(node)} than in the call before`;
    const found = differenceOfNodes(other, node);
    if (found) return found;
    if (node.kind === 'operation' && other.kind === 'operation') {
      const equal =
        node.inputs.length === other.inputs.length &&
        node.inputs.every((input, at) => same(other.inputs[at], input));
      if (!equal)
        return `${where(node)} (${node.operation}) got other inputs than in the call before`;
    }
  }
  if (a.nodes.length !== b.nodes.length) return 'it did less than in the call before';
  if (a.results.length !== b.results.length || !b.results.every((r, i) => same(a.results[i], r))) {
    return 'it returned other tensors than in the call before';
  }
  const assigned = (graph: Graph): string =>
    graph.assignments.map(({ variable }) => variable.id).join();
  if (assigned(a) !== assigned(b)) return 'it assigned other variables than in the call before';
  const unequal = b.assignments.find(({ value }, i) => !same(a.assignments[i]?.value, value));
  if (unequal)
    return `it computed "${unequal.variable.name}" in another way than in the call before`;
  return undefined;
}
