import { mkdir } from 'node:fs/promises';
import { UsageError } from './run-command';

/**
 * Makes the folder for results where it is not there.
 *
 * @throws UsageError when there is a file of this name, or it may not be made.
 */
export async function makeOutputFolder(out: string): Promise<void> {
  try {
    await mkdir(out, { recursive: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'a file has this name' : `${code}`;
    throw new UsageError(
      `--out is "${out}", which cannot be a folder (${why}); name another, or one that is to be made.`,
    );
  }
}
