import { findProgram } from './find-program';
import type { Machine } from './options';

const INSTALLERS = [
  ['apt-get', 'sudo apt-get install -y'],
  ['dnf', 'sudo dnf install -y'],
  ['zypper', 'sudo zypper install -y'],
  ['pacman', 'sudo pacman -S'],
  ['apk', 'sudo apk add'],
  ['brew', 'brew install'],
] as const;

/** What the system's installers call a package. */
export type PackageNames = Partial<Record<(typeof INSTALLERS)[number][0], string>>;

/** The command that installs something on this machine; `otherwise` where no installer is known. */
export function installAdvice(machine: Machine, packages: PackageNames, otherwise: string): string {
  for (const [program, command] of INSTALLERS) {
    if (packages[program] !== undefined && findProgram(machine, program) !== undefined) {
      return `run "${command} ${packages[program]}"`;
    }
  }
  return otherwise;
}
