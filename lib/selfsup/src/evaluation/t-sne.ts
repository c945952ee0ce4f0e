import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type * as druidModule from '@saehrimnir/druidjs';
import { assertSeed } from '../runtime/checks';
import { InvalidArgumentError, SelfSupError } from '../runtime/errors';
import { InterruptListener } from '../runtime/interrupt-listener';
import { assertNotInterrupted, markInterrupted } from '../runtime/interruption';
import type { OnProgress } from '../runtime/progress';
import { RandomGenerator } from '../runtime/random-generator';
import * as tf from '../runtime/tensorflow';
import { workLimit } from '../runtime/work-limit';
import { exactSquaredDistances, unitOf } from './exact-squared-distances';
import { assertFinite } from './labelled-features';
import type { TsneJsReport, TsneJsTask } from './t-sne-js-worker';

/** The libraries that can compute {@link tsne}. */
export type TsneImplementation = 'druid' | 'tsne-js';

/** Options of {@link tsne}. */
export interface TsneOptions {
  /** About how many neighbours each point has. Default 30; below a third of the number of points. */
  readonly perplexity?: number;
  /** Where the points start, and so which of many similar maps is found: a whole number, 0 to 2³¹ − 1. Default 0. */
  readonly seed?: number;
  /**
   * `druid`: druidjs (Cutura, Kralj, Sedlmair, 2020), exact, in WebAssembly. `tsne-js`: kept for comparison; it
   * takes distances without squaring them and adapts its steps the wrong way round, and needs minutes for 1,000 points.
   */
  readonly implementation?: TsneImplementation;
  /** Steps of gradient descent. Default 350; of `tsne-js` 1000, fewer where it finds no more progress. */
  readonly iterations?: number;
  /** Step length. Default the number of points / 16, at least 50; of `tsne-js` 1000. */
  readonly learningRate?: number;
  readonly onProgress?: OnProgress;
}

/** The matrices between all points take 32 bytes a pair: 800 MB here. */
const MOST_POINTS = 5000;
/** How long the event loop waits for its turn. */
const TURN_MS = 40;
/** Standard deviation of the first positions, as in the paper. */
const START_DEVIATION = 1e-4;

/**
 * A map of features in the plane that keeps neighbours together (t-distributed stochastic neighbour embedding). With
 * `p_ij` large where features are near and `q_ij` where positions are, it lowers
 *
 * ```
 * KL(P ‖ Q) = Σ_ij p_ij log(p_ij / q_ij)      q_ij ∝ 1 / (1 + ‖y_i − y_j‖²)
 * ```
 *
 * by gradient descent from random positions. Distances between far points, and sizes and gaps of clusters, mean little.
 * The map stays the same when all features are shifted, or multiplied by one number (up to rounding).
 *
 * It yields to the event loop every few steps. An interrupt (Ctrl-C, JupyterLab's stop button) ends the descent after
 * the step under way, and the call returns the positions reached. After it no further map or training begins in the same
 * notebook cell.
 *
 * @param features `[N, d]`, float32, N from 4 to 5,000.
 * @returns Positions `[N, 2]`, float32; the caller disposes them. Equal seeds give equal positions.
 * @throws InvalidArgumentError when the features are no such matrix or not finite, the perplexity is not above 1 and
 *   below N / 3, or another option is out of range.
 * @throws SelfSupError when a position of the map is not a finite number: the learning rate is too large for the points.
 * @see van der Maaten, Hinton, "Visualizing Data using t-SNE", JMLR 9, 2008.
 */
export async function tsne(features: tf.Tensor2D, options: TsneOptions = {}): Promise<tf.Tensor2D> {
  const {
    perplexity = 30,
    seed = 0,
    implementation = 'druid',
    iterations = implementation === 'druid' ? 350 : 1000,
    onProgress,
  } = options;
  const n = features.shape[0];
  assertFeatures(features);
  assertOptions(n, { ...options, perplexity, seed, implementation, iterations });
  const learningRate =
    options.learningRate ?? (implementation === 'druid' ? Math.max(n / 16, 50) : 1000);

  assertNotInterrupted('tsne');
  // A cell's interrupts arrive at our listener only after the cell has awaited something (see `train`).
  await nextTurn();
  const run: Run = {
    ...{ perplexity, seed, learningRate, onProgress },
    iterations: Math.min(iterations, workLimit()),
  };
  const interrupt = new InterruptListener();
  try {
    const positions =
      implementation === 'druid'
        ? await byDruid(features, run, interrupt)
        : await byTsneJs(features, run, interrupt);
    assertMap(positions, learningRate, perplexity);
    return tf.tensor2d(Float32Array.from(positions), [n, 2]);
  } finally {
    if (interrupt.interrupted) markInterrupted();
    interrupt.release();
  }
}

/** A step too long sends points to infinity, and NaN would be drawn as nothing at all. */
function assertMap(positions: ArrayLike<number>, learningRate: number, perplexity: number): void {
  for (let i = 0; i < positions.length; i++) {
    if (Number.isFinite(Math.fround(positions[i] as number))) continue;
    throw new SelfSupError(
      `tsne: the map has left the range of numbers (point ${Math.floor(i / 2)} is at ${positions[i]}), with learning rate ` +
        `${learningRate} and perplexity ${perplexity}. Leave the learning rate out, or raise the perplexity.`,
    );
  }
}

interface Run {
  readonly perplexity: number;
  readonly seed: number;
  readonly iterations: number;
  readonly learningRate: number;
  readonly onProgress: OnProgress | undefined;
}

