import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { OnProgress } from 'selfsup';
import type { DrawingAnswer, DrawingRequest } from './emoji-drawing-process';
import { ImageDataError } from './image-data-error';

export interface DrawSvgDocumentsOptions {
  /** Height and width of a drawing in pixels. */
  readonly size: number;
  /** Colour behind the drawings; default: white. */
  readonly background?: string;
  readonly onProgress?: OnProgress | undefined;
  /** For the reports of progress; default: `Drawing Emoji`. */
  readonly label?: string;
  /** Child processes that draw side by side; default: one per processor core, at most four. */
  readonly processes?: number;
  /** The program the child processes run; default: the one that draws with resvg. */
  readonly program?: string;
  /** Milliseconds after which a child that does not answer is ended; default: a minute. */
  readonly timeout?: number;
}

export interface SvgDrawings {
  /** `[documents, size, size, 3]`, 0 to 255; black where a document was skipped. */
  readonly pixels: Uint8Array;
  /** Documents that could not be drawn, ascending. */
  readonly skipped: readonly number[];
}

const CHUNK = 64;
/** A process that starts at all does so within this many milliseconds, also on a busy machine. */
const START_TIMEOUT = 60_000;

/** A child process that answers one request at a time. */
class DrawingProcess {
  readonly #child: ChildProcess;

  constructor(program: string) {
    this.#child = fork(program, [], {
      serialization: 'advanced',
      execArgv: [],
      // A crash is expected; its trace is of no use to a learner.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('error', () => undefined);
  }

  /** The next answer, or `null` when the process ends or takes too long. */
  answer(timeout: number): Promise<DrawingAnswer | null> {
    return new Promise((resolve) => {
      const settle = (value: DrawingAnswer | null) => {
        clearTimeout(timer);
        this.#child.removeAllListeners('message');
        this.#child.removeAllListeners('exit');
        resolve(value);
      };
      const timer = setTimeout(() => settle(null), timeout);
      this.#child.once('message', (message) => settle(message as DrawingAnswer));
      this.#child.once('exit', () => settle(null));
    });
  }

  ask(request: DrawingRequest, timeout: number): Promise<DrawingAnswer | null> {
    const answer = this.answer(timeout);
    // A process that has just died cannot be sent to; the answer is then `null`.
    this.#child.send(request, () => undefined);
    return answer;
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}

/**
 * Draws SVG documents in child processes. A document on which the drawing library aborts its process is found by
 * halving and skipped; all others are drawn.
 *
 * @throws ImageDataError when the drawing library cannot be started at all.
 */
export async function drawSvgDocuments(
  documents: readonly string[],
  {
    size,
    background = '#ffffff',
    onProgress,
    label = 'Drawing Emoji',
    processes = Math.min(4, availableParallelism()),
    program = join(__dirname, 'emoji-drawing-process.js'),
    timeout = 60_000,
  }: DrawSvgDocumentsOptions,
): Promise<SvgDrawings> {
  const length = size * size * 3;
  const pixels = new Uint8Array(documents.length * length);
  const skipped: number[] = [];
  const waiting: (readonly number[])[] = [];
  const all = [...documents.keys()];
  for (let start = 0; start < all.length; start += CHUNK)
    waiting.push(all.slice(start, start + CHUNK));
  let done = 0;
  const report = (count: number) => {
    done += count;
    const progress = { label, done, total: documents.length, unit: 'images' };
    onProgress?.(progress);
  };

  const work = async (): Promise<void> => {
    let child: DrawingProcess | null = null;
    try {
      for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
        if (child === null) {
          child = new DrawingProcess(program);
          if ((await child.answer(START_TIMEOUT)) === null) {
            throw new ImageDataError(
              'The Emoji could not be drawn: the drawing library @resvg/resvg-js does not start on this machine. ' +
                'Run "npm run setup" in the folder of the course and try again.',
            );
          }
        }
        const request = { documents: chunk.map((i) => documents[i] as string), size, background };
        const answer = await child.ask(request, timeout);
        if (answer !== null && answer !== 'ready') {
          chunk.forEach((i, k) => {
            pixels.set(answer.pixels.subarray(k * length, (k + 1) * length), i * length);
          });
          skipped.push(...answer.failed.map((k) => (chunk as number[])[k] as number));
          report(chunk.length);
          continue;
        }
        child.end();
        child = null;
        if (chunk.length === 1) {
          skipped.push(chunk[0] as number);
          report(1);
        } else {
          const middle = chunk.length >> 1;
          waiting.unshift(chunk.slice(0, middle), chunk.slice(middle));
        }
      }
    } finally {
      child?.end();
    }
  };
  report(0);
  await Promise.all(Array.from({ length: Math.max(1, processes) }, work));
  return { pixels, skipped: skipped.sort((a, b) => a - b) };
}
