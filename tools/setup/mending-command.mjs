import { findProgram } from './find-program.mjs';

/** @type {[program: string, command: string][]} */
const INSTALLERS = [
  ['apt-get', 'sudo apt-get install -y'],
  ['dnf', 'sudo dnf install -y'],
  ['zypper', 'sudo zypper install -y'],
  ['pacman', 'sudo pacman -S'],
  ['apk', 'sudo apk add'],
  ['brew', 'brew install'],
];

/**
 * The command that installs something on this machine: `packages` maps the installer's name (`apt-get`, `dnf`, …) to
 * what it calls the package; `otherwise` is said where no installer is known.
 *
 * @param {import('./setup-context.mjs').SetupContext} context
 * @param {Record<string, string>} packages
 * @param {string} otherwise
 */
export function mendingCommand(context, packages, otherwise) {
  for (const [program, command] of INSTALLERS) {
    if (packages[program] !== undefined && findProgram(context, program) !== undefined) {
      return `run "${command} ${packages[program]}"`;
    }
  }
  return otherwise;
}
