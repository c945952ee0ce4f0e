import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { TensorFlowInstallError } from './errors';
import { freeBytes } from './free-bytes';
import type { InstallOptions, Machine } from './options';
import type { InstallProgress } from './progress';

/** Options with their defaults filled in: what every part of the installation reads. */
export interface EngineContext extends Machine {
  readonly cwd: string;
  readonly gpu: boolean;
  readonly cacheDir: string;
  readonly python: string | undefined;
  readonly installCommand: string;
  readonly cacheVariable: string;
  readonly report: (progress: InstallProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/** The user's cache folder, as the platform has it. */
function defaultCacheDir({ env, platform }: Machine): string {
  const name = 'tfjs-node-tensorflow';
  if (env.TFJS_NODE_TENSORFLOW_CACHE) return env.TFJS_NODE_TENSORFLOW_CACHE;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, name);
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', name);
  if (platform === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, name, 'Cache');
  return join(homedir(), '.cache', name);
}

/** Fills in the defaults of the options. */
export function engineContext(options: InstallOptions = {}): EngineContext {
  const machine: Machine = {
    env: process.env,
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
    freeBytes,
    ...options.machine,
  };
  return {
    ...machine,
    cwd: resolve(options.cwd ?? process.cwd()),
    gpu: options.gpu ?? false,
    cacheDir: resolve(options.cacheDir ?? defaultCacheDir(machine)),
    python: options.python,
    installCommand: options.installCommand ?? 'npx tfjs-node-tensorflow install',
    cacheVariable: options.cacheVariable ?? 'TFJS_NODE_TENSORFLOW_CACHE',
    report: options.onProgress ?? (() => {}),
    signal: options.signal,
  };
}

/** The advice that ends most messages. */
export function tryAgain(context: EngineContext): string {
  return `run "${context.installCommand}" again`;
}

/**
 * The dynamic linker finds the libraries by a list of folders that is divided by colons and knows no way to quote one.
 *
 * @throws TensorFlowInstallError when the cache folder cannot stand in that list
 */
export function assertLinkableCache(context: EngineContext): void {
  const [character] = /[:$\n]/.exec(context.cacheDir) ?? [];
  if (character === undefined) return;
  throw new TensorFlowInstallError(
    'storage',
    `The path of the cache folder ${JSON.stringify(context.cacheDir)} holds ${JSON.stringify(character)}, where the ` +
      "system's loader cannot find libraries",
    `name another by the variable ${context.cacheVariable}, then ${tryAgain(context)}`,
  );
}
