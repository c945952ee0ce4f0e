import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

function isWorkspaceWithData(folder: string): boolean {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest) || !existsSync(join(folder, 'data'))) return false;
  try {
    return 'workspaces' in (JSON.parse(readFileSync(manifest, 'utf8')) as object);
  } catch {
    return false;
  }
}

function userCacheFolder(): string {
  if (process.platform === 'win32') {
    return process.env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local');
  }
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
}

/**
 * The folder in which downloaded data are kept: `data/` of the nearest folder, going up from `start`, whose
 * `package.json` declares workspaces and that has a `data` folder; else `cifar10-loader` in the user's cache folder.
 */
export function defaultDataFolder(start: string = process.cwd()): string {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (isWorkspaceWithData(folder)) return join(folder, 'data');
    if (folder === dirname(folder)) return join(userCacheFolder(), 'cifar10-loader');
  }
}
