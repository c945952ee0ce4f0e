import { mkdir, mkdtemp, realpath, rmdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { UsageError } from './run-command';

/**
 * Makes the folder for results where it is not there, and tries whether it can be written to, before work is done for it.
 *
 * @param read Folders of pictures that the command reads.
 * @throws UsageError when there is a file of this name, it may not be made or written to, or it lies in a folder that is read.
 */
export async function makeOutputFolder(out: string, read: readonly string[] = []): Promise<void> {
  const end = await withoutLinks(out);
  for (const folder of read) {
    const lies = isWithin(folder, out);
    if (!lies && !isWithin(await withoutLinks(folder), end)) continue;
    throw new UsageError(
      `--out is "${out}", which ${lies ? 'lies in' : 'leads into'} ${folder}: the pictures written there would be read the next ` +
        'time; name a folder outside.',
    );
  }
  try {
    await mkdir(out, { recursive: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'a file has this name' : `${code}`;
    throw new UsageError(
      `--out is "${out}", which cannot be a folder (${why}); name another, or one that is to be made.`,
    );
  }
  try {
    await rmdir(await mkdtemp(join(out, '.writable-')));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`--out is "${out}", which cannot be written to (${code}); name another.`);
  }
}

/** Where a path leads, links followed; of what is not there yet, the folder around it decides. */
async function withoutLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await withoutLinks(parent), basename(path));
  }
}

/** Whether a path is the folder or lies below it. */
function isWithin(folder: string, path: string): boolean {
  const between = relative(folder, path);
  // From one drive or share of Windows to another there is no relative path: what comes back is absolute.
  return !isAbsolute(between) && between.split(sep)[0] !== '..';
}
