import { parseArgs } from 'node:util';

export const CONTENTS = '/lab/tree/notebooks/README.md';

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

/**
 * Our own option, taken out of those that JupyterLab gets.
 *
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env `SELFSUP_CLASS=1` is `--class`
 * @returns {{ forClass: boolean, given: string[] }}
 */
export function startOptions(args, env) {
  const { tokens } = parseArgs({ args, strict: false, tokens: true });
  const own = tokens.filter((token) => token.kind === 'option' && token.rawName === '--class');
  const places = new Set(own.map(({ index }) => index));
  return {
    forClass: places.size > 0 || env.SELFSUP_CLASS === '1',
    given: args.filter((_, index) => !places.has(index)),
  };
}

/** Our settings, each with JupyterLab's short name for it. */
function courseSettings(root, transport) {
  return [
    ['--ServerApp.root_dir', '--notebook-dir', root],
    ['--ServerApp.ip', '--ip', '127.0.0.1'],
    ['--LabApp.default_url', undefined, CONTENTS],
    // Its list of extensions would come from the network.
    ['--LabApp.extension_manager', undefined, 'readonly'],
    ['--Application.log_level', '--log-level', 'WARN'],
    ['--KernelManager.transport', '--transport', transport],
  ];
}

/**
 * The command line of JupyterLab: our settings, less those the user gives, for JupyterLab takes each option once. What a
 * class demands comes last and cannot be given otherwise.
 *
 * @param {object} start
 * @param {string} start.root the folder that JupyterLab shows
 * @param {'ipc' | 'tcp'} start.transport of its kernels
 * @param {string[]} start.given JupyterLab's own options, from the user
 * @param {boolean} start.forClass
 * @param {NodeJS.ProcessEnv} start.env
 * @param {string} start.platform
 * @param {boolean} start.isRoot
 * @returns {string[]}
 */
export function labArguments({ root, transport, given, forClass, env, platform, isRoot }) {
  const demanded = forClass ? [['--ServerApp.terminals_enabled', undefined, 'False']] : [];
  const mayGive = (arg) =>
    !demanded.some(([name]) => arg.split('=')[0] === name) && !(forClass && arg === '--allow-root');
  const kept = given.filter(mayGive);
  const names = new Set(kept.map((arg) => arg.split('=')[0]));
  const args = [...courseSettings(root, transport), ...demanded]
    .filter(([name, short]) => !names.has(name) && !names.has(short))
    .map(([name, , value]) => `${name}=${value}`);
  if (!hasDesktop(env, platform)) args.push('--no-browser');
  if (isRoot && !forClass) args.push('--allow-root');
  return [...args, ...kept];
}
