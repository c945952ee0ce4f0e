import { spawnSync } from 'node:child_process';
import { findProgram } from './find-program.mjs';
import { mendingCommand } from './mending-command.mjs';
import { SetupError } from './setup-error.mjs';

const CANDIDATES = [
  'python3',
  ...[14, 13, 12, 11, 10, 9].map((minor) => `python3.${minor}`),
  'python',
];

const PROBE = `
import sys
print("%d.%d" % sys.version_info[:2])
try:
    import venv, ensurepip
    print("venv")
except ImportError:
    print("no venv")
`;

function probe(context, program, minor) {
  const { status, stdout } = spawnSync(program, ['-c', PROBE], {
    env: context.env,
    encoding: 'utf8',
    timeout: 20_000,
  });
  const match = /^(\d+)\.(\d+)\s+(venv|no venv)\s*$/.exec(status === 0 ? stdout : '');
  if (match === null) return undefined;
  return {
    program,
    version: `${match[1]}.${match[2]}`,
    isNewEnough: Number(match[1]) === 3 && Number(match[2]) >= minor,
    hasVenv: match[3] === 'venv',
  };
}

/**
 * The Python to build an environment with: new enough, able to make virtual environments. The variable `PYTHON` names one,
 * otherwise `python3` and its versioned names are tried.
 *
 * @param {import('./setup-context.mjs').SetupContext} context
 * @param {{ purpose?: string, minor?: number }} [need] what needs it, and the least version, 3.`minor`
 * @throws SetupError when there is none
 */
export function findPython(context, { purpose = 'JupyterLab', minor = 9 } = {}) {
  const names = context.env.PYTHON ? [context.env.PYTHON] : CANDIDATES;
  const found = [];
  for (const name of names) {
    const program = findProgram(context, name);
    const python = program === undefined ? undefined : probe(context, program, minor);
    if (python === undefined) continue;
    if (python.isNewEnough && python.hasVenv) return python;
    found.push(python);
  }
  const withoutVenv = found.find(({ isNewEnough }) => isNewEnough);
  if (withoutVenv !== undefined) {
    const fix = mendingCommand(
      context,
      { 'apt-get': `python${withoutVenv.version}-venv`, zypper: 'python3-pip', apk: 'py3-pip' },
      'reinstall Python with its standard library',
    );
    throw new SetupError(
      `Python ${withoutVenv.version} (${withoutVenv.program}) lacks its venv module; ${fix}, then "npm run setup" again.`,
    );
  }
  const fix = mendingCommand(
    context,
    {
      'apt-get': 'python3 python3-venv',
      dnf: 'python3',
      zypper: 'python3',
      pacman: 'python',
      apk: 'python3',
      brew: 'python',
    },
    'install it from python.org',
  );
  const seen =
    found.length > 0
      ? `only Python ${found.map(({ version }) => version).join(', ')} was found`
      : context.env.PYTHON
        ? `PYTHON=${context.env.PYTHON} is none`
        : 'none was found';
  throw new SetupError(
    `${purpose} needs Python 3.${minor} or later, and ${seen}; ${fix}, or set PYTHON to its path, then run "npm run setup" again.`,
  );
}
