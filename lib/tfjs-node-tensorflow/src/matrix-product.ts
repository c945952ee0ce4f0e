import { join } from 'node:path';
import type { EngineContext } from './engine-context';
import { TensorFlowInstallError } from './errors';
import { causeIn, programEnd } from './run-program';
import type { TfjsNodePackage } from './tfjs-node-package';

const PROGRAM = join(__dirname, '..', 'programs', 'matrix-product.cjs');
const TIMEOUT_MS = 120_000;

/** What a product of two matrices found out about the engine. */
export interface EngineReport {
  /** The version of TensorFlow at work, for instance `2.20.0`. */
  readonly tensorflow: string;
  /** True when the product was computed on a GPU. */
  readonly gpu: boolean;
  /** True when TensorFlow said that its oneDNN kernels are on. */
  readonly oneDnn: boolean;
}

/**
 * Loads tfjs-node in a process of its own and multiplies two matrices, so that an engine that crashes does so there.
 *
 * @throws TensorFlowInstallError with reason `binding` when it does not load or computes wrongly
 */
export async function multiplyMatrices(
  context: EngineContext,
  tfjsNode: TfjsNodePackage,
): Promise<EngineReport> {
  const { status, stdout, output } = await programEnd(
    context,
    process.execPath,
    [PROGRAM, tfjsNode.folder],
    // At log level 0 TensorFlow says whether its oneDNN kernels are on.
    { env: { ...context.env, TF_CPP_MIN_LOG_LEVEL: '0' }, timeout: TIMEOUT_MS },
  );
  const line = stdout.trim().split('\n').at(-1) ?? '';
  try {
    if (status !== 0) throw new Error(`it ended with status ${status}`);
    const report = JSON.parse(line) as { tensorflow: string; gpu: boolean };
    return { ...report, oneDnn: /oneDNN custom operations are on/.test(output) };
  } catch (cause) {
    throw new TensorFlowInstallError(
      'binding',
      `${tfjsNode.name} does not compute: ${loadFailure(output, status)}`,
      `run "${context.installCommand}"`,
      { cause },
    );
  }
}

/** A crash says nothing; its exit status is 128 and the number of the signal. */
function loadFailure(output: string, status: number): string {
  if (status === 132) return 'it uses instructions that this processor does not have (SIGILL)';
  if (status > 128) return `it crashed (signal ${status - 128})`;
  return causeIn(output);
}
