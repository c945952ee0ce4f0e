import type { Cell } from './cell';
import type { PositionMap, SourcePosition } from './source-position';

/** The scripts that cells were made into, by the file name that they run under. */
export type ScriptNames = Map<string, NamedScript>;

interface NamedScript {
  readonly cell: Cell;
  readonly map: PositionMap;
  /** The script's last line, where its function is called: what lies below in a stack is the kernel's. */
  readonly lastLine: number;
}

/** A place in a cell. */
export interface CellPosition extends SourcePosition {
  readonly cell: Cell;
}

/** Node keeps ten frames; those of a library alone are often more. */
const STACK_DEPTH = 100;

const PLACE = /cell \[(\d+)\](?:\.(\d+))?:(\d+):(\d+)/;

/** The file name of a cell's script, which its frames in a stack will bear. */
export function nameScript(
  scripts: ScriptNames,
  cell: Cell,
  { script, map }: { readonly script: string; readonly map: PositionMap },
): string {
  let name = `cell [${cell.count}]`;
  // Silent executions count no further.
  for (let again = 2; scripts.has(name); again++) name = `cell [${cell.count}].${again}`;
  scripts.set(name, { cell, map, lastLine: script.split('\n').length });
  return name;
}

/** Makes every stack of the process name lines of cells as they were written. */
export function mapStacks(scripts: ScriptNames): void {
  Error.stackTraceLimit = STACK_DEPTH;
  Error.prepareStackTrace = (error, frames) =>
    [
      describe(error),
      ...framesOfCells(scripts, frames).map((frame) => `    at ${mapped(scripts, frame)}`),
    ].join('\n');
}

/** A stack down to where the kernel called the cell. */
function framesOfCells(
  scripts: ScriptNames,
  frames: readonly NodeJS.CallSite[],
): readonly NodeJS.CallSite[] {
  const end = frames.findIndex((frame) => {
    const script = scripts.get(frame.getFileName() ?? '');
    return script !== undefined && frame.getLineNumber() === script.lastLine;
  });
  return end < 0 ? frames : frames.slice(0, end);
}

function describe(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}

function mapped(scripts: ScriptNames, frame: NodeJS.CallSite): string {
  const text = String(frame);
  const file = frame.getFileName();
  const script = file === null || file === undefined ? undefined : scripts.get(file);
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (script === undefined || line === null || column === null) return text;
  const place = script.map(line, column);
  const there = `${file}:${line}:${column}`;
  const mappedText = place ? `${file}:${place.line}:${place.column}` : `${file}`;
  // A cell is a function that calls nobody by name.
  const unnamed = text === there || /^(async )?(Object\.)?<anonymous> \(/.test(text);
  return unnamed ? mappedText : text.replace(there, mappedText);
}

/** The frames of a stack as text, without the message before them. */
export function framesOf(stack: string): string[] {
  return stack.split('\n').filter((line) => /^ {4}at /.test(line));
}

/** The place in a cell that a frame, printed by `mapStacks`, names. */
export function cellPosition(scripts: ScriptNames, frame: string): CellPosition | undefined {
  const match = PLACE.exec(frame);
  if (match === null) return undefined;
  const [, count, again, line, column] = match;
  const script = scripts.get(`cell [${count}]${again === undefined ? '' : `.${again}`}`);
  if (script === undefined) return undefined;
  return { cell: script.cell, line: Number(line), column: Number(column) };
}
