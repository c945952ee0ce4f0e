import type { Graph } from './graph';

/** What is known about one compiled graph. */
export interface GraphSummary {
  /** The dtypes and shapes (and plain values) of the arguments it belongs to. */
  readonly signature: string;
  /** TensorFlow operations, without constants and inputs. */
  readonly operations: number;
  readonly constants: number;
  /** Bytes of all constants. */
  readonly constantBytes: number;
  /** Variables it reads. */
  readonly variablesRead: number;
  /** Variables it assigns. */
  readonly variablesAssigned: number;
  /** Tensors from outside the function that are neither arguments nor variables. */
  readonly capturedTensors: number;
  /** Milliseconds of the traced eager call. */
  readonly traceMs: number;
  /** Milliseconds to write and load the graph. */
  readonly loadMs: number;
}

/** Counts what a loaded graph consists of. */
export function summarize(
  graph: Graph,
  signature: string,
  traceMs: number,
  loadMs: number,
): GraphSummary {
  const constants = graph.nodes.filter(({ kind }) => kind === 'constant');
  const feeds = (kind: string): number =>
    graph.nodes.filter((node) => node.kind === 'placeholder' && node.feed.kind === kind).length;
  return {
    signature,
    operations: graph.nodes.filter(({ kind }) => kind === 'operation').length,
    constants: constants.length,
    constantBytes: constants.reduce(
      (bytes, node) => bytes + (node.kind === 'constant' ? node.bytes.length : 0),
      0,
    ),
    variablesRead: feeds('variable'),
    variablesAssigned: graph.assignments.length,
    capturedTensors: feeds('captured'),
    traceMs,
    loadMs,
  };
}
