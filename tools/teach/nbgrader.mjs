import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError } from '../setup/setup-error.mjs';
import { separatePackages } from './separate-packages.mjs';

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
    this.folder = join(context.root, 'teaching', 'nbgrader');
    this.venv = join(this.folder, '.venv');
    this.python = join(this.venv, 'bin', 'python');
    this.env = env;
  }

  /** @throws SetupError when it cannot be installed */
  install() {
    separatePackages(this.context, 'teaching/nbgrader', 'nbgrader');
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
