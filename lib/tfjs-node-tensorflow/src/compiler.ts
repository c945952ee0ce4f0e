import { findProgram } from './find-program';
import { installAdvice } from './install-advice';
import type { Machine } from './options';

const COMPILERS = ['c++', 'g++', 'clang++'];

/** The C++ compilers to try, in order: the one that the variable `CXX` names, alone, when it is set. */
export function findCompilers(machine: Machine): string[] {
  const names = machine.env.CXX ? [machine.env.CXX] : COMPILERS;
  return names
    .map((name) => findProgram(machine, name))
    .filter((path): path is string => path !== undefined);
}

/** How to get a C++ compiler on this machine. */
export function compilerAdvice(machine: Machine): string {
  if (machine.env.CXX) return `unset CXX (${machine.env.CXX} was not found) or correct it`;
  return installAdvice(
    machine,
    { 'apt-get': 'g++', dnf: 'gcc-c++', zypper: 'gcc-c++', pacman: 'gcc', apk: 'g++' },
    machine.platform === 'darwin' ? 'run "xcode-select --install"' : 'install g++ or clang++',
  );
}
