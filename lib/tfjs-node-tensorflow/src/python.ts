import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type EngineContext, tryAgain } from './engine-context';
import { TensorFlowInstallError } from './errors';
import { findProgram } from './find-program';
import { installAdvice } from './install-advice';
import { programEnd, runProgram } from './run-program';

const CANDIDATES = [
  'python3',
  ...[14, 13, 12, 11, 10, 9].map((minor) => `python3.${minor}`),
  'python',
];

const PROBE = `
import importlib.util, sys
print("%d.%d" % sys.version_info[:2], *(name for name in ("pip", "ensurepip", "venv") if importlib.util.find_spec(name)))
`;

/** A Python that can download wheels: by its own pip, or by that of a virtual environment it can make. */
export interface Python {
  readonly program: string;
  /** For instance `3.12`. */
  readonly version: string;
  readonly hasPip: boolean;
  readonly hasVenv: boolean;
}

/** The user's environment without what would make pip install elsewhere or Python import from elsewhere. */
export function pythonEnvironment(context: EngineContext): NodeJS.ProcessEnv {
  const { PYTHONHOME, PYTHONPATH, PIP_TARGET, PIP_PREFIX, PIP_USER, ...env } = context.env;
  return {
    ...env,
    PYTHONNOUSERSITE: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
  };
}

async function probe(context: EngineContext, program: string): Promise<Python | undefined> {
  const { status, stdout } = await programEnd(context, program, ['-c', PROBE], {
    env: pythonEnvironment(context),
    timeout: 20_000,
  });
  const [version = '', ...modules] = stdout.trim().split(/\s+/);
  if (status !== 0 || !/^\d+\.\d+$/.test(version)) return undefined;
  return {
    program,
    version,
    hasPip: modules.includes('pip'),
    hasVenv: modules.includes('venv') && modules.includes('ensurepip'),
  };
}

function isNewEnough({ version }: Python): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 3 && minor >= 9;
}

/**
 * The Python that downloads TensorFlow's wheels: 3.9 or later, with pip, or able to make a virtual environment that has
 * it. Nothing is installed into it.
 *
 * @throws TensorFlowInstallError when there is none
 */
export async function findPython(context: EngineContext): Promise<Python> {
  const named = context.python ?? (context.env.PYTHON || undefined);
  const found: Python[] = [];
  for (const name of named === undefined ? CANDIDATES : [named]) {
    const program = findProgram(context, name);
    const python = program === undefined ? undefined : await probe(context, program);
    if (python === undefined) continue;
    if (isNewEnough(python) && (python.hasPip || python.hasVenv)) return python;
    found.push(python);
  }
  throw missingPython(context, found, named);
}

function missingPython(
  context: EngineContext,
  found: readonly Python[],
  named: string | undefined,
): TensorFlowInstallError {
  const bare = found.find(isNewEnough);
  if (bare !== undefined) {
    const advice = installAdvice(
      context,
      { 'apt-get': 'python3-pip', dnf: 'python3-pip', zypper: 'python3-pip', apk: 'py3-pip' },
      'reinstall Python with its standard library',
    );
    return new TensorFlowInstallError(
      'program',
      `Python ${bare.version} (${bare.program}) has neither pip nor venv`,
      `${advice}, then ${tryAgain(context)}`,
    );
  }
  const advice = installAdvice(
    context,
    {
      'apt-get': 'python3 python3-pip',
      dnf: 'python3 python3-pip',
      zypper: 'python3 python3-pip',
      pacman: 'python python-pip',
      apk: 'python3 py3-pip',
      brew: 'python',
    },
    'install it from python.org',
  );
  const seen =
    found.length > 0
      ? `only Python ${found.map(({ version }) => version).join(', ')} was found`
      : named === undefined
        ? 'none was found'
        : `${named} is none`;
  return new TensorFlowInstallError(
    'program',
    `TensorFlow's libraries are downloaded by pip of Python 3.9 or later, and ${seen}`,
    `${advice}, or set PYTHON to its path, then ${tryAgain(context)}`,
  );
}

/** Runs `work` with a Python that has pip: the given one, else that of a virtual environment, deleted afterwards. */
export async function withPip<T>(
  context: EngineContext,
  python: Python,
  temporaryFolder: string,
  work: (program: string) => Promise<T>,
): Promise<T> {
  if (python.hasPip) return work(python.program);
  const folder = mkdtempSync(join(temporaryFolder, 'venv-'));
  try {
    await runProgram(
      context,
      'Making a virtual environment',
      python.program,
      ['-m', 'venv', folder],
      {
        env: pythonEnvironment(context),
        reason: 'program',
      },
    );
    const program = context.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
    return await work(join(folder, ...program));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
