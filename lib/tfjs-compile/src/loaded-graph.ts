import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { describe } from './call-site';
import { GraphError } from './errors';
import { type Explanation, explain } from './explain';
import { type Feed, type Graph, type GraphValue, typeOf } from './graph';
import { savedModelBytes } from './graph-def';
import { type NativeTensor, type NodeBackend, nodeBackend } from './node-backend';
import { withTemporaryFolder } from './temporary-folder';

const FEED_ORDER: Record<Feed['kind'], number> = { argument: 0, variable: 1, captured: 2 };

function fetchName({ node, output }: GraphValue): string {
  return `${node.name}:${output}`;
}

/** TensorFlow's message with the tfjs call of the node it names: as {{node x}}, else the first that it mentions. */
function explainFailure(graph: Graph, error: unknown): string {
  const text = (error as Error).message;
  const sites = new Map(graph.nodes.map(({ name, site }) => [name, site]));
  const mentioned = [
    ...[...text.matchAll(/\{\{node ([^}\s]+)\}\}/g)].map(([, name]) => name as string),
    ...(text.match(/[\w./-]*\w/g) ?? []),
  ];
  const named = mentioned.find((name) => sites.get(name));
  const site = named === undefined ? undefined : sites.get(named);
  return site ? `${describe(site)} failed: ${text}` : text;
}

/** A graph that TensorFlow has loaded into a session of its own. */
export class LoadedGraph {
  private readonly backend: NodeBackend;
  private readonly session: number;
  private readonly feeds: readonly Feed[];
  private readonly placeholderNames: readonly string[];
  private readonly feedNames: string;
  /** Each value once, even where it is both a result and assigned to variables. */
  private readonly fetches: readonly GraphValue[];
  private readonly fetchNames: string;
  private readonly resultIndices: readonly number[];
  private readonly assignmentIndices: readonly number[];
  private deleted = false;

  /** @throws GraphError when TensorFlow refuses the graph. */
  constructor(
    readonly graph: Graph,
    private readonly name: string,
    unchanged = false,
  ) {
    this.backend = nodeBackend();
    const placeholders = graph.nodes
      .flatMap((node) => (node.kind === 'placeholder' ? [node] : []))
      .sort((a, b) => FEED_ORDER[a.feed.kind] - FEED_ORDER[b.feed.kind]);
    this.feeds = placeholders.map(({ feed }) => feed);
    this.placeholderNames = placeholders.map(({ name }) => name);
    this.feedNames = placeholders.map((node) => fetchName({ node, output: 0 })).join(',');

    const indices = new Map<string, number>();
    const fetches: GraphValue[] = [];
    const indexOf = (value: GraphValue): number => {
      const key = fetchName(value);
      let index = indices.get(key);
      if (index === undefined) {
        index = fetches.push(value) - 1;
        indices.set(key, index);
      }
      return index;
    };
    this.resultIndices = graph.results.map(indexOf);
    this.assignmentIndices = graph.assignments.map(({ value }) => indexOf(value));
    if (unchanged) {
      // TensorFlow's optimizer leaves nodes alone that are fetched.
      for (const node of graph.nodes) if (node.kind === 'operation') indexOf({ node, output: 0 });
    }
    this.fetches = fetches;
    this.fetchNames = fetches.map(fetchName).join(',');

    this.session = withTemporaryFolder((folder) => {
      writeFileSync(join(folder, 'saved_model.pb'), savedModelBytes(graph.nodes));
      try {
        return this.backend.binding.loadSavedModel(folder, 'serve');
      } catch (cause) {
        throw new GraphError(
          `TensorFlow could not load the graph of "${name}": ${explainFailure(graph, cause)}`,
          { cause },
        );
      }
    });
  }

  /** False where a variable or a captured tensor has been disposed of: the graph belongs to what no longer exists. */
  isCurrent(): boolean {
    const { tensorMap } = this.backend;
    const assigned = this.graph.assignments.every(({ variable }) => !variable.isDisposed);
    return (
      assigned &&
      this.feeds.every((feed) => {
        if (feed.kind === 'variable') return !feed.variable.isDisposed;
        return feed.kind === 'argument' || tensorMap.has(feed.tensor.dataId);
      })
    );
  }

  private inputIds(args: readonly tf.Tensor[]): number[] {
    return this.backend.getInputTensorIds(
      this.feeds.map((feed) => {
        if (feed.kind === 'argument') return args[feed.index] as tf.Tensor;
        return feed.kind === 'variable' ? feed.variable : feed.tensor;
      }),
    );
  }

  /**
   * Runs the graph, assigns the variables and returns the results.
   *
   * @throws GraphError when TensorFlow fails; the variables are then as before.
   */
  run(args: readonly tf.Tensor[]): tf.Tensor[] {
    if (this.fetches.length === 0) return [];
    const outputs = this.execute(this.inputIds(args));
    const tensors = outputs.map((metadata) => this.backend.createOutputTensor(metadata));
    const returned = new Set<number>();
    const results = this.resultIndices.map((index) => {
      const tensor = tensors[index] as tf.Tensor;
      // Two results may be one value; the caller disposes of each on its own.
      if (returned.has(index)) return tensor.clone();
      returned.add(index);
      return tensor;
    });
    this.graph.assignments.forEach(({ variable }, index) => {
      variable.assign(tensors[this.assignmentIndices[index] as number] as tf.Tensor);
    });
    tensors.forEach((tensor, index) => {
      if (!returned.has(index)) tensor.dispose();
    });
    return results;
  }

  private execute(inputs: number[]): NativeTensor[] {
    const { binding } = this.backend;
    try {
      const outputs = binding.runSavedModel(this.session, inputs, this.feedNames, this.fetchNames);
      outputs.forEach(({ shape }, index) => {
        const traced = typeOf(this.fetches[index] as GraphValue).shape;
        if (shape.join() !== traced.join()) {
          for (const { id } of outputs) binding.deleteTensor(id);
          throw new Error(
            `a result has the shape [${shape}] where the traced call had [${traced}]; its shape depends on values`,
          );
        }
      });
      return outputs;
    } catch (cause) {
      throw new GraphError(
        `TensorFlow failed in "${this.name}": ${explainFailure(this.graph, cause)}`,
        { cause },
      );
    }
  }

  /** Times each operation of one run, without assigning variables. */
  explain(args: readonly tf.Tensor[]): Explanation {
    const ids = this.inputIds(args);
    return explain(
      this.graph,
      new Map(this.placeholderNames.map((name, index) => [name, ids[index] as number])),
    );
  }

  /** Frees the session. */
  delete(): void {
    if (this.deleted) return;
    this.deleted = true;
    this.backend.binding.deleteSavedModel(this.session);
  }
}
