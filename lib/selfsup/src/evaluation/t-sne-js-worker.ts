import { parentPort, workerData } from 'node:worker_threads';

/** What the worker is given. */
export interface TsneJsTask {
  readonly features: number[][];
  /** Where the points start, `[N · 2]`: tsne-js draws them with `Math.random`, which cannot be seeded. */
  readonly start: Float64Array;
  readonly perplexity: number;
  readonly learningRate: number;
  readonly iterations: number;
}

/** What the worker tells after each iteration. */
export interface TsneJsReport {
  readonly iteration: number;
  readonly positions: Float64Array;
}

/** The part of tsne-js that is used; the package has no types. */
interface TsneJs {
  outputEmbedding: { readonly data: Float64Array };
  init(input: { data: number[][]; type: 'dense' }): void;
  on(event: 'progressIter', listener: (state: [iteration: number]) => void): void;
  run(): void;
}
type TsneJsConstructor = new (
  options: Readonly<Record<'dim' | 'perplexity' | 'learningRate' | 'nIter', number>>,
) => TsneJs;

/** tsne-js computes without a pause, so it gets a thread of its own and the caller's event loop goes on. */
function run({ features, start, perplexity, learningRate, iterations }: TsneJsTask): void {
  const Model = require('tsne-js') as TsneJsConstructor;
  const model = new Model({ dim: 2, perplexity, learningRate, nIter: iterations });
  model.init({ data: features, type: 'dense' });
  model.outputEmbedding.data.set(start);
  const tell = (iteration: number) => {
    const report: TsneJsReport = { iteration, positions: model.outputEmbedding.data.slice() };
    parentPort?.postMessage(report);
  };
  model.on('progressIter', ([iteration]) => tell(iteration));
  model.run();
  tell(iterations);
}

run(workerData as TsneJsTask);
