import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * Where a package's own modules are found, by the name that others import them under.
 *
 * @typedef {object} SourceAlias
 * @property {RegExp} find the whole name of the module, as it is imported
 * @property {string} replacement its TypeScript source
 */

/** @param {string} text */
function escapePattern(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * The files that a package's `exports` names: subpath → compiled file. A package without `exports` has its `main`.
 *
 * @param {{ main?: string, exports?: Record<string, unknown> | string }} manifest
 * @returns {[string, string][]}
 */
function entryPoints(manifest) {
  if (manifest.exports === undefined) return [['.', manifest.main ?? 'index.js']];
  if (typeof manifest.exports === 'string') return [['.', manifest.exports]];
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    const file = compiledFile(target);
    return file === undefined ? [] : [/** @type {[string, string]} */ ([subpath, file])];
  });
}

/**
 * The JavaScript file behind one entry of `exports`, whose conditions may be nested.
 *
 * @param {unknown} target
 * @returns {string | undefined}
 */
function compiledFile(target) {
  if (typeof target === 'string') return target.endsWith('.js') ? target : undefined;
  if (typeof target !== 'object' || target === null) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    if (condition === 'types') continue;
    const file = compiledFile(inner);
    if (file !== undefined) return file;
  }
  return undefined;
}

/**
 * For every package of `lib/`, the names that it exports and the TypeScript sources behind them. With these the tests
 * read the sources: what `dist/` holds may be older.
 *
 * @param {string} root the folder of the course
 * @returns {SourceAlias[]}
 */
export function sourceAliases(root) {
  const lib = join(root, 'lib');
  return readdirSync(lib).flatMap((folder) => {
    const manifestFile = join(lib, folder, 'package.json');
    if (!existsSync(manifestFile)) return [];
    const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
    return entryPoints(manifest).flatMap(([subpath, compiled]) => {
      const source = join(lib, folder, compiled.replace(/(^|\/)dist\//, '$1src/')).replace(
        /\.js$/,
        '.ts',
      );
      // A pattern (`./*`) or a file that is not compiled (`./package.json`) is left to Node.
      if (!existsSync(source)) return [];
      const name = subpath === '.' ? manifest.name : `${manifest.name}/${subpath.slice(2)}`;
      return [{ find: new RegExp(`^${escapePattern(name)}$`), replacement: source }];
    });
  });
}

/** `join(__dirname, 'worker.js')`: a program that a source starts beside itself. */
const OWN_PROGRAM = /\bjoin\(__dirname,(?=\s*'[^']+\.js')/g;

/**
 * A Vite plugin: what a source starts as a process or thread of its own is JavaScript and lies in `dist/`. Types are
 * loose because Vite's are not needed for anything else here.
 *
 * @param {string} root the folder of the course
 */
export function ownProgramsFromDist(root) {
  const lib = join(root, 'lib') + sep;
  return {
    name: 'own-programs-from-dist',
    enforce: /** @type {const} */ ('pre'),
    /**
     * @param {string} code
     * @param {string} id
     */
    transform(code, id) {
      if (!id.startsWith(lib)) return undefined;
      const [folder = '', source, ...inside] = relative(lib, id).split(sep);
      if (source !== 'src') return undefined;
      const compiled = join(lib, folder, 'dist', ...inside.slice(0, -1));
      const changed = code.replace(OWN_PROGRAM, `join(${JSON.stringify(compiled)},`);
      return changed === code ? undefined : { code: changed, map: null };
    },
  };
}
