import type { Content } from './wire-message';

interface Entry {
  readonly line: number;
  readonly input: string;
  output: string | null;
}

/** This session's number: earlier ones are not kept. */
const SESSION = 1;

/** What was executed in this session, as a console asks for it. */
export class History {
  private readonly entries: Entry[] = [];

  add(line: number, input: string): void {
    this.entries.push({ line, input, output: null });
  }

  /** The value of the latest entry. */
  setOutput(text: string): void {
    const last = this.entries.at(-1);
    if (last !== undefined) last.output = text;
  }

  /**
   * The entries that a `history_request` asks for: the last `n` (`tail`), the lines of a `range`, or those that a
   * `search` pattern of `*` and `?` fits.
   *
   * @returns the content of a `history_reply`
   */
  answer(request: Content): Content {
    const wanted = this.select(request);
    const history = wanted.map(({ line, input, output }) => [
      SESSION,
      line,
      request.output === true ? [input, output] : input,
    ]);
    return { status: 'ok', history };
  }

  private select(request: Content): readonly Entry[] {
    const n = typeof request.n === 'number' ? request.n : Number.POSITIVE_INFINITY;
    switch (request.hist_access_type) {
      case 'range': {
        const session = request.session ?? 0;
        // 0 is the current session, and a negative number counts back from it.
        if (session !== SESSION && session !== 0) return [];
        const start = typeof request.start === 'number' ? request.start : 0;
        const stop = typeof request.stop === 'number' ? request.stop : Number.POSITIVE_INFINITY;
        return this.entries.filter(({ line }) => line >= start && line < stop);
      }
      case 'search':
        return last(this.found(String(request.pattern ?? '*'), request.unique === true), n);
      default:
        return last(this.entries, n);
    }
  }

  private found(pattern: string, unique: boolean): readonly Entry[] {
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    const glob = new RegExp(`^${escaped.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 's');
    const fitting = this.entries.filter(({ input }) => glob.test(input));
    return unique ? [...new Map(fitting.map((entry) => [entry.input, entry])).values()] : fitting;
  }
}

function last<T>(all: readonly T[], n: number): readonly T[] {
  return n >= all.length ? all : n <= 0 ? [] : all.slice(-n);
}
