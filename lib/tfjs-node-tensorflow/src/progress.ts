/**
 * What `install` is doing: waiting for another process, checking what is there, repairing what is damaged, downloading,
 * unpacking, compiling, or verifying the result. A `repair` should be seen, not drawn over.
 */
export type InstallStage =
  | 'wait'
  | 'check'
  | 'repair'
  | 'download'
  | 'unpack'
  | 'compile'
  | 'verify';

/** One report of progress. */
export interface InstallProgress {
  readonly stage: InstallStage;
  /** For people, for instance `130 of 259 MB downloaded`. */
  readonly message: string;
  /** Megabytes done and in all, where the stage knows them. */
  readonly done?: number;
  readonly total?: number;
}
