import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MODULE = resolve(__dirname, '../../lib/tfjs-compile/dist/temporary-folder.js');
const HOST = hostname().replace(/[^A-Za-z0-9]/g, '_') || 'localhost';

let base: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'temporary-folder-test-'));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

/** Runs the code in a process of its own whose temporary folder is `base`; returns its output and exit. */
function run(code: string): { stdout: string; pid: number; status: number | null } {
  const result = spawnSync(
    process.execPath,
    ['-e', `const { withTemporaryFolder } = require(${JSON.stringify(MODULE)}); ${code}`],
    { env: { ...process.env, TMPDIR: base }, encoding: 'utf8' },
  );
  return { stdout: result.stdout, pid: result.pid, status: result.status };
}

describe('withTemporaryFolder', () => {
  it('gives a folder and removes it, also after an error', () => {
    const { stdout } = run(`
      console.log(withTemporaryFolder((folder) => require('node:fs').existsSync(folder)));
      try { withTemporaryFolder(() => { throw new Error('inside'); }); } catch (error) { console.log(error.message); }`);
    expect(stdout).toBe('true\ninside\n');
    expect(readdirSync(base)).toEqual([]);
  });

  it('removes at the next start what a crashed process left', () => {
    const crashed = run(`withTemporaryFolder(() => process.kill(process.pid, 'SIGKILL'));`);
    expect(crashed.status).toBeNull();
    expect(readdirSync(base)).toHaveLength(1);
    expect(readdirSync(base)[0]).toContain(`-${crashed.pid}-`);
    run('withTemporaryFolder(() => undefined);');
    expect(readdirSync(base)).toEqual([]);
  });

  it('leaves alone what a living process, another host or another program made', () => {
    const mine = join(base, `tfjs-compile-${HOST}-${process.pid}-abc`);
    const elsewhere = join(base, 'tfjs-compile-elsewhere-1-abc');
    const old = join(base, 'tfjs-compile-elsewhere-2-abc');
    const other = join(base, 'tfjs-compile-notes');
    for (const folder of [mine, elsewhere, old, other]) mkdirSync(folder);
    writeFileSync(join(old, 'saved_model.pb'), '');
    const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
    utimesSync(old, twoDaysAgo, twoDaysAgo);
    run('withTemporaryFolder(() => undefined);');
    expect([mine, elsewhere, old, other].map(existsSync)).toEqual([true, true, false, true]);
  });
});
