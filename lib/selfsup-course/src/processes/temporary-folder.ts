import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/**
 * A new folder for files that a notebook writes to show something; it goes when the kernel ends.
 *
 * @param name The beginning of its name.
 */
export async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  // One listener for all: Node warns of more than ten.
  if (folders.push(folder) === 1) process.once('exit', removeAll);
  return folder;
}
