import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineContext } from './engine-context';
import { fileSha256 } from './file-digests';
import { pythonEnvironment } from './python';
import { runProgram } from './run-program';
import type { TensorFlowBuild } from './tensorflow-build';
import { PipOutput, transferWheel, type WheelAddress } from './wheel-transfer';

const PROGRESS_MS = 500;

/** Bytes of all files in a folder. */
export function folderBytes(folder: string): number {
  let bytes = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    if (stat?.isFile()) bytes += stat.size;
  }
  return bytes;
}

/** The hashes that a requirement allows its wheel to have. */
function allowedHashes(requirement: string): ReadonlySet<string> {
  return new Set(
    [...requirement.matchAll(/--hash=sha256:([0-9a-f]{64})/g)].map(([, hash]) => hash ?? ''),
  );
}

/**
 * The requirements whose wheel is not in `folder` yet. A wheel that an earlier run left unfinished, or that belongs to
 * none of them, is deleted.
 */
export function missingRequirements(build: TensorFlowBuild, folder: string): readonly string[] {
  const wheels = readdirSync(folder).filter((name) => name.endsWith('.whl'));
  const missing = new Set(build.requirements);
  for (const wheel of wheels) {
    const hash = fileSha256(join(folder, wheel));
    const requirement = build.requirements.find((each) => allowedHashes(each).has(hash));
    if (requirement === undefined) rmSync(join(folder, wheel));
    else missing.delete(requirement);
  }
  return [...missing];
}

/**
 * Runs pip for one requirement.
 *
 * @param onLine receives what pip says; when it gives an address, pip is stopped
 * @returns that address, `undefined` when pip has fetched the wheel
 */
async function pipDownload(
  context: EngineContext,
  build: TensorFlowBuild,
  python: string,
  requirement: string,
  folder: string,
  onLine: (line: string) => WheelAddress | undefined,
): Promise<WheelAddress | undefined> {
  // pip writes to TMPDIR first; the system's may be small, and progress is read off the size of this one.
  const temporary = join(folder, 'pip');
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const file = join(temporary, 'requirement.txt');
  writeFileSync(file, `${requirement}\n`);
  const stop = new AbortController();
  const forward = (): void => stop.abort(context.signal?.reason);
  context.signal?.addEventListener('abort', forward);
  if (context.signal?.aborted) forward();
  let address: WheelAddress | undefined;
  try {
    await runProgram(
      { ...context, signal: stop.signal },
      'Downloading TensorFlow',
      python,
      [
        ...['-m', 'pip', 'download', '-vv', '--no-deps', '--require-hashes', '--no-cache-dir'],
        ...['--only-binary=:all:', '--python-version=3.12', '--implementation=cp'],
        ...build.tags.map((tag) => `--platform=${tag}`),
        ...['--dest', folder, '-r', file],
      ],
      {
        reason: 'download',
        onLine: (line) => {
          address ??= onLine(line);
          if (address !== undefined) stop.abort();
        },
        env: {
          ...pythonEnvironment(context),
          TMPDIR: temporary,
          TEMP: temporary,
          TMP: temporary,
          PYTHONUNBUFFERED: '1',
          // pip 25.1 and later resume a connection that breaks.
          PIP_RESUME_RETRIES: context.env.PIP_RESUME_RETRIES ?? '10',
        },
      },
    );
    return undefined;
  } catch (error) {
    if (address === undefined || context.signal?.aborted) throw error;
    return address;
  } finally {
    context.signal?.removeEventListener('abort', forward);
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function downloadWheel(
  context: EngineContext,
  build: TensorFlowBuild,
  python: string,
  requirement: string,
  folder: string,
): Promise<void> {
  const [sha256, ...others] = allowedHashes(requirement);
  const output = new PipOutput();
  if (sha256 !== undefined && others.length === 0) {
    const read = (line: string): WheelAddress | undefined => output.read(line);
    const address = await pipDownload(context, build, python, requirement, folder, read);
    if (address === undefined) return;
    if (await transferWheel(context, address, sha256, folder)) return;
  }
  await pipDownload(context, build, python, requirement, folder, () => undefined);
}

/**
 * Downloads the wheels of a build into `folder`. pip finds them, so that the user's package index and mirrors serve here
 * as they do elsewhere. Then the transfer is ours, which a later call resumes; where the network lets only pip through,
 * it is pip's. Each wheel is compared with its pinned hash. Finished wheels are not fetched again.
 *
 * @param python a Python that has pip
 * @throws TensorFlowInstallError
 */
export async function downloadWheels(
  context: EngineContext,
  build: TensorFlowBuild,
  python: string,
  folder: string,
): Promise<void> {
  const total = build.downloadSize;
  const report = (): void => {
    const done = Math.min(total, Math.floor(folderBytes(folder) / 1e6));
    const message = `${done} of ${total} MB downloaded`;
    context.report({ stage: 'download', message, done, total });
  };
  report();
  const watch = setInterval(report, PROGRESS_MS);
  try {
    for (const requirement of missingRequirements(build, folder)) {
      await downloadWheel(context, build, python, requirement, folder);
    }
  } finally {
    clearInterval(watch);
  }
}
