import { inspect } from 'node:util';
import type { Cell } from './cell';
import { CompilerRefusal, Interruption } from './cell-failure';
import { cellPosition, framesOf, type ScriptNames } from './stack-frames';

/** An error as Jupyter's protocol tells it. */
export interface ErrorContent extends Record<string, unknown> {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** Lines shown above and below the one that failed. */
const CONTEXT_LINES = 2;
/** A chain of causes longer than that is cut. */
const CAUSES_SHOWN = 5;

/** The line of a cell, marked, between its neighbours. */
function excerpt(source: string, line: number, column: number, length: number): string[] {
  const lines = source.split('\n');
  const first = Math.max(1, line - CONTEXT_LINES);
  const last = Math.min(lines.length, line + CONTEXT_LINES);
  const width = String(last).length;
  const shown: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1] ?? '';
    shown.push(`${number === line ? '→' : ' '} ${String(number).padStart(width)} │ ${text}`);
    if (number !== line) continue;
    const before = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
    const marks = '^'.repeat(Math.max(1, Math.min(length, text.length - column + 1)));
    shown.push(`  ${' '.repeat(width)} │ ${before}${marks}`);
  }
  return shown;
}

/** The name at a column, or one character. */
function lengthAt(source: string, line: number, column: number): number {
  const rest = (source.split('\n')[line - 1] ?? '').slice(column - 1);
  return /^[\p{L}\p{N}_$]+/u.exec(rest)?.[0].length ?? 1;
}

function safeInspect(value: unknown): string {
  try {
    return inspect(value);
  } catch {
    return 'a value that cannot be shown';
  }
}

function textOf(value: unknown, fallback: string): string {
  try {
    return typeof value === 'string' ? value : value === undefined ? fallback : String(value);
  } catch {
    return fallback;
  }
}

/** Frames that a learner can act on: those of cells, and of files beside the notebook. */
function isOwnFrame(frame: string, folder: string): boolean {
  if (/\(?cell \[\d+\]/.test(frame)) return true;
  return frame.includes(folder) && !/[\\/]node_modules[\\/]/.test(frame);
}

/** Tells errors the way a learner reads them: the line of the cell, marked; then what is wrong; then who called whom. */
export class Tracebacks {
  /**
   * @param scripts the cells that ran
   * @param folder the notebook's folder
   * @param whole true to fold no frames away
   */
  constructor(
    private readonly scripts: ScriptNames,
    private readonly folder: string,
    private readonly whole = false,
  ) {}

  /** What the compiler, or an interrupt, said about a cell. */
  private withoutStack(cell: Cell, error: CompilerRefusal | Interruption): ErrorContent {
    const { name: ename, message: evalue } = error;
    if (error instanceof Interruption) {
      return { ename, evalue, traceback: [`${ename}: ${evalue}`] };
    }
    const traceback = error.messages.flatMap(({ file, line, column, length, text, code }) =>
      file === undefined
        ? [
            `Cell [${cell.count}], line ${line}:`,
            ...excerpt(cell.source, line, column, length),
            `${line}:${column} - ${text} (TS${code})`,
          ]
        : [`${file} ${line}:${column} - ${text} (TS${code})`],
    );
    return { ename, evalue, traceback };
  }

  /** @param thrown what the cell threw, an error or not */
  of(cell: Cell, thrown: unknown): ErrorContent {
    if (thrown instanceof CompilerRefusal || thrown instanceof Interruption) {
      return this.withoutStack(cell, thrown);
    }
    const { ename, evalue, frames } = this.parts(thrown);
    const traceback = [...this.place(cell, frames), `${ename}: ${evalue}`, ...this.shown(frames)];
    for (const cause of causes(thrown)) {
      const told = this.parts(cause);
      traceback.push(`Caused by ${told.ename}: ${told.evalue}`, ...this.shown(told.frames));
    }
    return { ename, evalue, traceback };
  }

  private parts(thrown: unknown): { ename: string; evalue: string; frames: string[] } {
    if (!(thrown instanceof Error)) {
      return { ename: 'Uncaught value', evalue: safeInspect(thrown), frames: [] };
    }
    let stack = '';
    try {
      stack = textOf(thrown.stack, '');
    } catch {
      // A getter of the learner's.
    }
    const ename = textOf(thrown.name, 'Error') || 'Error';
    return { ename, evalue: textOf(thrown.message, ''), frames: framesOf(stack) };
  }

  /** The line of the cell that failed; and the innermost one, where that is an earlier cell's. */
  private place(cell: Cell, frames: readonly string[]): string[] {
    const positions = frames.flatMap((frame) => cellPosition(this.scripts, frame) ?? []);
    const [innermost] = positions;
    const inCell = positions.find((one) => one.cell === cell);
    if (innermost === undefined) {
      return [`Cell [${cell.count}], by something that it started or called:`];
    }
    const places = inCell === undefined || inCell.cell === innermost.cell ? [] : [inCell];
    return [...places, innermost].flatMap(({ cell: { count, source }, line, column }) => [
      `Cell [${count}], line ${line}:`,
      ...excerpt(source, line, column, lengthAt(source, line, column)),
    ]);
  }

  private shown(frames: readonly string[]): string[] {
    const shown: string[] = [];
    let folded = 0;
    const fold = () => {
      if (folded > 0) shown.push(`    … ${folded} frame${folded > 1 ? 's' : ''} of packages`);
      folded = 0;
    };
    for (const frame of frames) {
      if (this.whole || isOwnFrame(frame, this.folder)) {
        fold();
        shown.push(frame);
      } else folded += 1;
    }
    fold();
    return shown;
  }
}

function causes(thrown: unknown): unknown[] {
  const found: unknown[] = [];
  let one: unknown = thrown;
  while (one instanceof Error && found.length < CAUSES_SHOWN) {
    const next: unknown[] = one instanceof AggregateError ? [...one.errors] : [];
    if (one.cause !== undefined) next.push(one.cause);
    found.push(...next.slice(0, CAUSES_SHOWN - found.length));
    one = one.cause;
  }
  return found;
}
