import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash, readStamp } from './content-hash.mjs';
import { runCommand } from './run-command.mjs';

function packageNames(context) {
  return readdirSync(join(context.root, 'lib')).filter((name) =>
    existsSync(join(context.root, 'lib', name, 'tsconfig.json')),
  );
}

/** Names, sizes and times of all sources: cheap, and changed by every edit. */
function sourcesHash(context) {
  const files = ['tsconfig.json', 'package-lock.json'];
  for (const name of packageNames(context)) {
    files.push(join('lib', name, 'tsconfig.json'));
    const source = join('lib', name, 'src');
    const folder = join(context.root, source);
    for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      files.push(join(source, entry));
    }
  }
  const described = files.sort().map((file) => {
    const stat = statSync(join(context.root, file));
    return stat.isDirectory() ? file : `${file} ${stat.size} ${stat.mtimeMs}`;
  });
  return contentHash(...described);
}

function stampFile(context) {
  return join(context.root, 'node_modules', '.selfsup-library.stamp');
}

/** True when every package is compiled, be it from older sources. */
export function libraryIsCompiled(context) {
  return packageNames(context).every((name) =>
    existsSync(join(context.root, 'lib', name, 'dist', 'index.js')),
  );
}

export const libraryBuild = {
  describe: 'Building the library (lib/)',

  isDone(context) {
    return libraryIsCompiled(context) && readStamp(stampFile(context)) === sourcesHash(context);
  },

  async run(context) {
    const hash = sourcesHash(context);
    const tsc = join(context.root, 'node_modules', 'typescript', 'bin', 'tsc');
    // dist may have been deleted, but not what tsc remembers of it.
    const force = libraryIsCompiled(context) ? [] : ['--force'];
    try {
      await runCommand(context, this.describe, process.execPath, [
        tsc,
        '-b',
        '--pretty',
        'false',
        ...force,
      ]);
      writeFileSync(stampFile(context), hash);
    } catch (error) {
      // tsc compiles what has type errors too: somebody in the middle of an edit can still run a notebook.
      if (!libraryIsCompiled(context)) throw error;
      context.report.say(`  Warning: ${/** @type {Error} */ (error).message}`);
    }
  },
};
