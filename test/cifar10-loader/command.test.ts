import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BATCH_NAMES } from './synthetic-cifar10';
import { temporaryFolder } from './temporary-folder';

const PROGRAM = join(
  dirname(require.resolve('cifar10-loader/package.json')),
  'bin/cifar10-loader.js',
);

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, CIFAR10_DIR: '', CIFAR10_FILENAMES: '' };
  return spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8', env });
}

/** Six batches of the real size, classes equal, every pixel 125: the counts are right and the channel means are not. */
function writeFullSize(folder: string): void {
  mkdirSync(folder);
  const batch = Buffer.alloc(10_000 * 3073, 125);
  for (let i = 0; i < 10_000; i++) batch[i * 3073] = i % 10;
  for (const name of BATCH_NAMES) writeFileSync(join(folder, `${name}.bin`), batch);
}

describe('the command', () => {
  it('explains itself', () => {
    const { status, stdout } = run('--help');
    expect(status).toBe(0);
    for (const option of ['--dir', '--data-dir', '--offline', '--verify', '--help']) {
      expect(stdout).toContain(option);
    }
  });

  it('answers a mistake in the arguments with its help and status 2', () => {
    const { status, stderr } = run('--wrong');
    expect(status).toBe(2);
    expect(stderr).toContain("'--wrong'");
    expect(stderr).toContain('Usage:');
  });

  it('tells a failure in one line and ends with status 1', () => {
    const { status, stderr, stdout } = run('--data-dir', temporaryFolder(), '--offline');
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('CIFAR10_DIR');
  });

  it('tells what it found, and verifies classes and means', () => {
    const folder = join(temporaryFolder(), 'cifar-10-batches-bin');
    writeFullSize(folder);
    const wrongMeans = run('--dir', folder, '--verify');
    expect(wrongMeans.stdout).toContain(`binary version in ${folder}`);
    expect(wrongMeans.stdout).toContain('train: 50000 images\ntest: 10000 images');
    expect(wrongMeans.status).toBe(1);
    expect(wrongMeans.stderr).toMatch(/channel means are 0\.4902 0\.4902 0\.4902/);

    const file = openSync(join(folder, 'data_batch_1.bin'), 'r+');
    writeSync(file, Buffer.from([1]), 0, 1, 0);
    closeSync(file);
    const wrongClasses = run('--dir', folder, '--verify');
    expect(wrongClasses.stderr).toMatch(/classes have 4999, 5001, 5000/);
  });
});
