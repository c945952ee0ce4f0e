/** One report of how far a long piece of work has come. The receiver works out rate and time left. */
export interface Progress {
  /** What is being done: `Drawing Emoji`, `Training`. */
  readonly label: string;
  readonly done: number;
  /** The value of `done` at the end, or `null` while it is not known. */
  readonly total: number | null;
  /** What `done` counts, plural: `images`, `steps`, `bytes`. */
  readonly unit: string;
  /** A short addition, for instance `loss 4.12`. */
  readonly message?: string;
}

/** Receives progress; every long-running function of the library takes one as `onProgress`. */
export type OnProgress = (progress: Progress) => void;
