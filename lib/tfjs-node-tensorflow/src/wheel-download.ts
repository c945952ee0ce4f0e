import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineContext } from './engine-context';
import { fileSha256 } from './file-digests';
import { pythonEnvironment } from './python';
import { runProgram } from './run-program';
import type { TensorFlowBuild } from './tensorflow-build';

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
function allowedHashes(requirement: string): Set<string> {
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
 * Downloads the wheels of a build into `folder` with pip, so that the user's package index, mirrors, proxies and
 * certificates serve here as they do elsewhere. pip compares each with its pinned hash. Finished wheels stay when
 * the download breaks off, and are not fetched again.
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
  // pip writes to TMPDIR first; the system's may be small, and progress is read off the size of this one.
  const temporary = join(folder, 'pip');
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const total = build.downloadSize;
  const watch = setInterval(() => {
    const done = Math.min(total, Math.floor(folderBytes(folder) / 1e6));
    const message = `${done} of ${total} MB downloaded`;
    context.report({ stage: 'download', message, done, total });
  }, PROGRESS_MS);
  try {
    for (const requirement of missingRequirements(build, folder)) {
      const file = join(temporary, 'requirement.txt');
      writeFileSync(file, `${requirement}\n`);
      await runProgram(
        context,
        'Downloading TensorFlow',
        python,
        [
          ...['-m', 'pip', 'download', '--no-deps', '--require-hashes', '--no-cache-dir'],
          ...['--only-binary=:all:', '--python-version=3.12', '--implementation=cp'],
          ...build.tags.map((tag) => `--platform=${tag}`),
          ...['--dest', folder, '-r', file],
        ],
        {
          reason: 'download',
          env: {
            ...pythonEnvironment(context),
            TMPDIR: temporary,
            TEMP: temporary,
            TMP: temporary,
            // pip 25.1 and later resume a connection that breaks.
            PIP_RESUME_RETRIES: context.env.PIP_RESUME_RETRIES ?? '10',
          },
        },
      );
    }
  } finally {
    clearInterval(watch);
    rmSync(temporary, { recursive: true, force: true });
  }
}
