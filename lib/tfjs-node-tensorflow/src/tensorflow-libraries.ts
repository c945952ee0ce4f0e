import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { requireDiskSpace } from './disk-space';
import { type EngineContext, tryAgain } from './engine-context';
import { TensorFlowInstallError } from './errors';
import {
  computeDigests,
  type FileDigests,
  findDamage,
  readDigests,
  writeDigests,
} from './file-digests';
import { findPython, pythonEnvironment, withPip } from './python';
import { runProgram } from './run-program';
import { MEMBERS, type TensorFlowBuild } from './tensorflow-build';
import { downloadWheels, folderBytes, missingRequirements } from './wheel-download';

/** A cache of before digests were kept is taken over when its files are, all together, these. */
const FILES_WITHOUT_DIGESTS: Readonly<Record<string, string>> = {
  'linux-x64': 'eaf1b60dc2de8d9aab0f771bf8d23cffafdddb4a7e602e2d4bccdf7c5f040550',
};

function digestOfAll(digests: FileDigests): string {
  const lines = Object.entries(digests).map(
    ([name, { size, sha256 }]) => `${name} ${size} ${sha256}\n`,
  );
  return createHash('sha256').update(lines.sort().join('')).digest('hex');
}

/** True when the libraries are in the cache and whole. Contents are read only where files have changed. */
export function librariesAreReady(build: TensorFlowBuild): boolean {
  return findDamage(build.folder) === undefined;
}

/**
 * What is wrong with the libraries in the cache, every byte of them read: `undefined` when nothing is, or when there
 * are none.
 */
export function findLibraryDamage(build: TensorFlowBuild): string | undefined {
  if (!existsSync(build.folder)) return undefined;
  return findDamage(build.folder, { readAll: true });
}

/** Notes the digests of a cache folder that has none, if its files are known to be right. */
function takeOver(build: TensorFlowBuild): void {
  const known = FILES_WITHOUT_DIGESTS[build.name];
  if (known === undefined || !existsSync(build.folder) || readDigests(build.folder)) return;
  const digests = computeDigests(build.folder);
  if (digestOfAll(digests) === known) writeDigests(build.folder, digests);
}

/** Deletes what installations that were killed have left. The lock is ours: nobody is using it. */
function deleteHalves(build: TensorFlowBuild): void {
  const prefix = `${basename(build.folder)}.half-`;
  for (const name of readdirSync(dirname(build.folder))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(build.folder), name), { recursive: true });
  }
}

async function fetchLibraries(context: EngineContext, build: TensorFlowBuild): Promise<void> {
  const downloads = join(context.cacheDir, 'downloads', basename(build.folder));
  mkdirSync(downloads, { recursive: true });
  const here = folderBytes(downloads) / 1e6;
  requireDiskSpace(context, Math.max(0, build.downloadSize - here) + build.unpackedSize + 100);
  const python = await findPython(context);
  const half = `${build.folder}.half-${process.pid}`;
  try {
    await withPip(context, python, downloads, async (program) => {
      await downloadWheels(context, build, program, downloads);
    });
    mkdirSync(half);
    context.report({ stage: 'unpack', message: 'unpacking TensorFlow' });
    const script = join(__dirname, '..', 'programs', 'unpack_wheels.py');
    await runProgram(
      context,
      'Unpacking TensorFlow',
      python.program,
      [script, downloads, half, ...MEMBERS],
      {
        reason: 'download',
        env: pythonEnvironment(context),
        onLine: (message) => context.report({ stage: 'unpack', message }),
      },
    );
    rmSync(build.folder, { recursive: true, force: true });
    renameSync(half, build.folder);
  } catch (error) {
    // Whole wheels are kept for the next time; one that is not goes now.
    missingRequirements(build, downloads);
    throw error;
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  rmSync(downloads, { recursive: true, force: true });
  deleteWhenEmpty(dirname(downloads));
}

function deleteWhenEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Downloads of another build.
  }
}

/**
 * Makes sure that the libraries of a build are in the cache, every byte as published; fetches them where they are
 * missing or damaged. The caller holds the cache's lock.
 *
 * @throws TensorFlowInstallError
 */
export async function ensureLibraries(
  context: EngineContext,
  build: TensorFlowBuild,
): Promise<void> {
  deleteHalves(build);
  takeOver(build);
  if (existsSync(build.folder)) {
    context.report({ stage: 'check', message: "checking TensorFlow's libraries" });
    const damage = findLibraryDamage(build);
    if (damage === undefined) return;
    context.report({ stage: 'repair', message: `${damage}; fetching the libraries again` });
  }
  await fetchLibraries(context, build);
  // Reads every byte back from the disk, and notes that it was right.
  const damage = findLibraryDamage(build);
  if (damage !== undefined) {
    throw new TensorFlowInstallError(
      'storage',
      `The disk of the cache does not keep what is written to it: ${damage}`,
      `name a cache folder on another by the variable ${context.cacheVariable}, then ${tryAgain(context)}`,
    );
  }
}
