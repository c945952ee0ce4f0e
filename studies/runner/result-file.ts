import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { losslessJson, parseLosslessJson, replaceFile } from 'selfsup/training/files';
import type { Hardware } from '../../bench/machine';
import type { Task } from './grid';
import type { Configuration, Measured } from './study';

/** The code that measured. */
export interface CodeVersion {
  /** Version in the root's package.json. */
  readonly package: string;
  /** Commit of the clone; `unknown` where it is no git clone. */
  readonly commit: string;
  /** Whether tracked files differed from that commit. */
  readonly modified: boolean;
  /** SHA-256 of the study's file. */
  readonly studyFile: string;
}

/** What is kept of one configuration. */
export interface StudyResult {
  readonly study: string;
  readonly digest: string;
  readonly configuration: Configuration;
  readonly measured: Measured;
  /** Wall-clock seconds of `measure`. */
  readonly seconds: number;
  /** When it ended, ISO 8601. */
  readonly finished: string;
  readonly version: CodeVersion;
  readonly machine: Hardware;
}

/** The file of a configuration: readable, and another one when the recipe changes. */
export function resultFile(folder: string, { configuration, digest }: Task): string {
  const { recipe, data, seed } = configuration;
  const words = `${recipe} ${data}`
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, 80);
  return join(folder, 'results', `${words}-seed-${seed}-${digest.slice(0, 12)}.json`);
}

/** Replaces the file as a whole or not at all. */
export async function writeResult(file: string, result: StudyResult): Promise<void> {
  const text = JSON.stringify(JSON.parse(losslessJson(result)), null, 2);
  await replaceFile(file, Buffer.from(`${text}\n`));
}

/**
 * The result kept for a configuration, `null` where there is none.
 *
 * @throws Error naming the file when it holds something else.
 */
export async function readResult(file: string, task: Task): Promise<StudyResult | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  let result: Partial<StudyResult> | undefined;
  try {
    result = parseLosslessJson(text) as Partial<StudyResult>;
  } catch {}
  if (result?.digest !== task.digest || typeof result.measured !== 'object') {
    throw new Error(
      `${file} is not the result of ${task.configuration.recipe}, seed ${task.configuration.seed}; ` +
        'expected what the study wrote there. Delete the file, and it is measured anew.',
    );
  }
  return result as StudyResult;
}
