import type { Graph, GraphNode, GraphValue, OperationNode } from './graph';
import { typeOf } from './graph';
import { constantValues } from './graph-def';
import { nodeBackend } from './node-backend';

/** The time of the operations of one kind that come from one line. */
export interface OperationTime {
  /** TensorFlow's name, for instance `Conv2D`. */
  readonly operation: string;
  /** How many operations. */
  readonly count: number;
  /** Together, in milliseconds. */
  readonly milliseconds: number;
  /** The tfjs call they come from. */
  readonly call: string;
  /** `file:line:column` of that call. */
  readonly location: string;
  /** Shape of the first one's result. */
  readonly shape: readonly number[];
}

/** Where the time of one run goes; `String(explanation)` is a table of the slowest operations. */
export interface Explanation {
  /** Milliseconds of all operations, each run on its own. */
  readonly milliseconds: number;
  readonly operations: number;
  /** The slowest first. */
  readonly times: readonly OperationTime[];
  /** The explanation as text, for people. */
  toString(): string;
}

const SHOWN = 15;

function table(milliseconds: number, times: readonly OperationTime[]): string {
  const rows = times
    .slice(0, SHOWN)
    .map((time) => [
      time.milliseconds.toFixed(2),
      `${((100 * time.milliseconds) / milliseconds).toFixed(0)} %`,
      `${time.count}`,
      time.operation,
      `[${time.shape}]`,
      `${time.call}() ${time.location.split(/[\\/]/).pop()}`,
    ]);
  const all = [['ms', 'share', 'count', 'operation', 'result', 'from'], ...rows];
  const widths = (all[0] as string[]).map((_, column) =>
    Math.max(...all.map((row) => (row[column] as string).length)),
  );
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column < 3
          ? cell.padStart(widths[column] as number)
          : cell.padEnd(widths[column] as number),
      )
      .join('  ')
      .trimEnd(),
  );
  const rest = times.length - rows.length;
  if (rest > 0) lines.push(`… and ${rest} more`);
  return lines.join('\n');
}

function summarize(durations: ReadonlyMap<OperationNode, number>): Explanation {
  const groups = new Map<string, OperationTime>();
  let milliseconds = 0;
  for (const [node, duration] of durations) {
    milliseconds += duration;
    const { call, location } = node.site ?? { call: node.operation, location: 'an unknown line' };
    const key = `${node.operation} ${call} ${location}`;
    const group = groups.get(key);
    groups.set(key, {
      operation: node.operation,
      call,
      location,
      shape: group?.shape ?? node.outputs[0]?.shape ?? [],
      count: (group?.count ?? 0) + 1,
      milliseconds: (group?.milliseconds ?? 0) + duration,
    });
  }
  const times = [...groups.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  const text = `${durations.size} operations, ${milliseconds.toFixed(1)} ms when each runs on its own\n${table(milliseconds, times)}`;
  return { milliseconds, operations: durations.size, times, toString: () => text };
}

/**
 * Runs the operations of a graph one after the other, timing each, without assigning any variable. TensorFlow runs
 * the graph itself faster: it joins operations and runs independent ones at the same time.
 *
 * @param inputs TensorFlow's id of the tensor for each placeholder, by its name.
 */
export function explain(graph: Graph, inputs: ReadonlyMap<string, number>): Explanation {
  const { binding } = nodeBackend();
  const ids = new Map<GraphNode, number[]>();
  const idOf = ({ node, output }: GraphValue): number => {
    const id = ids.get(node)?.[output];
    if (id === undefined) throw new RangeError(`${node.name} was used before it was computed`);
    return id;
  };
  const uses = new Map<GraphNode, number>();
  for (const node of graph.nodes) {
    if (node.kind !== 'operation') continue;
    for (const input of node.inputs) uses.set(input.node, (uses.get(input.node) ?? 0) + 1);
  }
  const own = new Set<GraphNode>();
  const free = (node: GraphNode): void => {
    if (!own.delete(node)) return;
    for (const id of ids.get(node) ?? []) binding.deleteTensor(id);
    ids.delete(node);
  };
  const durations = new Map<OperationNode, number>();
  try {
    for (const node of graph.nodes) {
      if (node.kind === 'placeholder') {
        ids.set(node, [inputs.get(node.name) as number]);
        continue;
      }
      if (node.kind === 'constant') {
        const type = typeOf({ node, output: 0 });
        ids.set(node, [
          binding.createTensor([...type.shape], type.dtype, constantValues(type, node.bytes)),
        ]);
        own.add(node);
        continue;
      }
      const inputIds = node.inputs.map(idOf);
      const started = performance.now();
      const outputs = binding.executeOp(
        node.operation,
        [...node.attributes],
        inputIds,
        node.outputs.length,
      );
      durations.set(node, performance.now() - started);
      ids.set(
        node,
        outputs.map(({ id }) => id),
      );
      own.add(node);
      for (const { node: input } of node.inputs) {
        const left = (uses.get(input) ?? 0) - 1;
        uses.set(input, left);
        if (left === 0) free(input);
      }
      if (!uses.get(node)) free(node);
    }
  } finally {
    for (const node of [...own]) free(node);
  }
  return summarize(durations);
}
