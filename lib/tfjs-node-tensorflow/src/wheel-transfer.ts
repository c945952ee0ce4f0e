import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { downloadFile, VerifiedDownloadError } from 'verified-download';
import { type EngineContext, tryAgain } from './engine-context';
import { TensorFlowInstallError } from './errors';

/** Where a wheel lies on the user's package index, as pip found it. */
export interface WheelAddress {
  readonly url: string;
  readonly fileName: string;
}

/**
 * Reads addresses of wheels off the output of `pip download -vv`: pip names every wheel it finds (`Found link …`), then
 * the one it begins to fetch (`Downloading …`).
 */
export class PipOutput {
  readonly #urls = new Map<string, string>();

  /** @returns the address of the wheel that pip begins to fetch with this line, `undefined` with any other line */
  read(line: string): WheelAddress | undefined {
    const [, link] = /Found link (https?:\/\/\S+\.whl)(?:[#?]\S*)? /.exec(line) ?? [];
    if (link !== undefined) {
      this.#urls.set(decodeURIComponent(link.slice(link.lastIndexOf('/') + 1)), link);
      return undefined;
    }
    const [, fileName] = /^\s*Downloading (?:\S*\/)?(\S+\.whl)(?:\s|$)/.exec(line) ?? [];
    const url = fileName === undefined ? undefined : this.#urls.get(fileName);
    // pip prints `****` in place of a password, which we do not have.
    return fileName === undefined || url === undefined || url.includes('****')
      ? undefined
      : { url, fileName };
  }
}

/**
 * Fetches a wheel so that it can be resumed, also by a later process: what pip itself cannot do.
 *
 * @returns false when this network lets only pip through (its own proxy, certificates or passwords)
 * @throws TensorFlowInstallError when the connection breaks off for good; what has come is kept
 */
export async function transferWheel(
  context: EngineContext,
  { url, fileName }: WheelAddress,
  sha256: string,
  folder: string,
): Promise<boolean> {
  const target = join(folder, fileName);
  try {
    await downloadFile({ url, sha256 }, target, {
      name: fileName,
      userAgent: 'tfjs-node-tensorflow',
      signal: context.signal,
    });
    return true;
  } catch (error) {
    if (!(error instanceof VerifiedDownloadError)) throw error;
    if (error.reason === 'aborted' || error.reason === 'storage') throw error;
    const part = `${target}.part`;
    const isUnderWay = existsSync(part) && statSync(part).size > 0;
    if (!isUnderWay || !['connection', 'stalled', 'slow', 'status'].includes(error.reason)) {
      return false;
    }
    throw new TensorFlowInstallError(
      'download',
      `Downloading TensorFlow broke off (${error.problem.replace(/\.$/, '')})`,
      `check the network, then ${tryAgain(context)}: it goes on from where it was`,
      { cause: error },
    );
  }
}
