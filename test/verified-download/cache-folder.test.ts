import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, dataFolder, InvalidOptionError } from 'verified-download';
import { afterEach, expect, it, vi } from 'vitest';
import { temporaryFolder } from './temporary-folder';

afterEach(() => {
  vi.unstubAllEnvs();
});

it.runIf(process.platform === 'linux')('each name has a cache folder of its own', () => {
  const root = temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', root);
  expect(cacheFolder('sst-2')).toBe(join(root, 'sst-2'));
  expect(cacheFolder('emoji')).toBe(join(root, 'emoji'));
  for (const invalid of ['', 'relative/cache']) {
    vi.stubEnv('XDG_CACHE_HOME', invalid);
    expect(cacheFolder('emoji')).toBe(join(homedir(), '.cache', 'emoji'));
  }
});

it('data lie in data/ of the workspace, else in the cache folder of their name', () => {
  const root = temporaryFolder();
  const inside = join(root, 'notebooks', 'exercises');
  mkdirSync(inside, { recursive: true });
  expect(dataFolder('sst-2', inside)).toBe(cacheFolder('sst-2'));
  writeFileSync(join(root, 'package.json'), JSON.stringify({ workspaces: ['lib/*'] }));
  mkdirSync(join(root, 'data'));
  expect(dataFolder('sst-2', inside)).toBe(join(root, 'data'));
  writeFileSync(join(root, 'package.json'), '{');
  expect(dataFolder('sst-2', inside)).toBe(cacheFolder('sst-2'));
  renameSync(join(root, 'data'), join(root, 'other'));
  expect(dataFolder('sst-2', inside)).toBe(cacheFolder('sst-2'));
});

it.each(['', '.', '..', '../x', 'a/b', 'a\\b', '.hidden', 'x:y', 'x.'])(
  'the name "%s" is refused',
  (name) => {
    for (const folder of [cacheFolder, dataFolder]) {
      expect(() => folder(name)).toThrow(InvalidOptionError);
    }
  },
);
