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

function rawFrames(): NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    // Layers call layers: the user's frame can lie deep.
    Error.stackTraceLimit = 200;
    Error.prepareStackTrace = (_, frames) => frames;
    return new Error().stack as unknown as NodeJS.CallSite[];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The text after `at` of a printed frame, mapped to the TypeScript source where the process maps stacks. */
function mappedLocation(fallback: string, occurrence: number): string {
  const { stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 200;
    const lines = (new Error().stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    const line = lines[occurrence];
    const match =
      line && /(?:\(|at (?:async )?)((?:file:\/\/)?[^()\s][^()]*:\d+:\d+)\)?$/.exec(line);
    return match?.[1] ?? fallback;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Finds call sites; printing a mapped stack is slow, so each line is mapped once. */
export class CallSites {
  private readonly mapped = new Map<string, string>();

  /** The innermost frame outside TensorFlow.js, and the tfjs function it called. */
  current(): CallSite {
    // The frames of rawFrames and of this method come first.
    const frames = rawFrames().slice(2);
    let call = 'tfjs';
    for (const [index, frame] of frames.entries()) {
      const file = frame.getFileName();
      if (!file) continue;
      if (isInternal(file)) {
        const name = frame.getFunctionName();
        if (name && isOperation(file)) call = publicName(name);
        continue;
      }
      const raw = `${file}:${frame.getLineNumber()}:${frame.getColumnNumber()}`;
      let location = this.mapped.get(raw);
      if (location === undefined) {
        location = mappedLocation(raw, index + 2);
        this.mapped.set(raw, location);
      }
      return { call, location };
    }
    return { call, location: 'an unknown line' };
  }
}

/** `matMul() at step.ts:12:3`. */
export function describe(site: CallSite): string {
  return `${site.call}() at ${site.location}`;
}
