import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeVersion } from './result-file';

function git(root: string, ...args: string[]): string | null {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'];
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio }).trim();
  } catch {
    return null;
  }
}

/** SHA-256 of a study's file, to see whether a kept result was made by the same text. */
export function studyFileDigest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** The commit of a clone, `null` where it is no git clone, and whether tracked files differ from it. */
export function gitState(root: string): { commit: string | null; modified: boolean } {
  const changes = git(root, 'status', '--porcelain', '--untracked-files=no');
  return {
    commit: git(root, 'rev-parse', 'HEAD'),
    modified: changes !== null && changes !== '',
  };
}

/** The version of a clone and of a study in it. */
export function codeVersion(root: string, studyFile: string): CodeVersion {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { commit, modified } = gitState(root);
  return {
    package: manifest.version,
    commit: commit ?? 'unknown',
    modified,
    studyFile: studyFileDigest(studyFile),
  };
}
