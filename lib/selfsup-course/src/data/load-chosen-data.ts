import { type FailureReason, VerifiedDownloadError } from 'verified-download';
import { profile } from '../profile';
import { chooseData, type DataPair, requestedData } from './data-choice';

export interface LoadChosenDataOptions<D extends string, O extends string, Data> {
  /** What the caller asks for; default: the pair's environment variable, else `auto`. */
  readonly data: 'auto' | D | O | undefined;
  readonly offline: boolean;
  /** Where the downloaded set lies on this machine, or `null`; asked only where that decides. */
  readonly localPath: () => string | null;
  /** Loads the downloaded set. Where the other can stand in, nobody should wait long for a network that is not there. */
  readonly loadDownloaded: (reason: string, patience: Patience | null) => Promise<Data>;
  readonly loadOwn: (reason: string) => Promise<Data>;
  /** The error of this kind of data. */
  readonly error: new (
    message: string,
    options: ErrorOptions,
  ) => Error;
}

/** How often a download that may fail is tried. */
export interface Patience {
  readonly attempts: number;
  readonly retryDelay: number;
}

const SHORT_PATIENCE: Patience = { attempts: 2, retryDelay: 500 };
/** Failures of the caller, not of network, proxy, server or disk: nothing stands in for those. */
const CALLERS: readonly FailureReason[] = ['aborted', 'option'];

/** What failed beneath an error, with its reason as a field; `null` where it was no download. */
function failureBeneath(error: unknown): VerifiedDownloadError | null {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof VerifiedDownloadError) return one;
  }
  return null;
}

/**
 * Loads the one of two data sets that {@link chooseData} chooses; the course's own where a download that may fail fails,
 * whatever the reason: no connection, a refusal, a proxy that cannot be used, a log-in page in place of the file, a disk
 * that is full. The `reason` of what is loaded says it in one line.
 *
 * @throws the error of this kind of data where nothing may stand in, with what to do.
 */
export async function loadChosenData<D extends string, O extends string, Data>(
  pair: DataPair<D, O>,
  options: LoadChosenDataOptions<D, O, Data>,
): Promise<Data> {
  const { downloaded, own, variable } = pair;
  const requested = options.data ?? requestedData(pair);
  const advised = (error: unknown): unknown => {
    if (failureBeneath(error) === null && !(error instanceof options.error)) return error;
    const advice = `Or set ${variable}=${own.key} to work without ${downloaded.title}.`;
    return new options.error(`${(error as Error).message} ${advice}`, { cause: error });
  };
  let localPath: string | null;
  try {
    localPath = requested === 'auto' ? options.localPath() : null;
  } catch (error) {
    throw advised(error);
  }
  const { offline } = options;
  const choice = chooseData(pair, { requested, localPath, profile: profile(), offline });
  if (choice.data === own.key) return options.loadOwn(choice.reason);
  try {
    const patience = choice.mayFallBack ? SHORT_PATIENCE : null;
    return await options.loadDownloaded(choice.reason, patience);
  } catch (error) {
    const failure = failureBeneath(error);
    if (!choice.mayFallBack || failure === null || CALLERS.includes(failure.reason)) {
      throw advised(error);
    }
    const why = failure.problem.replace(/\s+/g, ' ').trim();
    return options.loadOwn(
      `${own.title}, because ${downloaded.title} could not be downloaded: ${why}`,
    );
  }
}
