import { alternate, type Measured } from './alternation';
import { type Claim, type Finding, NOT_MEASURED } from './claim';
import type { MeasuringOptions, Row, RowResult, Table } from './row';
import { type Summary, summarize } from './sample-statistics';
import { canRun, type Side } from './side-process';

export interface ComparisonRow {
  readonly name: string;
  readonly title: string;
  readonly sides: readonly Side[];
  readonly rounds: number;
  /** Steps of each side in a round. */
  readonly repeats: number;
  /** `mean` where waiting comes in bursts, as in a pipeline: a median would not see it. Default `median`. */
  readonly statistic?: 'median' | 'mean';
  /** Steps that make an epoch, to give its seconds too. */
  readonly epochSteps?: number;
  readonly claims: readonly TimesClaim[];
  readonly notes: readonly string[];
}

/** The times of the sides that were measured. */
export class Times {
  private readonly byId: ReadonlyMap<string, Measured>;

  constructor(
    measured: readonly Measured[],
    private readonly statistic: 'median' | 'mean',
  ) {
    this.byId = new Map(measured.map((one) => [one.side.id, one]));
  }

  summary(id: string): Summary | null {
    const measured = this.byId.get(id);
    return measured === undefined ? null : summarize(measured.rounds.flat());
  }

  flops(id: string): number | undefined {
    return this.byId.get(id)?.facts.flops;
  }

  /** How many times faster `fast` is than `slow`: overall, and the least and most in a round. */
  ratio(slow: string, fast: string): { value: number; least: number; most: number } | null {
    const [a, b] = [this.byId.get(slow), this.byId.get(fast)];
    if (a === undefined || b === undefined) return null;
    const ratioOf = (slower: readonly number[], faster: readonly number[]): number =>
      summarize(slower)[this.statistic] / summarize(faster)[this.statistic];
    const inRounds = a.rounds.map((round, index) => ratioOf(round, b.rounds[index] ?? []));
    return {
      value: ratioOf(a.rounds.flat(), b.rounds.flat()),
      least: Math.min(...inRounds),
      most: Math.max(...inRounds),
    };
  }
}

/** A claim about the times of sides. */
export interface TimesClaim extends Claim {
  /** `null` where a side was not measured. */
  readonly find: (times: Times) => Finding | null;
}

/** That `fast` is so many times faster than `slow`. */
export function atLeast(target: number, slow: string, fast: string, than: string): TimesClaim {
  const claim = `≥ ${target.toFixed(1)} × ${than}`;
  return { ...ratioClaim(slow, fast), claim, bound: { atLeast: target } };
}

/** That `slow` costs at most so many times what `fast` does. */
export function atMost(target: number, slow: string, fast: string, than: string): TimesClaim {
  const claim = `≤ ${target.toFixed(1)} × ${than}`;
  return { ...ratioClaim(slow, fast), claim, bound: { atMost: target } };
}

function ratioClaim(slow: string, fast: string): Pick<TimesClaim, 'id' | 'find'> {
  return {
    id: `${slow}/${fast}`,
    find: (times) => {
      const ratio = times.ratio(slow, fast);
      if (ratio === null) return null;
      const { value } = ratio;
      const [least, most] = [ratio.least.toFixed(2), ratio.most.toFixed(2)];
      return { value, reached: `${value.toFixed(2)} × (rounds: ${least}–${most})` };
    },
  };
}

/** Milliseconds with three digits. */
export function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A line for each side. */
function tableOf(
  { sides, statistic = 'median', epochSteps }: ComparisonRow,
  measured: readonly Measured[],
): Table {
  const columns = [
    'side',
    `${statistic} (ms)`,
    'quartiles (ms)',
    'least–most (ms)',
    'steps',
    ...(epochSteps === undefined ? [] : ['epoch (s)']),
    'peak memory (MiB)',
    'compiled by',
  ];
  const rows = sides.map((side) => {
    const found = measured.find((one) => one.side === side);
    if (found === undefined) return [side.label, NOT_MEASURED, ...columns.slice(2).map(() => '')];
    const summary = summarize(found.rounds.flat());
    const typical = summary[statistic];
    return [
      side.label,
      milliseconds(typical),
      `${milliseconds(summary.lowerQuartile)}–${milliseconds(summary.upperQuartile)}`,
      `${milliseconds(summary.min)}–${milliseconds(summary.max)}`,
      `${summary.count}`,
      ...(epochSteps === undefined ? [] : [((epochSteps * typical) / 1000).toFixed(1)]),
      found.peakMiB.toFixed(0),
      found.facts.variant ?? '',
    ];
  });
  // A column nobody fills is left out.
  const kept = columns.map((_, column) => rows.some((row) => row[column] !== ''));
  const keep = (row: readonly string[]): string[] => row.filter((_, column) => kept[column]);
  return { columns: keep(columns), rows: rows.map(keep) };
}

/** A row that measures its sides in turn. */
export function comparison(row: ComparisonRow): Row {
  const { name, title, sides, statistic = 'median', claims, notes } = row;
  const measure = async ({ programs, bfloat16, quick }: MeasuringOptions): Promise<RowResult> => {
    const present = sides.filter(
      (side) => canRun(side, programs) && (side.settings.precision !== 'bfloat16' || bfloat16),
    );
    const [rounds, repeats] = quick ? [2, Math.min(5, row.repeats)] : [row.rounds, row.repeats];
    const measured = await alternate(present, { rounds, repeats, programs });
    const times = new Times(measured, statistic);
    const found = claims.flatMap(({ id, find }) => {
      const finding = find(times);
      return finding === null ? [] : [[id, finding] as const];
    });
    return {
      name,
      title,
      table: tableOf(row, measured),
      findings: Object.fromEntries(found),
      sides: sides.map((side) => ({
        id: side.id,
        label: side.label,
        measured: present.includes(side),
      })),
      notes: [`${rounds} rounds of ${repeats} steps, the sides in turn.`, ...notes],
      engines: measured.map(({ facts }) => facts.engine),
    };
  };
  return { name, title, claims, measure };
}