function assertFeatures(features: tf.Tensor2D): void {
  if (features.rank !== 2 || features.shape[0] < 4 || features.shape[0] > MOST_POINTS) {
    throw new InvalidArgumentError(
      `tsne: the features are [${features.shape.join(', ')}]; expected [N, d] with N from 4 to ` +
        `${MOST_POINTS.toLocaleString('en-GB')}. Map a sample of the points: features.slice([0], [1000]).`,
    );
  }
  assertFinite('tsne', 'features', features);
}

function assertOptions(
  n: number,
  {
    perplexity,
    seed,
    implementation,
    iterations,
    learningRate = 1,
  }: Required<Pick<TsneOptions, 'perplexity' | 'seed' | 'implementation' | 'iterations'>> &
    TsneOptions,
): void {
  // A point with one neighbour has the perplexity 1, so nothing smaller, nor 1 itself, has a bandwidth.
  if (!(perplexity > 1 && perplexity < n / 3)) {
    throw new InvalidArgumentError(
      `tsne: the perplexity is ${perplexity} for ${n} points; expected a number above 1 and below ` +
        `${(n / 3).toFixed(1)}, a third of the points. Lower the perplexity or map more points.`,
    );
  }
  assertSeed('tsne', seed);
  if (implementation !== 'druid' && implementation !== 'tsne-js') {
    throw new InvalidArgumentError(
      `tsne: the implementation is "${String(implementation)}"; expected "druid" (default) or "tsne-js".`,
    );
  }
  const rateFits = learningRate > 0 && Number.isFinite(learningRate);
  if (!(Number.isInteger(iterations) && iterations > 0 && rateFits)) {
    throw new InvalidArgumentError(
      `tsne: iterations is ${iterations} and the learning rate ${learningRate}; expected a whole number and a ` +
        'finite number above 0. Leave them out for the defaults.',
    );
  }
}

/**
 * druidjs with the distances computed by TensorFlow: its own take longer than the rest for wide features. The rows it is
 * given are the numbers of the points, and its metric looks their distance up. Two columns, because its buffers take
 * the width of its rows for that of the positions.
 */
async function byDruid(
  features: tf.Tensor2D,
  { perplexity, seed, iterations, learningRate, onProgress }: Run,
  interrupt: InterruptListener,
): Promise<ArrayLike<number>> {
  const { TSNE } = require('@saehrimnir/druidjs') as typeof druidModule;
  const n = features.shape[0];
  const distances = await relativeDistances(features);
  const rows = Array.from({ length: n }, (_, point) => [point, 0]);
  const model = new TSNE(rows, {
    perplexity,
    epsilon: learningRate,
    d: 2,
    seed,
    metric: (a, b) => distances[(a[0] as number) * n + (b[0] as number)] as number,
  });
  let done = 0;
  let turnAt = performance.now() + TURN_MS;
  let positions: ArrayLike<ArrayLike<number>> = [];
  for (positions of model.generator(iterations)) {
    done++;
    if (performance.now() < turnAt && done < iterations) continue;
    onProgress?.({ label: 't-SNE', done, total: iterations, unit: 'steps' });
    await nextTurn();
    if (interrupt.interrupted) break;
    turnAt = performance.now() + TURN_MS;
  }
  return Array.from(positions, (position) => Array.from(position)).flat();
}

/** Squared distances in units of their mean, so that the search for each point's bandwidth starts near its end. */
async function relativeDistances(features: tf.Tensor2D): Promise<ArrayLike<number>> {
  const unit = unitOf(features);
  const inUnits = tf.tidy(() => features.div(unit) as tf.Tensor2D);
  try {
    const distances = await exactSquaredDistances(inUnits, inUnits);
    const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
    return mean === 0 ? distances : distances.map((distance) => distance / mean);
  } finally {
    inUnits.dispose();
  }
}

/** tsne-js in a thread of its own. */
async function byTsneJs(
  features: tf.Tensor2D,
  { perplexity, seed, iterations, learningRate, onProgress }: Run,
  interrupt: InterruptListener,
): Promise<ArrayLike<number>> {
  const task: TsneJsTask = {
    features: await features.array(),
    start: gaussianStart(2 * features.shape[0], seed),
    perplexity,
    learningRate,
    iterations,
  };
  const worker = new Worker(join(__dirname, 't-sne-js-worker.js'), { workerData: task });
  try {
    return await new Promise((resolve, reject) => {
      worker.on('message', ({ iteration, positions }: TsneJsReport) => {
        try {
          onProgress?.({
            label: 't-SNE (tsne-js)',
            done: iteration,
            total: iterations,
            unit: 'steps',
          });
        } catch (error) {
          // Thrown to the worker's events it would end the process.
          reject(error);
        }
        if (iteration === iterations || interrupt.interrupted) resolve(positions);
      });
      worker.on('error', (cause) =>
        reject(
          new SelfSupError(
            `tsne: tsne-js failed (${cause.message}). Use the default implementation, "druid".`,
            { cause },
          ),
        ),
      );
    });
  } finally {
    await worker.terminate();
  }
}

/** Normally distributed first positions (Box and Muller's formula). */
function gaussianStart(length: number, seed: number): Float64Array {
  const random = new RandomGenerator(seed);
  const uniform = () => (random.nextUint32() + 1) / 2 ** 32;
  return Float64Array.from(
    { length },
    () => START_DEVIATION * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}
