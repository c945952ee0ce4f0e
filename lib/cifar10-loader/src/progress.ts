import type { OnProgress, Progress } from 'verified-download';

/** One report of how far the work has come: `Downloading CIFAR-10`, `Reading CIFAR-10`. */
export type Cifar10Progress = Progress;

/** Receives the progress of a load. */
export type OnCifar10Progress = OnProgress;
