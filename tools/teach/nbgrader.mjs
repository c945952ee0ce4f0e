import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pythonEnvironmentStep } from '../setup/python-environment.mjs';
import { pythonIn } from '../setup/setup-context.mjs';
import { ensureSetup, SetupError } from '../setup.mjs';

const folderOf = ({ root }) => join(root, 'teaching', 'nbgrader');
const venvOf = (context) => join(folderOf(context), '.venv');

/** Apart from the course's own environment: it wants another JupyterLab than the course could one day have. */
const nbgraderPackages = pythonEnvironmentStep({
  describe: 'Installing nbgrader into teaching/nbgrader/.venv',
  folder: venvOf,
  requirements: (context) => join(folderOf(context), 'requirements.txt'),
  need: { purpose: 'nbgrader', minor: 11 },
});

/** nbgrader in an environment of its own. */
export class Nbgrader {
  /**
   * @param {import('../setup/setup-context.mjs').SetupContext} context
   * @param {string} course the folder of submissions and grades
   * @param {NodeJS.ProcessEnv} env of the course, as set-up returns it
   */
  constructor(context, course, env) {
    this.context = context;
    this.course = course;
    this.folder = folderOf(context);
    this.venv = venvOf(context);
    this.python = pythonIn(context, this.venv);
    this.env = env;
  }

  /** @throws SetupError when it cannot be installed */
  async install() {
    await ensureSetup({}, [nbgraderPackages]);
  }

  /** In the course's folder, so that nbgrader's commands typed there find the settings too. */
  #settings() {
    const settings = JSON.stringify(join(this.folder, 'nbgrader_config.py'));
    writeFileSync(
      join(this.course, 'nbgrader_config.py'),
      `# Written by "npm run teach"; the settings are there.\nload_subconfig(${settings})  # noqa: F821\n`,
    );
  }

  /**
   * One of nbgrader's own commands.
   *
   * @param {string[]} args
   * @throws SetupError with what it said last when it fails
   */
  run(...args) {
    this.#settings();
    const preload = join(this.folder, 'watched-library.cjs');
    const paths = (...folders) => folders.filter(Boolean).join(delimiter);
    const { status } = spawnSync(this.python, ['-m', 'nbgrader', ...args], {
      cwd: this.course,
      stdio: 'inherit',
      env: {
        ...this.env,
        // It calls its own programs by name.
        PATH: paths(join(this.venv, 'bin'), this.env.PATH),
        JUPYTER_PATH: paths(join(this.context.venv, 'share', 'jupyter'), this.env.JUPYTER_PATH),
        NODE_OPTIONS: `${this.env.NODE_OPTIONS ?? ''} --require ${JSON.stringify(preload)}`.trim(),
        SELFSUP_POINTS: join(this.folder, 'points.cjs'),
      },
    });
    if (status !== 0) {
      throw new SetupError(`nbgrader ${args[0]} failed; its lines above say why.`);
    }
  }
}
