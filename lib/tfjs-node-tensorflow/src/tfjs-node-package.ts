import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type EngineContext, tryAgain } from './engine-context';
import { TensorFlowInstallError } from './errors';

/** The version of Node-API that the binding is built for; tfjs-node looks for it in a folder of that name. */
export const NAPI_VERSION = 8;

/** An installed tfjs-node or tfjs-node-gpu. */
export interface TfjsNodePackage {
  /** `@tensorflow/tfjs-node` or `@tensorflow/tfjs-node-gpu`. */
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** Where tfjs-node looks for its binding. */
  readonly bindingFile: string;
}

function packageName(gpu: boolean): string {
  return `@tensorflow/tfjs-node${gpu ? '-gpu' : ''}`;
}

function resolvePackage(cwd: string, name: string): string | undefined {
  try {
    return createRequire(join(cwd, 'package.json')).resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
}

/** The tfjs-node that a program in `cwd` would load, `undefined` where there is none. */
export function findTfjsNode(context: EngineContext): TfjsNodePackage | undefined {
  const name = packageName(context.gpu);
  const file = resolvePackage(context.cwd, name);
  if (file === undefined) return undefined;
  const folder = dirname(file);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: string };
  return {
    name,
    version: version ?? 'of an unknown version',
    folder,
    bindingFile: join(folder, 'lib', `napi-v${NAPI_VERSION}`, 'tfjs_binding.node'),
  };
}

/** Why there is no tfjs-node, and how to get it. */
export function missingPackage(context: EngineContext): TensorFlowInstallError {
  const name = packageName(context.gpu);
  const other = packageName(!context.gpu);
  const hasOther = resolvePackage(context.cwd, other) !== undefined;
  const advice = hasOther
    ? `${other} was: ${context.gpu ? 'leave out' : 'add'} --gpu (the option gpu)`
    : `run "npm install --ignore-scripts ${name}" there, then ${tryAgain(context)}`;
  return new TensorFlowInstallError('package', `${name} was not found from ${context.cwd}`, advice);
}
