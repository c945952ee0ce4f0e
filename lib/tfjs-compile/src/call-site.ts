import { basename, sep } from 'node:path';

/** Where a function used TensorFlow.js. */
export interface CallSite {
  /** The tfjs function that was called, for instance `matMul` or `dataSync`. */
  readonly call: string;
  /** `file:line:column` of the caller. */
  readonly location: string;
}

/** Frames of TensorFlow.js, of this package and of Node itself are not the user's. */
function isInternal(file: string): boolean {
  return (
    file.startsWith('node:') ||
    file.startsWith(__dirname + sep) ||
    /[\\/]node_modules[\\/]@tensorflow[\\/]/.test(file) ||
    /[\\/]node_modules[\\/]seedrandom[\\/]/.test(file)
  );
}

/** Files of this package whose functions the user calls as functions of tensors, like those of TensorFlow.js. */
const OPERATIONS = /^(batch-normalization|lstm|random-stream|softmax-cross-entropy)\.[jt]s$/;

/** Whether the frame is a function that may stand between quotation marks: one of tfjs or one of ours. */
function isOperation(file: string): boolean {
  return (
    /[\\/]@tensorflow[\\/]/.test(file) ||
    (file.startsWith(__dirname + sep) && OPERATIONS.test(basename(file)))
  );
}

/** `getGlobalTensorClass.prototype.matMul`, `Tensor.dataSync`, `matMul__op` and `matMul_$1` in the user's words. */
function publicName(name: string): string {
  const last = name.split('.').pop() ?? name;
  return (
    last
      .replace(/__op$/, '')
      .replace(/\$\d+$/, '')
      .replace(/_$/, '') || 'tfjs'
  );
}

/** Frames that are looked at first, and where none of them is the user's: layers call layers, which makes deep stacks. */
const DEPTHS = [32, 200];

function rawFrames(depth: number): NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = depth;
    Error.prepareStackTrace = (_, frames) => frames;
    return new Error().stack as unknown as NodeJS.CallSite[];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** `file:line:column` in a printed frame. */
const LOCATION = /(?:\(|at (?:async )?)((?:file:\/\/)?[^()\s][^()]*:\d+:\d+)\)?$/;

function linesOf(stack: unknown): string[] {
  return String(stack)
    .split('\n')
    .filter((line) => /^\s+at /.test(line));
}

/** The frame as the process prints it, or `undefined`. */
function printed(frame: NodeJS.CallSite, occurrence: number): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  // What maps stacks (ts-node, vitest, a notebook's kernel) maps one frame as it does many, without reading the source maps
  // of all of TensorFlow.js. Node's own mapping (--enable-source-maps) cannot be called, so the stack is printed as a whole.
  if (prepareStackTrace && !process.sourceMapsEnabled) {
    return linesOf(prepareStackTrace(new Error(), [frame]))[0];
  }
  try {
    Error.stackTraceLimit = occurrence + 1;
    return linesOf(new Error().stack)[occurrence];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** What of a file's functions a call site tells. */
type Origin = 'user' | 'operation' | 'internal';

function originOf(file: string): Origin {
  if (!isInternal(file)) return 'user';
  return isOperation(file) ? 'operation' : 'internal';
}

/** Finds call sites. Mapping a frame to its TypeScript is slow, so each place is mapped once. */
export class CallSites {
  private readonly mapped = new Map<string, string>();
  private readonly origins = new Map<string, Origin>();

  private origin(file: string): Origin {
    let origin = this.origins.get(file);
    if (origin === undefined) {
      origin = originOf(file);
      this.origins.set(file, origin);
    }
    return origin;
  }

  /** The innermost frame outside TensorFlow.js, and the tfjs function it called. */
  current(): CallSite {
    for (const depth of DEPTHS) {
      const site = this.userSite(depth);
      if (site) return site;
    }
    return { call: 'tfjs', location: 'an unknown line' };
  }

  private userSite(depth: number): CallSite | undefined {
    let operation: NodeJS.CallSite | undefined;
    for (const [index, frame] of rawFrames(depth).entries()) {
      const file = frame.getFileName();
      if (!file) continue;
      const origin = this.origin(file);
      if (origin === 'operation' && frame.getFunctionName()) operation = frame;
      if (origin !== 'user') continue;
      const call = publicName(operation?.getFunctionName() ?? '');
      const raw = `${file}:${frame.getLineNumber()}:${frame.getColumnNumber()}`;
      let location = this.mapped.get(raw);
      if (location === undefined) {
        // Where the whole stack is printed, the frame of `printed` has the place of that of `rawFrames`.
        location = LOCATION.exec(printed(frame, index) ?? '')?.[1] ?? raw;
        this.mapped.set(raw, location);
      }
      return { call, location };
    }
    return undefined;
  }
}

/** `matMul() at step.ts:12:3`. */
export function describe(site: CallSite): string {
  return `${site.call}() at ${site.location}`;
}
