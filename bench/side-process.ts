import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Programs, PythonLibrary } from './python-library';

/** What a side says about itself when it is warm. */
export interface Facts {
  /** Program and versions: `Node 22.11.0, TensorFlow 2.20.0`. */
  readonly engine: string;
  /** How its work was compiled, where it chose. */
  readonly variant?: string;
  /** Floating-point operations of one unit of its work. */
  readonly flops?: number;
}

/** What a side measured when told to. */
export interface Timed {
  readonly milliseconds: readonly number[];
  /** Tensors and resident memory along a long run. */
  readonly looks?: readonly Look[];
  /** The largest resident memory so far. */
  readonly peakMiB?: number;
}

export interface Look {
  readonly step: number;
  readonly tensors: number;
  readonly residentMiB: number;
}

/** One of the programs a row compares: a workload of `sides/` or of `python/`. */
export interface Side {
  /** What claims call it. */
  readonly id: string;
  readonly label: string;
  /** What runs it: Node, or the Python that has this library. */
  readonly runtime: 'node' | PythonLibrary;
  readonly workload: string;
  readonly settings: Readonly<Record<string, unknown>> & {
    /** `bfloat16` needs a processor that multiplies such numbers. */
    readonly precision?: 'float32' | 'bfloat16';
  };
}

/** Whether there is what runs a side. */
export function canRun({ runtime }: Side, programs: Programs): boolean {
  return runtime === 'node' || programs[runtime] !== undefined;
}

/** A side failed to start, or ended while it was measured. */
export class SideError extends Error {}

const REGISTER = require.resolve('ts-node/register/transpile-only');

/** The last lines a failed program wrote are enough to see why. */
const ERROR_LINES = 12;

/** A side in a process of its own, which waits while the others are measured. */
export class SideProcess {
  readonly facts: Facts;
  private constructor(
    private readonly child: ChildProcess,
    private readonly replies: Replies,
    facts: Facts,
  ) {
    this.facts = facts;
  }

  /**
   * Starts a side and waits until it is warm.
   *
   * @param programs What runs the Python sides.
   * @throws SideError when it ends before, or nothing runs it.
   */
  static async start(side: Side, programs: Programs): Promise<SideProcess> {
    const { runtime, label } = side;
    const [program, args] =
      runtime === 'node'
        ? [process.execPath, ['-r', REGISTER, join(__dirname, 'sides/side.ts')]]
        : [programs[runtime], [join(__dirname, 'python/side.py'), runtime]];
    if (program === undefined) {
      throw new SideError(
        `"${label}" needs a Python with ${runtime}. bench/README.md says how to make one.`,
      );
    }
    const child = spawn(program, [...args, side.workload, JSON.stringify(side.settings)], {
      cwd: join(__dirname, '..'),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const replies = new Replies(child, label);
    const { ready } = (await replies.next()) as { ready: Facts };
    return new SideProcess(child, replies, ready);
  }

  /** Lets the side do its work so many times. */
  async measure(count: number): Promise<Timed> {
    this.child.stdin?.write(`${count}\n`);
    return (await this.replies.next()) as Timed;
  }

  /** Ends the side; its memory is free afterwards. */
  async end(): Promise<void> {
    this.child.stdin?.end();
    await this.replies.ended;
  }

  /** Ends the side in the middle of its work. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** The JSON lines a child writes, one at a time; whatever else it writes is kept for the error. */
class Replies {
  readonly ended: Promise<void>;
  private readonly lines: AsyncIterator<string>;
  private readonly errors: string[] = [];

  constructor(
    private readonly child: ChildProcess,
    private readonly label: string,
  ) {
    const read = (stream: NodeJS.ReadableStream | null): Interface =>
      createInterface({ input: stream as NodeJS.ReadableStream });
    this.lines = read(child.stdout)[Symbol.asyncIterator]();
    read(child.stderr).on('line', (line) => {
      this.errors.push(line);
      this.errors.splice(0, this.errors.length - ERROR_LINES);
    });
    // A child that has gone is noticed by the end of its output.
    child.stdin?.on('error', () => {});
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => {
        this.errors.push(error.message);
        resolve();
      });
      child.on('close', () => resolve());
    });
  }

  async next(): Promise<unknown> {
    for (;;) {
      const line = await this.lines.next();
      if (line.done) {
        await this.ended;
        throw new SideError(
          `"${this.label}" ended with ${this.child.exitCode ?? this.child.signalCode ?? 'an error'}:\n` +
            this.errors.join('\n'),
        );
      }
      if (line.value.startsWith('{')) return JSON.parse(line.value);
    }
  }
}
