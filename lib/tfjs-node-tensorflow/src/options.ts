import type { InstallProgress } from './progress';

/** Which engine of which project. */
export interface EngineOptions {
  /** A folder of the project whose `node_modules` hold tfjs-node; by default the current folder. */
  readonly cwd?: string;
  /** tfjs-node-gpu with the CUDA build of TensorFlow in place of tfjs-node; by default false. Linux x86-64 only. */
  readonly gpu?: boolean;
  /**
   * Where TensorFlow's libraries are kept, shared by all projects; by default the variable
   * `TFJS_NODE_TENSORFLOW_CACHE`, else `tfjs-node-tensorflow` in the user's cache folder.
   */
  readonly cacheDir?: string;
  /** The Python that downloads; by default the variable `PYTHON`, else the first on PATH that has pip or venv. */
  readonly python?: string;
  /** What messages tell the user to run again; by default `npx tfjs-node-tensorflow install`. */
  readonly installCommand?: string;
  /** The variable that messages tell the user to name another cache folder with; by default `TFJS_NODE_TENSORFLOW_CACHE`. */
  readonly cacheVariable?: string;
  /** @internal What stands in for this machine, in tests. */
  readonly machine?: Partial<Machine>;
}

/** Options of {@link install}. */
export interface InstallOptions extends EngineOptions {
  readonly onProgress?: (progress: InstallProgress) => void;
  /** Stops the programs at work; `install` then fails with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What this machine is. */
export interface Machine {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** For instance `22.14.0`. */
  readonly nodeVersion: string;
  /** Bytes that may still be written on the disk that holds a path, which need not exist yet. */
  readonly freeBytes: (path: string) => number;
}
