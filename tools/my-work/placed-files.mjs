import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';

/** Ours while we work, and left behind only by a process that was killed. */
const UNFINISHED = /^\.(.+)\.selfsup-(part|old)$/;

function besides(file, ending) {
  return join(dirname(file), `.${basename(file)}.selfsup-${ending}`);
}

/** Gives `from` the name `to`, never taking it from another file. @returns whether the name was free */
function moveToFreeName(from, to) {
  try {
    // Unlike a rename, this fails where the name is taken.
    linkSync(from, to);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'EEXIST') return false;
    // No hard links on this file system.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code ?? '')) throw error;
    if (existsSync(to)) return false;
    renameSync(from, to);
  }
  rmSync(from, { force: true });
  return true;
}

/**
 * The path with a word before its extension, and a number where that is taken: `03-nt-xent.new.ipynb`.
 *
 * @param {string} file
 * @param {string} word
 */
export function* namesBeside(file, word) {
  const extension = extname(file);
  const stem = file.slice(0, file.length - extension.length);
  yield `${stem}.${word}${extension}`;
  for (let number = 2; ; number++) yield `${stem}.${word}-${number}${extension}`;
}

/**
 * The path itself, then names beside it.
 *
 * @param {string} file
 * @param {string} [word]
 */
export function* nameOrBeside(file, word = 'yours') {
  yield file;
  yield* namesBeside(file, word);
}

/**
 * Moves a file out of the way, to the first of the names that is free.
 *
 * @param {string} file
 * @param {Iterable<string>} names
 * @returns {string} the name it got
 */
export function moveAside(file, names) {
  for (const name of names) {
    mkdirSync(dirname(name), { recursive: true });
    if (moveToFreeName(file, name)) return name;
  }
  throw new Error(`no name is free for ${file}`);
}

/** Writes the whole file under a passing name, so that no half of it is ever seen under its own. */
function writePart(file, bytes) {
  mkdirSync(dirname(file), { recursive: true });
  const part = besides(file, 'part');
  const descriptor = openSync(part, 'w');
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return part;
}

/**
 * Writes a file where there is none.
 *
 * @param {string} file
 * @param {Buffer} bytes
 * @returns {boolean} whether there was none
 */
export function placeNew(file, bytes) {
  const part = writePart(file, bytes);
  const placed = moveToFreeName(part, file);
  rmSync(part, { force: true });
  return placed;
}

/**
 * Writes a file in place of one that nobody worked in. Somebody may save in the same moment: that file is asked for last,
 * when the new one already has the name, and kept where it holds work.
 *
 * @param {string} file
 * @param {Buffer} bytes
 * @param {(old: Buffer) => boolean} isUntouched
 * @returns {string | undefined} where the old one was kept, if it had to be
 */
export function replaceUntouched(file, bytes, isUntouched) {
  const part = writePart(file, bytes);
  const old = besides(file, 'old');
  renameSync(file, old);
  moveToFreeName(part, file);
  rmSync(part, { force: true });
  if (!isUntouched(readFileSync(old))) return moveAside(old, namesBeside(file, 'yours'));
  rmSync(old);
  return undefined;
}

/**
 * Removes the file of the course that nobody worked in.
 *
 * @param {string} file
 * @param {(old: Buffer) => boolean} isUntouched
 */
export function removeUntouched(file, isUntouched) {
  const old = besides(file, 'old');
  renameSync(file, old);
  if (isUntouched(readFileSync(old))) rmSync(old);
  else moveAside(old, nameOrBeside(file));
}

/**
 * Puts right what a killed process left: half-written files go; files that it had moved get their name back or, where
 * another has it by now and they hold work, a name beside it.
 *
 * @param {string} folder
 * @param {(file: string, old: Buffer) => boolean} isUntouched
 */
export function recover(folder, isUntouched) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith('.')) recover(path, isUntouched);
    const [, name = '', ending] = UNFINISHED.exec(entry.name) ?? [];
    if (ending === 'part') rmSync(path);
    if (ending !== 'old') continue;
    const file = join(folder, name);
    if (existsSync(file) && isUntouched(file, readFileSync(path))) rmSync(path);
    else moveAside(path, nameOrBeside(file));
  }
}

/**
 * Writes a record of our own, whole or not at all.
 *
 * @param {string} file
 * @param {Buffer} bytes
 */
export function placeRecord(file, bytes) {
  renameSync(writePart(file, bytes), file);
}
