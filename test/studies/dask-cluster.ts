import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';

const LOOPBACK = ['--host', '127.0.0.1', '--no-dashboard'];
export const python = process.env.SELFSUP_DASK_PYTHON || 'python3';
const { status: found } = spawnSync(python, ['-c', 'import distributed']);
/** Why tests with a cluster are skipped; empty where they are not. */
export const missing =
  found === 0
    ? ''
    : ` (skipped: ${python} has no package "distributed"; studies/README.md says how to make an environment with it, SELFSUP_DASK_PYTHON names its Python)`;

/** A scheduler and workers on the loopback interface; a killed worker is not started again. */
export class Cluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'dask-'));
  readonly #file = join(this.folder, 'scheduler.json');
  readonly #all: ChildProcess[] = [];

  #start(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn(python, ['-m', `distributed.cli.${program}`, ...args, ...LOOPBACK], {
      cwd: this.folder,
      stdio: 'ignore',
      env: { ...process.env, ...env },
    });
    this.#all.push(child);
    return child;
  }

  async start(): Promise<void> {
    this.#start('dask_scheduler', ['--port', '0', '--scheduler-file', this.#file]);
    await vi.waitFor(() => expect(existsSync(this.#file)).toBe(true), { timeout: 120_000 });
  }

  /** A worker of one thread. */
  worker(name: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
    const args = [this.address, '--no-nanny', '--nthreads', '1', '--name', name];
    return this.#start('dask_worker', args, env);
  }

  get address(): string {
    return JSON.parse(readFileSync(this.#file, 'utf8')).address;
  }

  end(): void {
    for (const child of this.#all) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
