// Type-checks the packages' .d.ts files with the TypeScript inside the tslab kernel (5.0.4), strictly.
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const require = createRequire(join(root, 'node_modules', 'tslab', 'package.json'));
const ts = require('@tslab/typescript-for-tslab');

// As in tslab's converter, but strict and with the declarations themselves checked.
const options = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  esModuleInterop: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  types: ['node'],
  typeRoots: [join(root, 'node_modules', '@types')],
  resolveJsonModule: true,
  strict: true,
  skipLibCheck: false,
  noEmit: true,
};

/** @param {string} folder */
function declarations(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

const packages = readdirSync(join(root, 'lib')).map((name) => join(root, 'lib', name, 'dist'));
const files = packages.filter((folder) => existsSync(folder)).flatMap(declarations);
if (files.length === 0) {
  console.error('There are no .d.ts files to check; run "npm run build".');
  process.exit(1);
}
const program = ts.createProgram(
  [join(root, 'test', 'declarations', 'consumer.ts'), ...files],
  options,
);
// Other people's declarations are read, but their errors are not ours to fix.
const ours = ts
  .getPreEmitDiagnostics(program)
  .filter(
    ({ file }) =>
      file === undefined || !relative(root, file.fileName).split(sep).includes('node_modules'),
  );
if (ours.length > 0) {
  const host = {
    getCurrentDirectory: () => root,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  };
  console.error(ts.formatDiagnostics(ours, host));
  process.exitCode = 1;
} else {
  console.log(`${files.length} declaration files pass under TypeScript ${ts.version}.`);
}
