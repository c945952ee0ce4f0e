/** One report of how far the work has come. The receiver works out rate and time left. */
export interface Progress {
  /** What is being done: `Downloading SST-2`, `Unpacking SST-2`. */
  readonly label: string;
  readonly done: number;
  /** The value of `done` at the end, or `null` while it is not known. */
  readonly total: number | null;
  /** What `done` counts, plural: `bytes`, `files`. */
  readonly unit: string;
  /** A short addition, for instance why a transfer was started again. */
  readonly message?: string;
}

/** Receives the progress of the work. */
export type OnProgress = (progress: Progress) => void;
