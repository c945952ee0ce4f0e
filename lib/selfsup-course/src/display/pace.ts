/** How fast a piece of work goes. */
export interface Pace {
  /** Units per second over the last seconds; `null` before two moments are known. */
  readonly rate: number | null;
  /** Seconds to the end at that rate; `null` while the rate or the end is not known. */
  readonly secondsLeft: number | null;
  /** Seconds since the work began. */
  readonly elapsed: number;
}

/** The rate is taken over this many seconds, so that a slow first step (compiling) is soon forgotten. */
const WINDOW_SECONDS = 15;

/** Works out rate and time left from moments of progress. */
export class PaceMeter {
  readonly #moments: { seconds: number; done: number }[] = [];
  readonly #now: () => number;
  #start: number | null = null;

  /** @param now The clock, in seconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes note that `done` of `total` units are done now. */
  measure(done: number, total: number | null): Pace {
    const seconds = this.#now();
    this.#start ??= seconds;
    this.#moments.push({ seconds, done });
    while (
      this.#moments.length > 2 &&
      (this.#moments[1]?.seconds ?? 0) <= seconds - WINDOW_SECONDS
    ) {
      this.#moments.shift();
    }
    const first = this.#moments[0] as { seconds: number; done: number };
    const passed = seconds - first.seconds;
    const rate = passed > 0 && done > first.done ? (done - first.done) / passed : null;
    return {
      rate,
      secondsLeft: rate === null || total === null ? null : Math.max(0, total - done) / rate,
      elapsed: seconds - this.#start,
    };
  }
}

/** Writes a duration the way one says it: `4 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${seconds < 9.95 ? Number(seconds.toFixed(1)) : whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  // Rounded before it is split: 7,190 s are 2 h 0 min, never 1 h 60 min.
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * Writes a quantity with its unit; bytes as kB, MB, GB.
 *
 * @param unit What is counted, in the plural: 1 is written with its singular.
 */
export function formatQuantity(value: number, unit: string): string {
  if (unit === 'bytes') {
    // The unit of what will be written: 999,999 bytes are 1.0 MB, not 1000.0 kB.
    const [divisor, name] =
      value >= 999.95e6
        ? [1e9, 'GB']
        : value >= 999.95e3
          ? [1e6, 'MB']
          : value >= 999.5
            ? [1e3, 'kB']
            : [1, 'bytes'];
    return quantity((value / divisor).toFixed(divisor > 1 ? 1 : 0), name);
  }
  const digits = value !== 0 && value < 10 && !Number.isInteger(value) ? 1 : 0;
  return quantity(value.toLocaleString('en-GB', { maximumFractionDigits: digits }), unit);
}

/** The number decides as it is written: 0.98 that is rounded to 1 is one, too. */
function quantity(written: string, unit: string): string {
  // The s of seconds stays.
  const one = unit.replace(/ies$/, 'y').replace(/(?<=.)s$/, '');
  return `${written} ${written === '1' ? one : unit}`;
}
