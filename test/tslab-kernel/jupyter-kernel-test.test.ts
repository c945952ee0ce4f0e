import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from './kernel-client';

const python = path.join(root, '.venv/bin/python');
const TESTS = [
  'clear_output',
  'completion',
  'display_data',
  'error',
  'execute_result',
  'execute_stderr',
  'execute_stdout',
  'history',
  'inspect',
  'is_complete',
  'kernel_info',
  'pager',
];

let prefix: string;
beforeAll(() => {
  prefix = mkdtempSync(path.join(tmpdir(), 'tslab-kernel-install-'));
});
afterAll(() => rmSync(prefix, { recursive: true, force: true }));

it.skipIf(!existsSync(python))(
  "passes each of Jupyter's own tests of a kernel, installed by its command (needs .venv: npm run setup)",
  () => {
    const command = path.join(root, 'lib/tslab-kernel/bin/tslab-kernel.js');
    const told = execFileSync(process.execPath, [command, 'install', '--prefix', prefix], {
      encoding: 'utf8',
    });
    expect(told).toContain(path.join(prefix, 'share/jupyter/kernels/tslab'));
    const { stderr, status } = spawnSync(
      python,
      [path.join(__dirname, 'jupyter_kernel_tests.py')],
      {
        cwd: path.join(root, 'notebooks'),
        env: {
          ...process.env,
          JUPYTER_PATH: path.join(prefix, 'share/jupyter'),
          JUPYTER_PREFER_ENV_PATH: '0',
          JUPYTER_RUNTIME_DIR: path.join(prefix, 'runtime'),
        },
        encoding: 'utf8',
        timeout: 120_000,
      },
    );
    const passed = [...stderr.matchAll(/^test_(\w+) \(.*\) \.\.\. ok$/gm)].map(([, name]) => name);
    expect(passed, stderr).toEqual(TESTS);
    expect(stderr).toMatch(/^Ran 12 tests/m);
    expect(status, stderr).toBe(0);
  },
  150_000,
);
