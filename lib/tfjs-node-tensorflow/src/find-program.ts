import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Machine } from './options';

/** The path of a program on PATH (or the given path, when it is one), `undefined` when there is none. */
export function findProgram(machine: Machine, name: string): string | undefined {
  const folders = isAbsolute(name) ? [''] : (machine.env.PATH ?? '').split(delimiter);
  const endings = machine.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  for (const folder of folders) {
    for (const ending of endings) {
      const file = folder === '' ? name + ending : join(folder, name + ending);
      try {
        accessSync(file, constants.X_OK);
        if (statSync(file).isFile()) return file;
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined;
}
