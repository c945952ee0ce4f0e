import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { contentHash, readStamp } from '../setup/content-hash.mjs';
import { pythonEnvironment } from '../setup/python-environment.mjs';
import { findPython } from '../setup/python-interpreter.mjs';
import { SetupError } from '../setup/setup-error.mjs';

/** nbgrader in an environment of its own: it wants another JupyterLab than the course could one day have. */
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

  get #requirements() {
    return join(this.folder, 'requirements.txt');
  }

  #stamp() {
    return contentHash(readFileSync(this.#requirements, 'utf8'), this.context.root);
  }

  /** @throws SetupError when it cannot be installed */
  install() {
    const stamp = join(this.venv, 'selfsup-requirements.stamp');
    if (existsSync(this.python) && readStamp(stamp) === this.#stamp()) return;
    this.context.report.say('Installing nbgrader into teaching/nbgrader/.venv …');
    const env = pythonEnvironment(this.context);
    const run = (program, args) => {
      const { status, stderr, error } = spawnSync(program, args, { env, encoding: 'utf8' });
      if (status === 0) return;
      const why = (error?.message ?? stderr).trim().split('\n').at(-1);
      throw new SetupError(
        `nbgrader could not be installed (${why}). It needs Python 3.11 or newer and the package registry.`,
      );
    };
    rmSync(this.venv, { recursive: true, force: true });
    run(findPython(this.context).program, ['-m', 'venv', this.venv]);
    run(this.python, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-compile',
      '--require-hashes',
      '-r',
      this.#requirements,
    ]);
    writeFileSync(stamp, this.#stamp());
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
