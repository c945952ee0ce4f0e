import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { contentHash, readStamp } from './content-hash.mjs';
import { findProgram } from './find-program.mjs';
import { mendingCommand } from './mending-command.mjs';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';
import { tensorFlowBuild, tensorFlowFolder, tensorFlowLibraries } from './tensorflow-libraries.mjs';

const NAPI_VERSION = 8;
const COMPILERS = ['c++', 'g++', 'clang++'];
const LOG_LEVEL_SOURCE = 'tools/setup/absl_log_level.cc';

function bindingPackage(context) {
  const name = context.gpu ? 'tfjs-node-gpu' : 'tfjs-node';
  return join(context.root, 'node_modules', '@tensorflow', name);
}

function bindingFile(context) {
  return join(bindingPackage(context), 'lib', `napi-v${NAPI_VERSION}`, 'tfjs_binding.node');
}

function stampFile(context) {
  return `${bindingFile(context)}.stamp`;
}

function sourceTexts(context) {
  const folder = join(bindingPackage(context), 'binding');
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

function compilerArguments(context, output) {
  const tensorflow = join(tensorFlowFolder(context), 'tensorflow');
  return [
    ...['-std=c++17', '-O2', '-shared', '-fPIC', `-DNAPI_VERSION=${NAPI_VERSION}`],
    ...['-I.', `-I${join(tensorflow, 'include')}`],
    `-I${join(context.root, 'node_modules', 'node-api-headers', 'include')}`,
    ...['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'],
    join(context.root, LOG_LEVEL_SOURCE),
    ...tensorFlowLibraries(context),
    `-Wl,-rpath,${tensorflow}`,
    // Node itself provides the N-API functions.
    ...(context.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
    ...['-o', output],
  ];
}

function wantedStamp(context) {
  return contentHash(
    ...sourceTexts(context),
    readFileSync(join(context.root, 'node_modules/node-api-headers/package.json'), 'utf8'),
    readFileSync(join(context.root, LOG_LEVEL_SOURCE), 'utf8'),
    compilerArguments(context, '').join('\n'),
  );
}

/** The compilers to try, in order: `CXX` alone when it is set. */
export function findCompilers(context) {
  const names = context.env.CXX ? [context.env.CXX] : COMPILERS;
  return names.map((name) => findProgram(context, name)).filter((path) => path !== undefined);
}

export function compilerAdvice(context) {
  return mendingCommand(
    context,
    { 'apt-get': 'g++', dnf: 'gcc-c++', zypper: 'gcc-c++', pacman: 'gcc', apk: 'g++' },
    context.platform === 'darwin' ? 'run "xcode-select --install"' : 'install g++ or clang++',
  );
}

async function compile(context, compilers) {
  const output = `${bindingFile(context)}.half-${process.pid}`;
  mkdirSync(dirname(output), { recursive: true });
  let failure;
  for (const compiler of compilers) {
    try {
      await runCommand(
        context,
        `Compiling TensorFlow's binding`,
        compiler,
        compilerArguments(context, output),
        {
          cwd: bindingPackage(context),
        },
      );
      await runCommand(context, `Loading TensorFlow's binding`, process.execPath, [
        '-e',
        'process.dlopen({ exports: {} }, process.argv[1])',
        output,
      ]);
      renameSync(output, bindingFile(context));
      return;
    } catch (error) {
      failure = error;
    } finally {
      rmSync(output, { force: true });
    }
  }
  throw failure;
}

/** What tfjs-node does by itself when install scripts are on: an older library and binding from Google's host. */
async function runPackageInstaller(context, reason) {
  try {
    await runCommand(
      context,
      "tfjs-node's own installer",
      process.execPath,
      ['scripts/install.js', context.gpu ? 'gpu' : 'cpu', 'download'],
      {
        cwd: bindingPackage(context),
        env: {
          ...context.env,
          PATH: `${join(context.root, 'node_modules', '.bin')}${context.platform === 'win32' ? ';' : ':'}${context.env.PATH ?? ''}`,
        },
      },
    );
  } catch {
    throw new SetupError(reason);
  }
  if (!existsSync(bindingFile(context))) throw new SetupError(reason);
}

export const tensorFlowBinding = {
  describe: "Building TensorFlow's binding for Node",

  isDone(context) {
    if (!existsSync(bindingFile(context))) return false;
    const stamp = readStamp(stampFile(context));
    if (stamp === 'tfjs-node') return true;
    return tensorFlowBuild(context) !== undefined && stamp === wantedStamp(context);
  },

  async run(context) {
    if (tensorFlowBuild(context) === undefined) {
      await runPackageInstaller(
        context,
        `TensorFlow has no library for ${context.platform} on ${context.arch} that the course can use; run it on Linux ` +
          '(on Windows: "wsl --install", then clone the course there) or on an Apple-silicon Mac.',
      );
      writeFileSync(stampFile(context), 'tfjs-node');
      return;
    }
    const compilers = findCompilers(context);
    if (compilers.length > 0) {
      await compile(context, compilers);
      writeFileSync(stampFile(context), wantedStamp(context));
      return;
    }
    const missing = context.env.CXX
      ? `the C++ compiler named by CXX (${context.env.CXX}) was not found; unset CXX or`
      : 'a C++17 compiler was not found;';
    await runPackageInstaller(
      context,
      `TensorFlow's binding must be compiled, and ${missing} ${compilerAdvice(context)}, then "npm run setup" again.`,
    );
    writeFileSync(stampFile(context), 'tfjs-node');
  },
};
