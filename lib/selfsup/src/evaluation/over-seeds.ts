import { InvalidArgumentError } from '../runtime/errors';
import { InterruptedError, interruptible } from '../runtime/interruption';
import { plural } from '../runtime/plural';
import type { OnProgress } from '../runtime/progress';

/** One quantity, measured with several seeds. */
export class SeedSummary {
  readonly seeds: readonly number[];
  /** The value of each seed, in the order of `seeds`. */
  readonly values: readonly number[];
  readonly mean: number;
  /** Sample standard deviation, the root of Σ(x − mean)² / (n − 1); NaN for a single seed. */
  readonly deviation: number;

  /** @throws InvalidArgumentError when there are not as many values as seeds, or none. */
  constructor(seeds: readonly number[], values: readonly number[]) {
    if (seeds.length !== values.length || seeds.length === 0) {
      throw new InvalidArgumentError(
        `SeedSummary: ${values.length} values of ${seeds.length} seeds; expected one value for each, and at least one.`,
      );
    }
    this.seeds = [...seeds];
    this.values = [...values];
    this.mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - this.mean) ** 2, 0);
    this.deviation = Math.sqrt(squares / (values.length - 1));
  }

  /** A share between 0 and 1 as `59.5 ± 0.4 %`; of a single seed `59.5 %`. */
  percent(decimals = 1): string {
    return `${this.times(100).toString(decimals)} %`;
  }

  /** `1.23 ± 0.05`; of a single seed `1.23`. */
  toString(decimals = 2): string {
    const mean = this.mean.toFixed(decimals);
    return Number.isNaN(this.deviation) ? mean : `${mean} ± ${this.deviation.toFixed(decimals)}`;
  }

  /** The same in another unit: a share times 100 is in percent. */
  times(factor: number): SeedSummary {
    return new SeedSummary(
      this.seeds,
      this.values.map((value) => factor * value),
    );
  }

  /** Whether mean ± deviation of both lie apart. False where one has a single seed. */
  isApartFrom(other: SeedSummary): boolean {
    return Math.abs(this.mean - other.mean) > this.deviation + other.deviation;
  }
}

/** Options of {@link overSeeds}. */
export interface OverSeedsOptions {
  /** What is being done, for the progress. Default `Seeds`. */
  readonly label?: string;
  readonly onProgress?: OnProgress;
}

/**
 * Runs the same experiment once for each seed, one after the other, and summarises: one run says little where another
 * seed gives another number. One interrupt ends all of it, and no mean is taken over a run that was cut short.
 *
 * @param seeds Each a different one; what a seed decides is up to `run`, and should be said beside the number.
 * @param run Returns one number, or several by name, the same names each time.
 * @returns A {@link SeedSummary}, or one for each name.
 * @throws InterruptedError after an interrupt; it names the seeds that were finished, with their results.
 * @throws InvalidArgumentError when there are no seeds, one comes twice, a value is not a finite number, or the names
 *   change.
 * @example
 * const accuracy = await overSeeds([1, 2, 3], async (seed) => (await probe(seed)).accuracy);
 * console.log(accuracy.percent()); // 59.5 ± 0.4 %
 */
export async function overSeeds(
  seeds: readonly number[],
  run: (seed: number) => number | Promise<number>,
  options?: OverSeedsOptions,
): Promise<SeedSummary>;
export async function overSeeds<K extends string>(
  seeds: readonly number[],
  run: (seed: number) => Record<K, number> | Promise<Record<K, number>>,
  options?: OverSeedsOptions,
): Promise<Record<K, SeedSummary>>;
export async function overSeeds(
  seeds: readonly number[],
  run: (seed: number) => number | Record<string, number> | Promise<number | Record<string, number>>,
  { label = 'Seeds', onProgress }: OverSeedsOptions = {},
): Promise<SeedSummary | Record<string, SeedSummary>> {
  if (seeds.length === 0 || new Set(seeds).size < seeds.length) {
    throw new InvalidArgumentError(
      `overSeeds: the seeds are [${seeds.join(', ')}]; expected at least one, each once.`,
    );
  }
  const results: (number | Record<string, number>)[] = [];
  onProgress?.({ label, done: 0, total: seeds.length, unit: 'seeds' });
  await interruptible(async (isInterrupted) => {
    for (const seed of seeds) {
      const result = await Promise.resolve(run(seed)).catch((error: unknown) => {
        throw isInterrupted() ? interruption(seeds, results, error) : error;
      });
      // Whether it was the training that was cut short cannot be seen from its number.
      if (isInterrupted()) throw interruption(seeds, results);
      assertResult(seed, result, results[0]);
      results.push(result);
      onProgress?.({ label, done: results.length, total: seeds.length, unit: 'seeds' });
    }
  });
  const first = results[0] as number | Record<string, number>;
  if (typeof first === 'number') return new SeedSummary(seeds, results as number[]);
  return Object.fromEntries(
    Object.keys(first).map((name) => [
      name,
      new SeedSummary(
        seeds,
        results.map((result) => (result as Record<string, number>)[name] as number),
      ),
    ]),
  );
}

function interruption(
  seeds: readonly number[],
  results: readonly (number | Record<string, number>)[],
  cause?: unknown,
): InterruptedError {
  const finished = results.map(
    (result, index) => `seed ${seeds[index]}: ${JSON.stringify(result)}`,
  );
  return new InterruptedError(
    `overSeeds was interrupted at seed ${seeds[results.length]}, after ${results.length} of ${seeds.length} ${plural(seeds.length, 'seed')}` +
      `${finished.length === 0 ? '' : ` (${finished.join('; ')})`}. No mean is taken over less than all of them; run it again.`,
    { cause },
  );
}

function assertResult(
  seed: number,
  result: number | Record<string, number>,
  first: number | Record<string, number> | undefined,
): void {
  const named: Record<string, number> = typeof result === 'number' ? { value: result } : result;
  for (const [name, value] of Object.entries(named)) {
    if (!Number.isFinite(value)) {
      throw new InvalidArgumentError(
        `overSeeds: with seed ${seed} the run returned ${name} = ${value}; expected a finite number.`,
      );
    }
  }
  const namesOf = (one: number | Record<string, number>): string =>
    typeof one === 'number' ? 'one number' : Object.keys(one).sort().join(', ');
  if (first !== undefined && namesOf(first) !== namesOf(result)) {
    throw new InvalidArgumentError(
      `overSeeds: with seed ${seed} the run returned ${namesOf(result)}, before that ${namesOf(first)}; ` +
        'expected the same names each time.',
    );
  }
}
