import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const GUARD = join(__dirname, '../../lib/tfjs-node-tensorflow/programs/process-guard.cjs');

/** Starts a command under the guard, as `runProgram` does, then does nothing. */
const STARTER = `
const { spawn } = require('node:child_process');
spawn(process.execPath, process.argv.slice(1), { stdio: ['pipe', 'ignore', 'ignore'] });
setInterval(() => {}, 1000);
`;
/** A program that starts another, which ignores being asked to end; both write their process numbers. */
const FAMILY = `
echo $$ > "$0/parent"
sh -c 'trap "" TERM HUP INT; echo $$ > "$0/child"; while :; do sleep 0.1; done' "$0"
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'process-guard-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function family(): Promise<number[]> {
  const files = ['parent', 'child'].map((name) => join(folder, name));
  const written = (file: string): boolean =>
    existsSync(file) && readFileSync(file, 'utf8').endsWith('\n');
  while (!files.every(written)) await sleep(20);
  const pids = files.map((file) => Number(readFileSync(file, 'utf8')));
  expect(pids.map(isAlive)).toEqual([true, true]);
  return pids;
}

async function ended(pids: readonly number[], milliseconds: number): Promise<boolean> {
  for (let waited = 0; waited < milliseconds; waited += 20) {
    if (!pids.some(isAlive)) return true;
    await sleep(20);
  }
  return false;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('exit', (code) => resolve(code)));
}

function guarded(...command: string[]): ChildProcess {
  return spawn(process.execPath, [GUARD, ...command], { stdio: ['pipe', 'ignore', 'ignore'] });
}

describe.skipIf(process.platform !== 'linux')('a guarded program', () => {
  it('ends, with all that it started, when the starter is killed with -9', async () => {
    const args = ['-e', STARTER, GUARD, 'sh', '-c', FAMILY, folder];
    const starter = spawn(process.execPath, args, { stdio: 'ignore' });
    const pids = await family();
    starter.kill('SIGKILL');
    expect(await ended(pids, 2_000)).toBe(true);
  });

  it('ends, with what ignores the request, when it is asked to', async () => {
    const guard = guarded('sh', '-c', FAMILY, folder);
    const exit = exitOf(guard);
    const pids = await family();
    guard.kill('SIGTERM');
    expect(await exit).not.toBe(0);
    expect(await ended(pids, 5_000)).toBe(true);
  });

  it('leaves nothing behind when it ends by itself', async () => {
    const command = `sleep 60 & echo $! > "$0/parent"; cp "$0/parent" "$0/child"`;
    expect(await exitOf(guarded('sh', '-c', command, folder))).toBe(0);
    const pid = Number(readFileSync(join(folder, 'parent'), 'utf8'));
    expect(await ended([pid], 2_000)).toBe(true);
  });

  it('is not ended by Ctrl-C alone: that is for the starter to decide', async () => {
    const command = 'echo $$ > "$0/parent"; cp "$0/parent" "$0/child"; sleep 1';
    const guard = guarded('sh', '-c', command, folder);
    const exit = exitOf(guard);
    await family();
    guard.kill('SIGINT');
    expect(await exit).toBe(0);
  });

  it.each([
    [0, ['true']],
    [3, ['sh', '-c', 'exit 3']],
    [128 + 4, ['sh', '-c', 'kill -ILL $$']],
    [127, ['/nowhere/program']],
  ])('gives status %i', async (status, command) => {
    expect(await exitOf(guarded(...command))).toBe(status);
  });
});
