import type fc from 'fast-check';

/** Work or data are gone, wrong or half-written: what must not happen whatever goes wrong. */
export class Loss extends Error {}

/** A failure that is no sentence of ours: another kind of error than is documented, a hang, the end of a process. */
export class RawError extends Error {}

/** What a campaign may use; all of it is looked through for leftovers when the campaign is over. */
export interface Surroundings {
  /** A folder of its own. */
  readonly folder: string;
}

/** A campaign that is ready to begin. */
export interface Prepared<Fault> {
  /**
   * Brings one fault about and looks at what comes of it.
   *
   * @returns how many faults these were. Default: one.
   * @throws Loss or RawError; any other error counts as raw
   */
  readonly inflict: (fault: Fault) => Promise<number | undefined>;
  /** Ends what was prepared; throws where something is found to be wrong only now. */
  readonly end: () => Promise<void>;
}

/** Random faults of one kind. */
export interface Campaign<Fault> {
  /** For the command line. */
  readonly kind: string;
  /** For the table: what is done. */
  readonly title: string;
  /** Its part of the time, beside those of the others. */
  readonly share: number;
  /** Faults between two looks at the clock. */
  readonly atOnce: number;
  readonly faults: fc.Arbitrary<Fault>;
  readonly prepare: (surroundings: Surroundings) => Promise<Prepared<Fault>>;
}

/** A failure of a campaign, with all that is needed to see it again. */
export interface Failure {
  readonly what: 'loss' | 'raw error';
  readonly message: string;
  /** The smallest fault that was found to do it. */
  readonly fault: string;
  readonly seed: number;
  readonly path: string;
}

/** What became of a campaign. */
export interface Tally {
  readonly kind: string;
  readonly title: string;
  readonly count: number;
  readonly failures: readonly Failure[];
  /** Processes, temporary files and listening ports that were left, one line each. */
  readonly leftovers: readonly string[];
  readonly seconds: number;
}

/**
 * Runs work that may fail in one way only.
 *
 * @returns the value, or the expected error
 * @throws RawError when it fails otherwise
 */
export async function failingOnlyWith<T, E extends Error>(
  kind: abstract new (...args: never[]) => E,
  work: () => T | Promise<T>,
): Promise<
  { readonly value: T; readonly error?: never } | { readonly error: E; readonly value?: never }
> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof kind && isSentence(error.message)) return { error };
    throw new RawError(`expected a ${kind.name} that says what to do, got ${described(error)}`, {
      cause: error,
    });
  }
}

/** An error as its name and message. */
export function described(error: unknown): string {
  return error instanceof Error
    ? `${error.constructor.name}: ${error.message}`
    : `${JSON.stringify(error)}, which is no error`;
}

/** More than a word, and no leak of a missing value. */
function isSentence(message: string): boolean {
  return message.split(' ').length > 3 && !/\bundefined\b|\[object Object\]/.test(message);
}
