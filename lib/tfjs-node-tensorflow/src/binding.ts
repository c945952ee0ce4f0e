import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { compilerAdvice, findCompilers } from './compiler';
import type { EngineContext } from './engine-context';
import { TensorFlowInstallError } from './errors';
import { fileSha256, writeWhole } from './file-digests';
import { type EngineReport, multiplyMatrices } from './matrix-product';
import { runProgram } from './run-program';
import { contentHash, type TensorFlowBuild, unsupportedPlatform } from './tensorflow-build';
import { NAPI_VERSION, type TfjsNodePackage } from './tfjs-node-package';

const LOG_LEVEL_SOURCE = join(__dirname, '..', 'programs', 'absl_log_level.cc');
/** In place of a hash: tfjs-node's own installer brought the binding and its libraries. */
const OWN_INSTALLER = 'tfjs-node';

/** What is noted beside a binding: what it was built from, and what it is. */
interface BindingRecord {
  readonly builtFrom: string;
  readonly size: number;
  readonly sha256: string;
}

function recordFile(tfjsNode: TfjsNodePackage): string {
  return `${tfjsNode.bindingFile}.json`;
}

function readRecord(tfjsNode: TfjsNodePackage): BindingRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(tfjsNode), 'utf8')) as BindingRecord;
  } catch {
    return undefined;
  }
}

function noteRecord(tfjsNode: TfjsNodePackage, builtFrom: string): void {
  const file = tfjsNode.bindingFile;
  const record: BindingRecord = { builtFrom, size: statSync(file).size, sha256: fileSha256(file) };
  writeWhole(recordFile(tfjsNode), JSON.stringify(record));
}

function nodeApiHeaders(): string {
  return dirname(require.resolve('node-api-headers/package.json'));
}

