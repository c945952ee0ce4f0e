import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AbortedError, VerifiedDownloadError, withLock } from 'verified-download';
import { bindingState, buildBinding } from './binding';
import { assertLinkableCache, type EngineContext, engineContext, tryAgain } from './engine-context';
import { TensorFlowInstallError } from './errors';
import { type EngineReport, multiplyMatrices } from './matrix-product';
import type { EngineOptions, InstallOptions } from './options';
import { type TensorFlowBuild, tensorFlowBuild } from './tensorflow-build';
import { ensureLibraries, librariesAreReady } from './tensorflow-libraries';
import { findTfjsNode, missingPackage, type TfjsNodePackage } from './tfjs-node-package';

/** What {@link install} leaves behind. */
export interface Installation extends EngineReport {
  /** `@tensorflow/tfjs-node` or `@tensorflow/tfjs-node-gpu`. */
  readonly packageName: string;
  /** The binding that tfjs-node loads. */
  readonly bindingFile: string;
  /** The folder of TensorFlow's libraries, `null` when tfjs-node's own installer brought others. */
  readonly librariesFolder: string | null;
}

/**
 * True when tfjs-node has all it needs: the binding is whole and built from what is here, and TensorFlow's libraries are
 * those that were published. Takes some milliseconds; files that changed since they were last checked are read in full
 * (a second). It does not load TensorFlow.
 */
export function isInstalled(options: EngineOptions = {}): boolean {
  const context = engineContext(options);
  const tfjsNode = findTfjsNode(context);
  if (tfjsNode === undefined) return false;
  const build = tensorFlowBuild(context);
  const state = bindingState(context, build, tfjsNode);
  if (state === 'from tfjs-node') return true;
  return state === 'ready' && build !== undefined && librariesAreReady(build);
}

function makeCacheFolder(context: EngineContext): void {
  try {
    mkdirSync(context.cacheDir, { recursive: true });
  } catch (cause) {
    throw new TensorFlowInstallError(
      'storage',
      `The cache folder ${context.cacheDir} cannot be made (${(cause as Error).message})`,
      `name another by the variable ${context.cacheVariable}, then ${tryAgain(context)}`,
      { cause },
    );
  }
}

/** What is locked: the cache's libraries, or, where the cache is shared and read-only, this project's binding. */
function lockedPath(
  context: EngineContext,
  build: TensorFlowBuild | undefined,
  tfjsNode: TfjsNodePackage,
): string {
  try {
    rmdirSync(mkdtempSync(join(context.cacheDir, 'writable-')));
    return build?.folder ?? join(context.cacheDir, 'no-build');
  } catch {
    mkdirSync(dirname(tfjsNode.bindingFile), { recursive: true });
    return tfjsNode.bindingFile;
  }
}

/** Every failure as one sentence; an aborted signal's reason as it is. */
function asInstallError(context: EngineContext, error: unknown): unknown {
  if (context.signal?.aborted) return context.signal.reason;
  if (error instanceof TensorFlowInstallError || error instanceof AbortedError) return error;
  const cause = error as NodeJS.ErrnoException;
  if (cause.code === 'ENOSPC' || cause.code === 'EDQUOT') {
    return new TensorFlowInstallError(
      'storage',
      `The disk of ${cause.path ?? context.cacheDir} is full`,
      `free some space, then ${tryAgain(context)}`,
      { cause },
    );
  }
  if (cause instanceof VerifiedDownloadError || cause.code !== undefined) {
    return new TensorFlowInstallError(
      'storage',
      `A file of the installation cannot be read or written (${cause.message.replace(/\.$/, '')})`,
      `correct that, or name another cache folder by the variable ${context.cacheVariable}, then ${tryAgain(context)}`,
      { cause },
    );
  }
  return error;
}

async function installLocked(
  context: EngineContext,
  build: TensorFlowBuild | undefined,
  tfjsNode: TfjsNodePackage,
): Promise<Installation> {
  const isOwn = bindingState(context, build, tfjsNode) === 'from tfjs-node';
  if (build !== undefined && !isOwn) await ensureLibraries(context, build);
  const report =
    (await reportOfWhatIsThere(context, build, tfjsNode)) ??
    (await buildBinding(context, build, tfjsNode));
  const state = bindingState(context, build, tfjsNode);
  return {
    ...report,
    packageName: tfjsNode.name,
    bindingFile: tfjsNode.bindingFile,
    librariesFolder: state === 'ready' && build !== undefined ? build.folder : null,
  };
}

/** What the binding that is there computes with, `undefined` when it must be built: missing, out of date, or of no use. */
async function reportOfWhatIsThere(
  context: EngineContext,
  build: TensorFlowBuild | undefined,
  tfjsNode: TfjsNodePackage,
): Promise<EngineReport | undefined> {
  const state = bindingState(context, build, tfjsNode);
  if (state !== 'ready' && state !== 'from tfjs-node') return undefined;
  context.report({ stage: 'verify', message: 'multiplying two matrices' });
  try {
    return await multiplyMatrices(context, tfjsNode);
  } catch (error) {
    if (context.signal?.aborted) throw error;
    return undefined;
  }
}

/**
 * Gives the tfjs-node of a project a current TensorFlow: fetches its libraries into the user's cache, compiles the
 * binding against them, and multiplies two matrices with it in a process of its own. Does only what is missing or
 * damaged. Of two processes that call at once, one works and the other waits.
 *
 * The programs at work (pip, the compiler) end with this process, however it ends.
 *
 * @throws TensorFlowInstallError one sentence, with the command that fixes it
 */
export async function install(options: InstallOptions = {}): Promise<Installation> {
  const context = engineContext(options);
  const tfjsNode = findTfjsNode(context);
  if (tfjsNode === undefined) throw missingPackage(context);
  const build = tensorFlowBuild(context);
  if (build !== undefined) assertLinkableCache(context);
  makeCacheFolder(context);
  try {
    return await withLock(
      lockedPath(context, build, tfjsNode),
      {
        purpose: 'installing TensorFlow',
        signal: context.signal,
        onWaiting: ({ pid, host }) =>
          context.report({
            stage: 'wait',
            message: `another installation (process ${pid} on ${host}) is at work; waiting for it`,
          }),
      },
      (signal) => installLocked({ ...context, signal }, build, tfjsNode),
    );
  } catch (error) {
    throw asInstallError(context, error);
  }
}
