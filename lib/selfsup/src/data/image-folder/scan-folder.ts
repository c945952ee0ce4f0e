import type { BigIntStats, Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SkippedFile, SkipReason } from './skipped-file';

/** A regular file found in a folder. */
export interface FoundFile {
  /** Its path within the folder, with `/` between the parts. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Changes whenever the file does: its number, size, and times of change to the nanosecond. */
  readonly stamp: string;
}

/** What {@link scanFolder} found, each in the order of the paths. */
export interface ScannedFolder {
  readonly files: readonly FoundFile[];
  readonly skipped: readonly SkippedFile[];
}

/** One call to `stat` after the other leaves the disk idle; thousands at once would exhaust the open files. */
const AT_ONCE = 32;

/**
 * Finds every file of a folder and its subfolders. What begins with a point is passed over. Links are followed, after
 * everything that is not a link; each folder is read once, so that circles end.
 *
 * @internal
 * @throws the signal's reason when it is aborted.
 */
export async function scanFolder(dir: string, signal?: AbortSignal): Promise<ScannedFolder> {
  const files: FoundFile[] = [];
  const skipped: SkippedFile[] = [];
  const foldersRead = new Set<string>();
  const links: string[] = [];
  const skip = (file: string, reason: SkipReason, detail: string) =>
    skipped.push({ file, reason, detail });

  const addFile = async (file: string): Promise<void> => {
    try {
      const found = await stat(join(dir, file), { bigint: true });
      if (found.isFile()) files.push({ file, size: Number(found.size), stamp: stampOf(found) });
      else skip(file, 'unreadable', 'not a regular file');
    } catch (error) {
      skip(file, 'unreadable', `cannot be read (${codeOf(error)})`);
    }
  };
  const readFolder = async (folder: string): Promise<void> => {
    signal?.throwIfAborted();
    let entries: Dirent[];
    try {
      const real = await realpath(join(dir, folder));
      if (foldersRead.has(real)) {
        skip(folder, 'link', 'reached through a link, and read already');
        return;
      }
      foldersRead.add(real);
      entries = await readdir(join(dir, folder), { withFileTypes: true });
    } catch (error) {
      skip(folder, 'unreadable', `the folder cannot be read (${codeOf(error)})`);
      return;
    }
    const visible = entries.filter(({ name }) => !name.startsWith('.'));
    const within = (entry: Dirent) => (folder === '' ? entry.name : `${folder}/${entry.name}`);
    const plain = visible.filter((entry) => !entry.isDirectory() && !entry.isSymbolicLink());
    for (let start = 0; start < plain.length; start += AT_ONCE) {
      signal?.throwIfAborted();
      await Promise.all(plain.slice(start, start + AT_ONCE).map((entry) => addFile(within(entry))));
    }
    for (const entry of visible) if (entry.isSymbolicLink()) links.push(within(entry));
    for (const entry of visible) if (entry.isDirectory()) await readFolder(within(entry));
  };

  await readFolder('');
  for (let link = links.shift(); link !== undefined; link = links.shift()) {
    try {
      const target = await realpath(join(dir, link));
      if (!(await stat(target)).isDirectory()) await addFile(link);
      else await readFolder(link);
    } catch (error) {
      skip(link, 'link', `a link that leads nowhere (${codeOf(error)})`);
    }
    signal?.throwIfAborted();
  }
  return { files: files.sort(byPath), skipped: skipped.sort(byPath) };
}

/** The order of the paths, the same in every language and on every machine. */
function byPath(a: { readonly file: string }, b: { readonly file: string }): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : 0;
}

/** The time of change cannot be set back, as the time of modification can. */
function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino}-${size}-${mtimeNs}-${ctimeNs}`;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}