/** Arguments of the compiler that are the same wherever the project lies. */
function compilerOptions(context: EngineContext, build: TensorFlowBuild): string[] {
  const tensorflow = join(build.folder, 'tensorflow');
  return [
    ...['-std=c++17', '-O2', '-shared', '-fPIC', `-DNAPI_VERSION=${NAPI_VERSION}`],
    ...['-I.', `-I${join(tensorflow, 'include')}`],
    ...['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'],
    ...build.libraries,
    // Not -Wl,-rpath,FOLDER: that is divided at commas, which a folder may have.
    ...['-Xlinker', '-rpath', '-Xlinker', tensorflow],
    // Node itself provides the functions of Node-API.
    ...(context.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
  ];
}

/** A hash of all that the binding is built from. */
function sourcesHash(
  context: EngineContext,
  build: TensorFlowBuild,
  tfjsNode: TfjsNodePackage,
): string {
  const sources = join(tfjsNode.folder, 'binding');
  return contentHash(
    ...readdirSync(sources)
      .sort()
      .map((name) => readFileSync(join(sources, name), 'utf8')),
    readFileSync(join(nodeApiHeaders(), 'package.json'), 'utf8'),
    readFileSync(LOG_LEVEL_SOURCE, 'utf8'),
    compilerOptions(context, build).join('\n'),
  );
}

/** How the binding of a project stands. */
export type BindingState = 'ready' | 'from tfjs-node' | 'missing' | 'damaged' | 'outdated';

/**
 * How the binding of a project stands: `ready` when it is whole and built from what is here now, `from tfjs-node` when
 * tfjs-node's own installer brought it and its libraries.
 */
export function bindingState(
  context: EngineContext,
  build: TensorFlowBuild | undefined,
  tfjsNode: TfjsNodePackage,
): BindingState {
  const stat = statSync(tfjsNode.bindingFile, { throwIfNoEntry: false });
  if (stat === undefined) return 'missing';
  const record = readRecord(tfjsNode);
  // Of unknown origin: npm's install scripts ran, or a compilation was killed before its end.
  if (record === undefined) return 'outdated';
  if (stat.size !== record.size || fileSha256(tfjsNode.bindingFile) !== record.sha256) {
    return 'damaged';
  }
  if (record.builtFrom === OWN_INSTALLER) return 'from tfjs-node';
  if (build === undefined || !existsSync(build.folder)) return 'outdated';
  return record.builtFrom === sourcesHash(context, build, tfjsNode) ? 'ready' : 'outdated';
}

async function compile(
  context: EngineContext,
  build: TensorFlowBuild,
  tfjsNode: TfjsNodePackage,
  compilers: readonly string[],
): Promise<void> {
  const output = `${tfjsNode.bindingFile}.half-${process.pid}`;
  const headers = `-I${join(nodeApiHeaders(), 'include')}`;
  const options = compilerOptions(context, build);
  let failure: unknown;
  for (const compiler of compilers) {
    context.report({ stage: 'compile', message: `compiling the binding with ${compiler}` });
    try {
      await runProgram(
        context,
        "Compiling TensorFlow's binding",
        compiler,
        [headers, LOG_LEVEL_SOURCE, ...options, '-o', output],
        { cwd: tfjsNode.folder },
      );
      await runProgram(context, "Loading TensorFlow's binding", process.execPath, [
        '-e',
        'process.dlopen({ exports: {} }, process.argv[1])',
        output,
      ]);
      renameSync(output, tfjsNode.bindingFile);
      return;
    } catch (error) {
      failure = error;
      if (context.signal?.aborted) break;
    } finally {
      rmSync(output, { force: true });
    }
  }
  throw failure;
}

/** What tfjs-node does by itself when install scripts are on: an older library and binding from Google's host. */
async function runOwnInstaller(
  context: EngineContext,
  tfjsNode: TfjsNodePackage,
  reason: TensorFlowInstallError,
): Promise<void> {
  context.report({ stage: 'download', message: `trying ${tfjsNode.name}'s own installer` });
  const programs = [
    join(tfjsNode.folder, 'node_modules', '.bin'),
    join(tfjsNode.folder, '..', '..', '.bin'),
  ];
  try {
    await runProgram(
      context,
      "tfjs-node's own installer",
      process.execPath,
      ['scripts/install.js', context.gpu ? 'gpu' : 'cpu', 'download'],
      {
        cwd: tfjsNode.folder,
        env: { ...context.env, PATH: [...programs, context.env.PATH ?? ''].join(delimiter) },
      },
    );
  } catch (cause) {
    if (context.signal?.aborted) throw cause;
    throw reason;
  }
  if (!existsSync(tfjsNode.bindingFile)) throw reason;
}

function missingCompiler(context: EngineContext): TensorFlowInstallError {
  const { CXX } = context.env;
  const missing = CXX
    ? `the C++ compiler named by CXX (${CXX}) was not found`
    : 'a C++17 compiler was not found';
  return new TensorFlowInstallError(
    'program',
    `TensorFlow's binding must be compiled, and ${missing}`,
    `${compilerAdvice(context)}, then "${context.installCommand}" again`,
  );
}

/**
 * Builds the binding where tfjs-node looks for it, and multiplies two matrices with it. Without a compiler, or without
 * a TensorFlow build for this machine, tfjs-node's own installer is tried.
 *
 * @returns what the product found out
 * @throws TensorFlowInstallError
 */
export async function buildBinding(
  context: EngineContext,
  build: TensorFlowBuild | undefined,
  tfjsNode: TfjsNodePackage,
): Promise<EngineReport> {
  mkdirSync(dirname(tfjsNode.bindingFile), { recursive: true });
  rmSync(recordFile(tfjsNode), { force: true });
  const compilers = findCompilers(context);
  let builtFrom = OWN_INSTALLER;
  if (build === undefined) await runOwnInstaller(context, tfjsNode, unsupportedPlatform(context));
  else if (compilers.length === 0) {
    await runOwnInstaller(context, tfjsNode, missingCompiler(context));
  } else {
    await compile(context, build, tfjsNode, compilers);
    builtFrom = sourcesHash(context, build, tfjsNode);
  }
  context.report({ stage: 'verify', message: 'multiplying two matrices' });
  try {
    const report = await multiplyMatrices(context, tfjsNode);
    noteRecord(tfjsNode, builtFrom);
    return report;
  } catch (error) {
    // A binding that does not compute must not be found by tfjs-node.
    if (!context.signal?.aborted) rmSync(tfjsNode.bindingFile, { force: true });
    throw error;
  }
}
