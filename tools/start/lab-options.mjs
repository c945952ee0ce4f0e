import { parseArgs } from 'node:util';
import { CHANGES_HELP } from '../my-work/change-choice.mjs';

/** Seconds after which a kernel ends that is idle and that no page shows. One of the course holds 1 to 1.6 GB. */
const IDLE_SECONDS = 1800;

/** The course's own notebooks, for authors. */
const ORIGINALS = 'notebooks';

/** JupyterLab's own list of what its file browser leaves out. */
const HIDDEN = ['__pycache__', '*.pyc', '*.pyo', '.DS_Store', '*~'];

/** @param {string} folder of notebooks, below the root */
export function contentsPath(folder) {
  return `/lab/tree/${encodeURI(folder)}/README.md`;
}

/** Said to whoever starts the course as root; it goes on. */
export const ROOT_WARNING =
  'You are root, so whoever reaches this page (its address holds the key) is root on this machine: keep the address to yourself, or run "npm start" as an ordinary user.';

/** Said to whoever starts it for a class as root; it ends. */
export const ROOT_REFUSAL =
  'For a class the course does not run as root, since every learner would be root: run "npm start -- --class" as an ordinary user, or use JupyterHub with one user for each learner.';

/** True where a browser can be shown to the person who typed the command. */
function hasDesktop(env, platform) {
  if (env.SSH_CONNECTION && !env.DISPLAY) return false;
  if (platform === 'linux') return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
  return true;
}

export const HELP = `Opens the course in JupyterLab, with your own copies of the notebooks. The first call sets up what is missing.

  npm start -- [options]

${CHANGES_HELP}
  --original         the course's own notebooks, for its authors; makes no copies
  --class            for a class on one machine: without terminals, and never as root (or the variable SELFSUP_CLASS=1)
  --help             this text

All other options are JupyterLab's, such as --port=9000 or --no-browser; --help-all lists them. The variables that choose the data
and how long notebooks train (SELFSUP_DATA, SELFSUP_PROFILE …) are in README.md.`;

/** @satisfies {import('node:util').ParseArgsConfig['options']} */
const OWN_OPTIONS = /** @type {const} */ ({
  class: { type: 'boolean' },
  original: { type: 'boolean' },
  changes: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
});

/**
 * Our own options, taken out of those that JupyterLab gets.
 *
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env `SELFSUP_CLASS=1` is `--class`
 * @returns {{ help: boolean, forClass: boolean, original: boolean, changes: string | undefined, given: string[] }}
 */
export function startOptions(args, env) {
  const { values, tokens } = parseArgs({ args, options: OWN_OPTIONS, strict: false, tokens: true });
  const places = new Set();
  for (const token of tokens ?? []) {
    if (token.kind !== 'option' || !(token.name in OWN_OPTIONS)) continue;
    places.add(token.index);
    if (token.value !== undefined && !token.inlineValue) places.add(token.index + 1);
  }
  return {
    help: values.help === true,
    forClass: values.class === true || env.SELFSUP_CLASS === '1',
    original: values.original === true,
    changes: values.changes === undefined ? undefined : String(values.changes),
    given: args.filter((_, index) => !places.has(index)),
  };
}

/** Our settings, each with JupyterLab's short name for it. */
function courseSettings(root, folder, transport) {
  // What is run there changes tracked files, and git then refuses to pull.
  const hidden = folder === ORIGINALS ? [] : [...HIDDEN, ORIGINALS];
  return [
    ['--ServerApp.root_dir', '--notebook-dir', root],
    ['--ServerApp.ip', '--ip', '127.0.0.1'],
    ['--LabApp.default_url', undefined, contentsPath(folder)],
    // Its list of extensions would come from the network.
    ['--LabApp.extension_manager', undefined, 'readonly'],
    ['--Application.log_level', '--log-level', 'WARN'],
    ['--KernelManager.transport', '--transport', transport],
    // A busy one goes on: it may be training.
    ['--MappingKernelManager.cull_idle_timeout', undefined, IDLE_SECONDS],
    ['--MappingKernelManager.cull_interval', undefined, 60],
    ...hidden.map((name) => ['--ContentsManager.hide_globs', undefined, name]),
  ];
}

/**
 * The command line of JupyterLab: our settings, less those the user gives, for JupyterLab takes each option once. What a
 * class demands comes last and cannot be given otherwise.
 *
 * @param {object} start
 * @param {string} start.root the folder that JupyterLab shows
 * @param {string} start.folder the folder of notebooks that it opens, below the root
 * @param {'ipc' | 'tcp'} start.transport of its kernels
 * @param {string[]} start.given JupyterLab's own options, from the user
 * @param {boolean} start.forClass
 * @param {NodeJS.ProcessEnv} start.env
 * @param {string} start.platform
 * @param {boolean} start.isRoot
 * @returns {string[]}
 */
export function labArguments({ root, folder, transport, given, forClass, env, platform, isRoot }) {
  const demanded = forClass ? [['--ServerApp.terminals_enabled', undefined, 'False']] : [];
  const mayGive = (arg) =>
    !demanded.some(([name]) => arg.split('=')[0] === name) && !(forClass && arg === '--allow-root');
  const kept = given.filter(mayGive);
  const names = new Set(kept.map((arg) => arg.split('=')[0]));
  const args = [...courseSettings(root, folder, transport), ...demanded]
    .filter(([name, short]) => !names.has(name) && !names.has(short))
    .map(([name, , value]) => `${name}=${value}`);
  if (!hasDesktop(env, platform)) args.push('--no-browser');
  if (isRoot && !forClass) args.push('--allow-root');
  return [...args, ...kept];
}
