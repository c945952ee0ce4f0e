import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withDataFolders } from '../../../tools/setup/data-folders.mjs';

describe('withDataFolders', () => {
  const typedIn = resolve('/home/ada');

  it('takes relative paths from where npm was called', () => {
    const env = { INIT_CWD: typedIn, SELFSUP_IMAGES: 'my pictures', CIFAR10_DIR: '../data/cifar' };
    expect(withDataFolders(env)).toEqual({
      INIT_CWD: typedIn,
      SELFSUP_IMAGES: resolve(typedIn, 'my pictures'),
      CIFAR10_DIR: resolve('/home/data/cifar'),
    });
  });

  it('takes them from the current folder without npm', () => {
    expect(withDataFolders({ SST2_DIR: 'sst2' })).toEqual({ SST2_DIR: resolve('sst2') });
  });

  it('leaves absolute paths, variables that are not given and all others alone', () => {
    const env = { SELFSUP_IMAGES: resolve('/pictures'), CIFAR10_DIR: '', SELFSUP_DATA: 'emoji' };
    expect(withDataFolders(env, typedIn)).toEqual(env);
  });
});
