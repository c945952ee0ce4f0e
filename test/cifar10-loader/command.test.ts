import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './synthetic-cifar10';

const PROGRAM = join(
  dirname(require.resolve('cifar10-loader/package.json')),
  'bin/cifar10-loader.js',
);

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, CIFAR10_DIR: '', CIFAR10_FILENAMES: '' };
  return spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8', env });
}

/** Six batches of the real size; every pixel of class k is `grey[k]`. */
function writeFullSize(folder: string, mistake: boolean): void {
  mkdirSync(folder);
  // Published means 0.4914 0.4822 0.4465; constant planes cannot be right in four digits, so `verify` must object.
  for (let b = 1; b <= 6; b++) {
    const batch = Buffer.alloc(10_000 * 3073, 125);
    for (let i = 0; i < 10_000; i++) batch[i * 3073] = mistake && i === 0 ? 1 : i % 10;
    writeFileSync(join(folder, b === 6 ? 'test_batch.bin' : `data_batch_${b}.bin`), batch);
  }
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

  it('tells what it found, and verifies counts, classes and means', () => {
    const right = join(temporaryFolder(), 'cifar-10-batches-bin');
    writeFullSize(right, false);
    const found = run('--dir', right);
    expect(found.status).toBe(0);
    expect(found.stdout).toContain(`binary version in ${right}`);
    expect(found.stdout).toContain('train: 50000 images\ntest: 10000 images');

    const wrongMeans = run('--dir', right, '--verify');
    expect(wrongMeans.status).toBe(1);
    expect(wrongMeans.stderr).toMatch(/channel means are 0\.4902 0\.4902 0\.4902/);

    const wrong = join(temporaryFolder(), 'cifar-10-batches-bin');
    writeFullSize(wrong, true);
    expect(run('--dir', wrong, '--verify').stderr).toMatch(/classes have 4995, 5005, 5000/);
  });
});
