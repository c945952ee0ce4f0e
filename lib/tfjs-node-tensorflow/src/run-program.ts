import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EngineContext, tryAgain } from './engine-context';
import { type InstallFailureReason, TensorFlowInstallError } from './errors';

/** Runs a program so that it ends with us, even when we are killed with -9. */
const GUARD = join(__dirname, '..', 'programs', 'process-guard.cjs');

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
  /** Milliseconds after which the program is stopped and counts as failed. */
  readonly timeout?: number;
  /** Of a failure with no cause that is told apart; by default `binding`. */
  readonly reason?: InstallFailureReason;
}

/** What a program said, and how it ended: its exit status, 127 when it could not be started. */
export interface ProgramEnd {
  readonly status: number;
  readonly stdout: string;
  readonly output: string;
}

/** Runs a program to its end; both its streams are collected, and every line goes to `onLine`. */
export function programEnd(
  context: EngineContext,
  command: string,
  args: readonly string[],
  { cwd, env, onLine, timeout }: ProgramOptions = {},
): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const guard = spawn(process.execPath, [GUARD, command, ...args], {
      cwd: cwd ?? context.cwd,
      env: env ?? context.env,
      // The guard watches its standard input, which closes when this process ends.
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    let rest = '';
    const receive = (chunk: string): void => {
      output += chunk;
      const lines = (rest + chunk).split(/[\r\n]+/);
      rest = lines.pop() ?? '';
      for (const line of lines) onLine?.(line);
    };
    guard.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      receive(chunk);
    });
    guard.stderr.setEncoding('utf8').on('data', receive);
    // The guard may be gone already; its exit says so.
    guard.stdin.on('error', () => {});
    const stop = (): void => {
      guard.kill('SIGTERM');
    };
    const timer = timeout === undefined ? undefined : setTimeout(stop, timeout);
    context.signal?.addEventListener('abort', stop);
    const settled = (): void => {
      clearTimeout(timer);
      context.signal?.removeEventListener('abort', stop);
    };
    if (context.signal?.aborted) stop();
    guard.on('error', (error) => {
      settled();
      resolve({ status: 127, stdout, output: `${output}\n${error.message}` });
    });
    guard.on('close', (code) => {
      settled();
      if (context.signal?.aborted) reject(context.signal.reason);
      else resolve({ status: code ?? 1, stdout, output });
    });
  });
}

/**
 * Runs a program of the installation, quietly; what it said when it failed goes to a log in the cache folder.
 *
 * @param task the subject of the sentence that a failure ends in, for instance `Downloading TensorFlow`
 * @throws TensorFlowInstallError when the program cannot be started or exits with anything but 0
 */
export async function runProgram(
  context: EngineContext,
  task: string,
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const { status, stdout, output } = await programEnd(context, command, args, options);
  if (status === 0) return stdout;
  const folder = join(context.cacheDir, 'logs');
  const log = join(folder, `${task.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.log`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(log, `${command} ${args.join(' ')}\n${output}`);
  } catch {
    // A full disk must not hide what failed.
  }
  throw explainFailure(context, task, output, log, options.reason ?? 'binding');
}

const NO_NETWORK =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|Temporary failure in name resolution|NewConnectionError|Network is unreachable|ConnectTimeout|Connection refused|ProxyError|nodename nor servname/i;

/** What to tell the user when a program of `task` failed with this output: full disk, no network, wrong hash, or as is. */
function explainFailure(
  context: EngineContext,
  task: string,
  output: string,
  log: string,
  reason: InstallFailureReason,
): TensorFlowInstallError {
  if (/ENOSPC|No space left on device|not enough space on the disk/i.test(output)) {
    return new TensorFlowInstallError(
      'storage',
      `${task} ran out of disk space`,
      `free some (about 1200 MB for the CPU, 8 GB for CUDA), then ${tryAgain(context)}`,
    );
  }
  if (/DO NOT MATCH THE HASHES/i.test(output)) {
    return new TensorFlowInstallError(
      'download',
      `${task} got a file whose hash is not the pinned one, and threw it away`,
      `${tryAgain(context)}, and if it happens twice, look for a proxy or mirror that alters downloads`,
    );
  }
  if (NO_NETWORK.test(output)) {
    return new TensorFlowInstallError(
      'download',
      `${task} could not reach the package registry`,
      `check the network (or set HTTPS_PROXY), then ${tryAgain(context)}`,
    );
  }
  return new TensorFlowInstallError(
    reason,
    `${task} failed (${causeIn(output)})`,
    `the whole output is in ${log}, and "${context.installCommand}" tries again`,
  );
}

/** The line of an output that says what went wrong: its first error, else its last words. */
export function causeIn(output: string): string {
  const lines = output
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const cause =
    lines.find((line) => /^\w*Error: /.test(line)) ??
    lines.find((line) => /error/i.test(line)) ??
    lines.at(-1);
  return (cause ?? 'it said nothing').slice(0, 300);
}
