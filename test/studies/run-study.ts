import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../..');
export const FIXTURES = 'test/studies/fixtures';

/** A study that runs in a process of its own, as `npm run study` starts it once set-up is done. */
export interface RunningStudy {
  readonly child: ChildProcess;
  /** All it has printed so far. */
  readonly text: () => string;
  /** Resolves when it has printed what the pattern asks for, or has ended. */
  readonly printed: (pattern: RegExp) => Promise<void>;
  readonly ended: Promise<{ readonly status: number | null; readonly signal: string | null }>;
}

export function startStudy(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningStudy {
  const program = ['-r', 'ts-node/register/transpile-only', 'studies/runner/run.ts', ...args];
  const child = spawn(process.execPath, program, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<{ status: number | null; signal: string | null }>((resolve) => {
    child.on('close', (status, signal) => resolve({ status, signal }));
  });
  const printed = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!pattern.test(text)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      ended.then(() => resolve());
      look();
    });
  return { child, text: () => text, printed, ended };
}

/** Runs a study to its end. */
export async function runStudy(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly status: number | null; readonly text: string }> {
  const study = startStudy(args, env);
  const { status } = await study.ended;
  return { status, text: study.text() };
}

/** The rows of the table in the document that a study left in its folder. */
export function tableIn(folder: string, name: string): string[] {
  const text = readFileSync(join(folder, `${name.toUpperCase()}.md`), 'utf8');
  return text.split('\n').filter((line) => line.startsWith('|'));
}

/** What each result file of a folder measured, by the name of the file. */
export function measuredIn(folder: string): Record<string, unknown> {
  const results = join(folder, 'results');
  if (!existsSync(results)) return {};
  return Object.fromEntries(
    readdirSync(results)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => [file, JSON.parse(readFileSync(join(results, file), 'utf8')).measured]),
  );
}

/** Whether a process lives; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}
