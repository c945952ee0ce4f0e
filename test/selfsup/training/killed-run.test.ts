import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selfsup-killed-'));
});
afterAll(() => rm(folder, { recursive: true }));

function runInProcess(file: string, killAfter: string, compile: boolean) {
  const script = join(__dirname, 'train-until-killed.cjs');
  return spawnSync(process.execPath, [script, join(folder, file), killAfter, `${compile}`], {
    encoding: 'utf8',
  });
}

describe('a training process killed with SIGKILL between two checkpoints', () => {
  it.each([true, false])(
    'resumes to the losses of one that was not, compile: %s',
    async (compile) => {
      const straight = runInProcess(`straight-${compile}`, 'never', compile);
      const killed = runInProcess(`killed-${compile}`, '13', compile);
      expect(killed.signal).toBe('SIGKILL');
      expect(killed.stdout).toBe('');
      expect(await readdir(folder)).toContain(`killed-${compile}`);
      const resumed = runInProcess(`killed-${compile}`, 'never', compile);
      expect(JSON.parse(resumed.stdout)).toEqual(JSON.parse(straight.stdout));
      expect(JSON.parse(resumed.stdout).stepsDone).toBe(17);
    },
  );
});
