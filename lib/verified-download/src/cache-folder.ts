import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { InvalidOptionError } from './errors';

function checkName(name: string): void {
  if (/^[\p{L}\p{N}][\p{L}\p{N} ._@-]*$/u.test(name) && !name.endsWith('.')) return;
  throw new InvalidOptionError(
    'name',
    `name is "${name}"; expected the name of a folder: letters, digits, and ". _ @ -" between them.`,
  );
}

/**
 * The folder of this name in the user's cache folder: below `XDG_CACHE_HOME` or `~/.cache` on Linux, `~/Library/Caches`
 * on macOS, `LOCALAPPDATA` on Windows. It is not made.
 *
 * @param name of the program or data set that keeps its files there: `tfjs-node-tensorflow`.
 * @throws InvalidOptionError when `name` is no name of a folder.
 * @see XDG Base Directory Specification, version 0.8: a relative `XDG_CACHE_HOME` is invalid and ignored.
 */
export function cacheFolder(name: string): string {
  checkName(name);
  if (process.platform === 'win32') {
    return join(process.env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), name);
  }
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', name);
  const given = process.env.XDG_CACHE_HOME;
  return join(given && isAbsolute(given) ? given : join(homedir(), '.cache'), name);
}

function isWorkspaceWithData(folder: string): boolean {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest) || !existsSync(join(folder, 'data'))) return false;
  try {
    return 'workspaces' in (JSON.parse(readFileSync(manifest, 'utf8')) as object);
  } catch {
    return false;
  }
}

/**
 * The folder in which downloaded data are kept: `data/` of the nearest folder, going up from `start`, whose
 * `package.json` declares workspaces and that has a `data` folder; else {@link cacheFolder} of this name. It is not made.
 *
 * @param name of the data set or program: outside a workspace, each keeps its files in a folder of its own name.
 * @throws InvalidOptionError when `name` is no name of a folder.
 */
export function dataFolder(name: string, start: string = process.cwd()): string {
  checkName(name);
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (isWorkspaceWithData(folder)) return join(folder, 'data');
    if (folder === dirname(folder)) return cacheFolder(name);
  }
}
