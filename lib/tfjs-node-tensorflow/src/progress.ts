/** What `install` is doing: waiting for another process, downloading, unpacking, compiling, or checking the result. */
export type InstallStage = 'wait' | 'check' | 'download' | 'unpack' | 'compile' | 'verify';

/** One report of progress. */
export interface InstallProgress {
  readonly stage: InstallStage;
  /** For people, for instance `130 of 259 MB downloaded`. */
  readonly message: string;
  /** Megabytes done and in all, where the stage knows them. */
  readonly done?: number;
  readonly total?: number;
}
