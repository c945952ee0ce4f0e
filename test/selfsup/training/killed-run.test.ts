import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selfsup-killed-'));
});
afterAll(() => rm(folder, { recursive: true }));

function runInProcess(file: string, killAfter: string): Promise<{ stdout: string }> {
  const script = join(__dirname, 'train-until-killed.cjs');
  return promisify(execFile)(process.execPath, [script, join(folder, file), killAfter]);
}

it('resumes a process killed with SIGKILL between two checkpoints to the losses of one that was not', async () => {
  const straight = runInProcess('straight', 'never');
  await expect(runInProcess('killed', '13')).rejects.toMatchObject({
    signal: 'SIGKILL',
    stdout: '',
  });
  expect(await readdir(folder)).toContain('killed');
  const resumed = JSON.parse((await runInProcess('killed', 'never')).stdout);
  expect(resumed).toEqual(JSON.parse((await straight).stdout));
  expect(resumed.stepsDone).toBe(17);
});
