import type * as TS from '@tslab/typescript-for-tslab';
import type { CompilerApi } from './compiler-api';
import type { Content } from './wire-message';

/** Messages about something that the end of the code cuts short, wherever it began. */
const UNTERMINATED = new Set([
  1010, // '*/' expected
  1160, // Unterminated template literal
]);

/** Messages about something that had to be complete on its own line: what follows cannot help. */
const BROKEN = new Set([
  1002, // Unterminated string literal
  1161, // Unterminated regular expression literal
]);

/**
 * Whether the code can be run as it is, as a console asks before it runs a line: `complete`; `incomplete`, when more may
 * follow and make it so; or `invalid`, when nothing that follows can.
 *
 * @returns the content of an `is_complete_reply`
 */
export function completeness(ts: CompilerApi, code: string, isJs: boolean): Content {
  const kind = isJs ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  const file = ts.createSourceFile('code.ts', code, ts.ScriptTarget.Latest, false, kind);
  const { parseDiagnostics } = file as unknown as { parseDiagnostics: TS.DiagnosticWithLocation[] };
  const [first] = parseDiagnostics;
  if (first === undefined) return { status: 'complete' };
  if (BROKEN.has(first.code)) return { status: 'invalid' };
  const atEnd = first.start >= code.trimEnd().length;
  return atEnd || UNTERMINATED.has(first.code)
    ? { status: 'incomplete', indent: nextIndent(code) }
    : { status: 'invalid' };
}

/** The last line's indentation, and two more after an opening bracket. */
function nextIndent(code: string): string {
  const line = code.slice(code.lastIndexOf('\n') + 1);
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  return /[{([]\s*$/.test(line) ? `${indent}  ` : indent;
}
