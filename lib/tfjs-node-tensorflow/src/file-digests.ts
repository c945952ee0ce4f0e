import { createHash } from 'node:crypto';
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Size in bytes and SHA-256 of files, by their path in a folder, with `/` between the parts. */
export type FileDigests = Readonly<
  Record<string, { readonly size: number; readonly sha256: string }>
>;

/** What the files of a folder must be. Written by `unpack_wheels.py` beside them. */
const DIGESTS_FILE = 'files.json';
/** When the content of each file was last found right, as the time of its last change (ctime). */
const CHECKED_FILE = 'checked.json';

const BLOCK_BYTES = 1 << 22;

/** SHA-256 of a file, in hexadecimal. */
export function fileSha256(file: string): string {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    for (let read = -1; read !== 0; ) {
      read = readSync(descriptor, block);
      hash.update(block.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}

/** Writes a file under another name first, so that it is whole or not there. */
export function writeWhole(file: string, text: string): void {
  const half = `${file}.half-${process.pid}`;
  try {
    writeFileSync(half, text);
    renameSync(half, file);
  } finally {
    rmSync(half, { force: true });
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** What the files of a folder must be, `undefined` where nothing says so. */
export function readDigests(folder: string): FileDigests | undefined {
  const value = readJson(join(folder, DIGESTS_FILE));
  if (typeof value !== 'object' || value === null) return undefined;
  const digests = Object.values(value) as (Partial<FileDigests[string]> | null)[];
  const isUsable = digests.every(
    (each) => Number.isInteger(each?.size) && typeof each?.sha256 === 'string',
  );
  return isUsable && digests.length > 0 ? (value as FileDigests) : undefined;
}

/** Notes what the files of a folder must be. */
export function writeDigests(folder: string, digests: FileDigests): void {
  writeWhole(join(folder, DIGESTS_FILE), JSON.stringify(digests, null, 0));
}

/** The digests of all files in a folder, as they are now. */
export function computeDigests(folder: string): FileDigests {
  const digests: Record<string, { size: number; sha256: string }> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = join(folder, name);
    const stat = statSync(file);
    if (!stat.isFile() || name === DIGESTS_FILE || name === CHECKED_FILE) continue;
    digests[name.replaceAll('\\', '/')] = { size: stat.size, sha256: fileSha256(file) };
  }
  return digests;
}

/**
 * Compares the files of a folder with their digests. Sizes are always compared; contents are read where the file
 * has changed since they were last found right, or, with `readAll`, in any case.
 *
 * @returns what is wrong with the first file that is not as it should be, `undefined` when all are
 */
export function findDamage(
  folder: string,
  { readAll = false }: { readAll?: boolean } = {},
): string | undefined {
  const digests = readDigests(folder);
  if (digests === undefined) return `${folder} does not say what its files must be`;
  const checked = {
    ...(readJson(join(folder, CHECKED_FILE)) as Record<string, number> | undefined),
  };
  let anyRead = false;
  for (const [name, { size, sha256 }] of Object.entries(digests)) {
    const file = join(folder, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return `${file} is missing`;
    if (stat.size !== size) return `${file} has ${stat.size} bytes in place of ${size}`;
    if (!readAll && checked[name] === stat.ctimeMs) continue;
    if (fileSha256(file) !== sha256) return `${file} is not what was downloaded`;
    checked[name] = stat.ctimeMs;
    anyRead = true;
  }
  if (anyRead) {
    try {
      writeWhole(join(folder, CHECKED_FILE), JSON.stringify(checked));
    } catch {
      // A folder that is shared and read-only: the contents are read again next time.
    }
  }
  return undefined;
}
