import { InvalidArgumentError } from '../runtime/errors';
import { deviationOf, type Measured, meanOf } from './measured';
import { roundingOf } from './rounding';

/** One named row of points. */
export interface Series {
  readonly name: string;
  /** Positions along the horizontal axis; 1, 2, 3, … when left out (epochs, say). */
  readonly x?: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Standard deviation of each `y`, drawn as a band or bar of mean ± one deviation. */
  readonly deviation?: ArrayLike<number>;
}

/** One point of a series, as a row of a chart's data. `null` where the number was not finite: a gap. */
export interface SeriesPoint {
  readonly series: string;
  readonly x: number | null;
  readonly y: number | null;
  readonly lower?: number | null;
  readonly upper?: number | null;
}

/**
 * The points of all series as rows.
 *
 * @throws InvalidArgumentError when nothing is given, names repeat, or lengths differ.
 */
export function pointsOf(series: readonly Series[]): SeriesPoint[] {
  if (series.length === 0) {
    throw new InvalidArgumentError('The chart was given no series; expected at least one.');
  }
  const names = new Set(series.map(({ name }) => name));
  if (names.size < series.length) {
    throw new InvalidArgumentError(
      `The series are named ${series.map(({ name }) => `"${name}"`).join(', ')}; give each a name of its own.`,
    );
  }
  const roundedX = roundingOf(series.flatMap(({ x }) => Array.from(x ?? [])));
  const roundedY = roundingOf(series.flatMap(({ y }) => Array.from(y)));
  return series.flatMap(({ name, x, y, deviation }) => {
    for (const [field, values] of Object.entries({ x, deviation })) {
      if (values !== undefined && values.length !== y.length) {
        throw new InvalidArgumentError(
          `Series "${name}" has ${y.length} values of y but ${values.length} of ${field}; give as many of each.`,
        );
      }
    }
    return Array.from(y, (value, index) => {
      const spread = deviation?.[index];
      return {
        series: name,
        x: x === undefined ? index + 1 : roundedX(x[index] as number),
        y: roundedY(value),
        ...(spread !== undefined && {
          lower: roundedY(value - spread),
          upper: roundedY(value + spread),
        }),
      };
    });
  });
}

/**
 * Series out of records: `seriesFromRecords(history, { x: 'epoch', y: 'loss', by: 'method' })`.
 *
 * @param records One object per point.
 * @param fields Which fields hold `x`, `y` and, where wanted, the `deviation` (a `y` that is a mean with its deviation, such as a
 * `SeedSummary`, brings its own); `by` names the field that splits the
 * records into series, in order of first appearance. Without `by` there is one series, named after `y`.
 */
export function seriesFromRecords<R extends object>(
  records: readonly R[],
  fields: {
    readonly x?: keyof R & string;
    readonly y: keyof R & string;
    readonly deviation?: keyof R & string;
    readonly by?: keyof R & string;
  },
): Series[] {
  const { x, y, deviation, by } = fields;
  const groups = new Map<string, R[]>(by === undefined ? [[y, []]] : []);
  for (const record of records) {
    const name = by === undefined ? y : String(record[by]);
    const rows = groups.get(name);
    if (rows === undefined) groups.set(name, [record]);
    else rows.push(record);
  }
  const numbers = (rows: readonly R[], field: keyof R) => rows.map((row) => Number(row[field]));
  return [...groups].map(([name, rows]) => {
    const measured = rows.map((row) => row[y] as Measured);
    const own = measured.flatMap((value) => deviationOf(value) ?? []);
    const ownDeviation = own.length > 0 && own.length === rows.length ? own : undefined;
    const deviations = deviation === undefined ? ownDeviation : numbers(rows, deviation);
    return {
      name,
      y: measured.map(meanOf),
      ...(x !== undefined && { x: numbers(rows, x) }),
      ...(deviations !== undefined && { deviation: deviations }),
    };
  });
}
