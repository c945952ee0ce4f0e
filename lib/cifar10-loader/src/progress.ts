/** One report of how far the work has come. The receiver works out rate and time left. */
export interface Cifar10Progress {
  /** What is being done: `Downloading CIFAR-10`, `Reading CIFAR-10`. */
  readonly label: string;
  readonly done: number;
  /** The value of `done` at the end, or `null` while it is not known. */
  readonly total: number | null;
  /** What `done` counts, plural: `bytes`, `images`. */
  readonly unit: string;
  /** A short addition, for instance why a transfer was started again. */
  readonly message?: string;
}

/** Receives the progress of a load. */
export type OnCifar10Progress = (progress: Cifar10Progress) => void;
