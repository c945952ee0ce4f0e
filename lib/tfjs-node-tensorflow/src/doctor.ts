import { existsSync } from 'node:fs';
import { type BindingState, bindingState } from './binding';
import { compilerAdvice, findCompilers } from './compiler';
import { type EngineContext, engineContext } from './engine-context';
import { multiplyMatrices } from './matrix-product';
import type { EngineOptions } from './options';
import { findPython } from './python';
import { programEnd } from './run-program';
import { type TensorFlowBuild, tensorFlowBuild, unsupportedPlatform } from './tensorflow-build';
import { findLibraryDamage } from './tensorflow-libraries';
import { findTfjsNode, missingPackage, type TfjsNodePackage } from './tfjs-node-package';

/** The Nodes that the binding and tfjs-node were run on. */
const FIRST_NODE = 20;
const LAST_NODE = 26;
/** The tfjs-node whose binding is known to compile and to run. */
const TFJS_NODE_VERSION = '4.22.0';

/** One thing that {@link doctor} looked at. */
export interface Finding {
  readonly subject:
    | 'node'
    | 'tfjs-node'
    | 'compiler'
    | 'python'
    | 'disk'
    | 'libraries'
    | 'binding'
    | 'engine'
    | 'device'
    | 'onednn';
  /** The subject for people, for instance `C++ compiler`. */
  readonly title: string;
  /** `problem`: tfjs-node cannot work; `note`: it can, and this is worth knowing. */
  readonly state: 'ok' | 'problem' | 'note';
  readonly found: string;
  /** For a problem: what fixes it, for instance `run "sudo apt-get install -y g++"`. */
  readonly fix?: string;
}

function message(error: unknown): string {
  return (error as Error).message;
}

function checkNode(context: EngineContext): Finding {
  const major = Number.parseInt(context.nodeVersion, 10);
  const base = { subject: 'node', title: 'Node', found: context.nodeVersion } as const;
  if (major >= FIRST_NODE && major <= LAST_NODE) return { ...base, state: 'ok' };
  if (major > LAST_NODE) {
    const found = `${context.nodeVersion}, newer than any this was tried with (${FIRST_NODE} to ${LAST_NODE})`;
    return { ...base, state: 'note', found };
  }
  return { ...base, state: 'problem', fix: 'install Node 22 (nodejs.org, or "nvm install 22")' };
}

function checkTfjsNode(context: EngineContext, tfjsNode: TfjsNodePackage | undefined): Finding {
  const base = { subject: 'tfjs-node', title: `tfjs-node${context.gpu ? '-gpu' : ''}` } as const;
  if (tfjsNode === undefined) {
    const { problem, advice } = missingPackage(context);
    return { ...base, state: 'problem', found: problem, fix: advice };
  }
  const found = `${tfjsNode.version} in ${tfjsNode.folder}`;
  if (tfjsNode.version === TFJS_NODE_VERSION) return { ...base, state: 'ok', found };
  return { ...base, state: 'note', found: `${found} (this was tried with ${TFJS_NODE_VERSION})` };
}

async function checkCompiler(context: EngineContext, isBuilt: boolean): Promise<Finding> {
  const base = { subject: 'compiler', title: 'C++ compiler' } as const;
  const [compiler] = findCompilers(context);
  if (compiler !== undefined) {
    const { stdout } = await programEnd(context, compiler, ['--version'], { timeout: 20_000 });
    return { ...base, state: 'ok', found: stdout.split('\n')[0] || compiler };
  }
  if (isBuilt) {
    return { ...base, state: 'note', found: 'none; the binding is built, so none is needed now' };
  }
  return { ...base, state: 'problem', found: 'none', fix: compilerAdvice(context) };
}

async function checkPython(context: EngineContext, isFetched: boolean): Promise<Finding> {
  const base = { subject: 'python', title: 'Python with pip' } as const;
  try {
    const { version, program } = await findPython(context);
    return { ...base, state: 'ok', found: `${version} (${program})` };
  } catch (error) {
    if (isFetched) {
      const found = 'none; the libraries are fetched, so none is needed now';
      return { ...base, state: 'note', found };
    }
    return { ...base, state: 'problem', found: 'none that serves', fix: message(error) };
  }
}

function checkDisk(context: EngineContext, needed: number): Finding {
  const free = context.freeBytes(context.cacheDir) / 1e6;
  const found = `${(free / 1000).toFixed(1)} GB free in ${context.cacheDir}`;
  const base = { subject: 'disk', title: 'Disk of the cache', found } as const;
  if (free >= needed) return { ...base, state: 'ok' };
  return {
    ...base,
    state: 'problem',
    fix: `free ${needed} MB there, or name another folder by the variable ${context.cacheVariable}`,
  };
}

