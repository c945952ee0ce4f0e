import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { jupyterEnvironment } from '../setup/jupyter-settings.mjs';
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
   * @param {object} options
   * @param {NodeJS.ProcessEnv} options.env of the course, as set-up returns it
   * @param {boolean} options.verbose prints all that nbgrader says, not only its warnings
   */
  constructor(context, course, { env, verbose }) {
    this.context = context;
    this.course = course;
    this.folder = folderOf(context);
    this.venv = venvOf(context);
    this.python = pythonIn(context, this.venv);
    this.env = env;
    this.verbose = verbose;
  }

  /** In the course's folder, so that nbgrader's commands typed there find the settings too. */
  #settings() {
    const settings = JSON.stringify(join(this.folder, 'nbgrader_config.py'));
    writeFileSync(
      join(this.course, 'nbgrader_config.py'),
      `# Written by "npm run teach"; the settings are there.\nload_subconfig(${settings})  # noqa: F821\n`,
    );
  }

  #logLevel() {
    return this.verbose ? [] : ['--log-level=WARN'];
  }

  /**
   * One of nbgrader's own commands.
   *
   * @param {string[]} args
   * @throws SetupError when it cannot be installed or when it fails
   */
  async run(...args) {
    await ensureSetup({}, [nbgraderPackages]);
    this.#settings();
    const { IPYTHONDIR } = jupyterEnvironment(this.context);
    // IPython warns of a folder whose parent is not there.
    mkdirSync(IPYTHONDIR, { recursive: true });
    const preload = join(this.folder, 'watched-library.cjs');
    const paths = (...folders) => folders.filter(Boolean).join(delimiter);
    const { status } = spawnSync(this.python, ['-m', 'nbgrader', ...args, ...this.#logLevel()], {
      cwd: this.course,
      stdio: 'inherit',
      env: {
        ...this.env,
        IPYTHONDIR,
        ...(this.verbose ? {} : { PYTHONWARNINGS: 'ignore' }),
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
