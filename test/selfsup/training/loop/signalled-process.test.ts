import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selfsup-signalled-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Trains 17 steps in a process that sends itself a signal after a step, or never. */
async function trainInProcess(file: string, after = 'never', signal = ''): Promise<string> {
  const script = join(__dirname, 'signalled-process.cjs');
  const run = promisify(execFile)(process.execPath, [script, join(folder, file), after, signal]);
  return (await run).stdout;
}

describe('a training process', () => {
  it('killed with SIGKILL between two checkpoints resumes to the losses of one that was not', async () => {
    const straight = trainInProcess('straight');
    const killed = trainInProcess('killed', '13', 'SIGKILL');
    await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL', stdout: '' });
    expect(await readdir(folder)).toContain('killed');
    const resumed = JSON.parse(await trainInProcess('killed'));
    expect(resumed).toEqual(JSON.parse(await straight));
    expect(resumed).toMatchObject({ stopped: 'finished', stepsDone: 17 });
  });

  it('interrupted in a cell of a notebook gives the cell its result', async () => {
    const result = JSON.parse(await trainInProcess('interrupted', '4', 'SIGINT'));
    expect(result.stopped).toBe('interrupted');
    expect(result.losses).toHaveLength(result.stepsDone);
  });
});
