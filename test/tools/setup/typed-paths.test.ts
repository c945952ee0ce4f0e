import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveTypedPaths } from '../../../tools/setup/typed-paths.mjs';

const ROOT = resolve(__dirname, '../../..');

describe('resolveTypedPaths', () => {
  const typedIn = resolve('/home/ada');
  const resolved = (env: NodeJS.ProcessEnv, from?: string) => {
    const own = { ...env };
    resolveTypedPaths(own, from);
    return own;
  };

  it('takes relative paths from where npm was called', () => {
    const env = {
      INIT_CWD: typedIn,
      SELFSUP_IMAGES: 'my pictures',
      CIFAR10_DIR: '../data/cifar',
      CIFAR10_FILENAMES: 'names.txt',
      SELFSUP_CACHE: 'cache',
    };
    expect(resolved(env)).toEqual({
      INIT_CWD: typedIn,
      SELFSUP_IMAGES: resolve(typedIn, 'my pictures'),
      CIFAR10_DIR: resolve('/home/data/cifar'),
      CIFAR10_FILENAMES: resolve(typedIn, 'names.txt'),
      SELFSUP_CACHE: resolve(typedIn, 'cache'),
    });
  });

  it('takes them from the current folder without npm', () => {
    expect(resolved({ SST2_DIR: 'sst2' })).toEqual({ SST2_DIR: resolve('sst2') });
  });

  it('leaves absolute paths, variables that are not given and all others alone', () => {
    const env = { SELFSUP_IMAGES: resolve('/pictures'), CIFAR10_DIR: '', SELFSUP_DATA: 'emoji' };
    expect(resolved(env, typedIn)).toEqual(env);
  });
});

describe('a relative path in the environment is that of where the command was typed', () => {
  // As npm starts it: in the folder of the course.
  const run = (args: readonly string[], variables: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, INIT_CWD: '/typed/here', ...variables },
      encoding: 'utf8',
    });
  const missing = 'CIFAR10_DIR is /typed/here/my data, which does not exist.';

  it('for whatever a command that sets the course up starts, and for itself', () => {
    const program = `
      const { ensureSetupOrExit } = await import(${JSON.stringify(join(ROOT, 'tools/setup.mjs'))});
      const { env } = await ensureSetupOrExit();
      console.log(JSON.stringify([env, process.env].map(({ SELFSUP_IMAGES }) => SELFSUP_IMAGES)));`;
    const args = ['--input-type=module', '-e', program];
    const { stdout } = run(args, { SELFSUP_IMAGES: 'pictures' });
    expect(JSON.parse(stdout)).toEqual(['/typed/here/pictures', '/typed/here/pictures']);
  });

  it('for npm run doctor', () => {
    const { stdout, status } = run(['tools/doctor.mjs'], { CIFAR10_DIR: 'my data' });
    expect(stdout).toContain(missing);
    expect(status).toBe(1);
  });

  it('for npm run checkpoint', () => {
    const { stderr, status } = run(['tools/checkpoint.mjs', 'cifar10'], { CIFAR10_DIR: 'my data' });
    expect(stderr).toContain(missing);
    expect(status).toBe(1);
  });
});