function checkLibraries(
  context: EngineContext,
  build: TensorFlowBuild | undefined,
  binding: BindingState | undefined,
): Finding {
  const base = { subject: 'libraries', title: 'TensorFlow libraries' } as const;
  if (binding === 'from tfjs-node') {
    return { ...base, state: 'ok', found: "those that tfjs-node's own installer brought" };
  }
  if (build === undefined) {
    const { problem, advice } = unsupportedPlatform(context);
    return { ...base, state: 'note', found: `${problem} (${advice})` };
  }
  const fix = `run "${context.installCommand}"`;
  if (!existsSync(build.folder)) {
    return { ...base, state: 'problem', found: `${build.version} not fetched`, fix };
  }
  const damage = findLibraryDamage(build);
  if (damage !== undefined) return { ...base, state: 'problem', found: damage, fix };
  return {
    ...base,
    state: 'ok',
    found: `${build.version}, every byte as published, in ${build.folder}`,
  };
}

function checkBinding(
  context: EngineContext,
  tfjsNode: TfjsNodePackage,
  state: BindingState,
): Finding {
  const base = { subject: 'binding', title: 'Binding' } as const;
  const fix = `run "${context.installCommand}"`;
  switch (state) {
    case 'ready':
      return { ...base, state: 'ok', found: tfjsNode.bindingFile };
    case 'from tfjs-node':
      return {
        ...base,
        state: 'ok',
        found: `from tfjs-node's own installer: ${tfjsNode.bindingFile}`,
      };
    case 'missing':
      return { ...base, state: 'problem', found: 'not built', fix };
    case 'damaged':
      return { ...base, state: 'problem', found: `${tfjsNode.bindingFile} was altered`, fix };
    case 'outdated':
      return {
        ...base,
        state: 'problem',
        found: `${tfjsNode.bindingFile} was built by something else, or from other sources or libraries`,
        fix,
      };
  }
}

function oneDnnIsOff({ env }: EngineContext): string {
  return env.TF_ENABLE_ONEDNN_OPTS === undefined
    ? 'off: TensorFlow turns its faster kernels on by itself only on newer processors'
    : `off: the variable TF_ENABLE_ONEDNN_OPTS is ${env.TF_ENABLE_ONEDNN_OPTS}`;
}

async function checkEngine(context: EngineContext, tfjsNode: TfjsNodePackage): Promise<Finding[]> {
  const base = { subject: 'engine', title: 'TensorFlow' } as const;
  try {
    const { tensorflow, gpu, oneDnn } = await multiplyMatrices(context, tfjsNode);
    return [
      { ...base, state: 'ok', found: `${tensorflow}, multiplies matrices` },
      {
        subject: 'device',
        title: 'Device',
        state: context.gpu && !gpu ? 'note' : 'ok',
        found: gpu ? 'GPU' : context.gpu ? 'CPU: TensorFlow found no GPU that it can use' : 'CPU',
      },
      {
        subject: 'onednn',
        title: 'oneDNN',
        state: 'note',
        found: oneDnn ? 'on' : oneDnnIsOff(context),
      },
    ];
  } catch (error) {
    const fix = `run "${context.installCommand}"`;
    return [{ ...base, state: 'problem', found: message(error), fix }];
  }
}

/**
 * Looks at everything that tfjs-node needs on this machine, and says what is wrong and what fixes it. It changes nothing.
 * TensorFlow is loaded in a process of its own; the libraries are read in full (a second).
 *
 * @returns the findings, in the order in which problems should be fixed
 */
export async function doctor(options: EngineOptions = {}): Promise<Finding[]> {
  const context = engineContext(options);
  const build = tensorFlowBuild(context);
  const tfjsNode = findTfjsNode(context);
  const state = tfjsNode && bindingState(context, build, tfjsNode);
  const libraries = checkLibraries(context, build, state);
  const binding = tfjsNode && state && checkBinding(context, tfjsNode, state);
  const isBuilt = binding?.state === 'ok';
  const isFetched = libraries.state === 'ok';
  const needed =
    isFetched || build === undefined ? 100 : build.downloadSize + build.unpackedSize + 100;
  const findings = [
    checkNode(context),
    checkTfjsNode(context, tfjsNode),
    await checkCompiler(context, isBuilt),
    await checkPython(context, isFetched),
    checkDisk(context, needed),
    libraries,
  ];
  if (binding !== undefined) findings.push(binding);
  if (tfjsNode !== undefined && existsSync(tfjsNode.bindingFile)) {
    findings.push(...(await checkEngine(context, tfjsNode)));
  }
  return findings;
}
