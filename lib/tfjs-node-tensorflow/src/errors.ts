/**
 * What went wrong, as a word a program can act on.
 *
 * | reason | meaning |
 * | --- | --- |
 * | `platform` | this operating system or processor has no TensorFlow that tfjs-node can use |
 * | `package` | the project has no tfjs-node to give TensorFlow to |
 * | `program` | a compiler or a Python is needed and is not on this machine |
 * | `storage` | a folder cannot be made or written, its disk is full, or its path cannot be used |
 * | `download` | TensorFlow's libraries could not be fetched, or are not what was published |
 * | `binding` | the binding does not compile, does not load, or computes wrongly |
 */
export type InstallFailureReason =
  | 'platform'
  | 'package'
  | 'program'
  | 'storage'
  | 'download'
  | 'binding';

/** The error that this package raises. Its message is one sentence: `problem`, then `advice`. */
export class TensorFlowInstallError extends Error {
  override readonly name = 'TensorFlowInstallError';

  constructor(
    readonly reason: InstallFailureReason,
    /** What was met and what was expected. */
    readonly problem: string,
    /** What to do next: the command that fixes it. */
    readonly advice: string,
    options: ErrorOptions = {},
  ) {
    super(`${problem}; ${advice}.`, options);
  }
}
