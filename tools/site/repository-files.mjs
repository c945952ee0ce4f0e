import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders that hold what was made or fetched, in a copy of the course that git does not know. */
const MADE = new Set(['node_modules', 'dist', '.git', '.venv', 'course-output', 'site-output']);

/** @param {string} root @param {string[]} args */
function git(root, args) {
  return execFileSync('git', ['-C', root, ...args], {
    encoding: 'utf8',
    maxBuffer: 64e6,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (MADE.has(entry.name)) return [];
    if (!entry.isDirectory()) return [entry.name];
    return filesBelow(join(folder, entry.name)).map((file) => `${entry.name}/${file}`);
  });
}

/**
 * The files of the course, as paths from its root: those that git tracks and those that it would, in a copy without git all.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function repositoryFiles(root) {
  try {
    const listed = git(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
    const files = [...new Set(listed.split('\0'))].filter((file) => file !== '');
    return files.filter((file) => existsSync(join(root, file))).sort();
  } catch {
    return filesBelow(root).sort();
  }
}

/**
 * The day a file was last committed, as `2026-11-28`; `undefined` where git does not tell it: without git, for a file that has
 * changed since, and in a shallow clone, which gives every file the day of the last commit.
 *
 * @param {string} root
 * @param {string} file
 */
export function committedOn(root, file) {
  try {
    if (git(root, ['rev-parse', '--is-shallow-repository']).trim() === 'true') return undefined;
    if (git(root, ['status', '--porcelain', '--', file]) !== '') return undefined;
    return git(root, ['log', '-1', '--format=%cs', '--', file]).trim() || undefined;
  } catch {
    return undefined;
  }
}
