import type { Progress } from 'selfsup';
import type { Outcome } from './configuration-process';
import type { Task } from './grid';

/** What an engine tells while it works. */
export interface EngineEvents {
  readonly onBegin: (task: Task) => void;
  readonly onProgress: (task: Task, progress: Progress) => void;
  /** Each task once, unless the run is stopped. The engine waits for the promise. */
  readonly onEnd: (task: Task, outcome: Outcome) => Promise<void>;
  readonly onNotice: (text: string) => void;
}

/** What measures configurations, each in a process of its own: this machine, or a cluster. */
export interface Engine {
  /** How many are measured at once, as far as is known. */
  readonly width: number;
  /**
   * Ends when all tasks have, or when the signal says stop; no process is left then.
   *
   * @throws EngineError when it cannot work at all.
   */
  run(tasks: readonly Task[], events: EngineEvents, signal: AbortSignal): Promise<void>;
}

/** An engine cannot work; its message says what to do. */
export class EngineError extends Error {}
