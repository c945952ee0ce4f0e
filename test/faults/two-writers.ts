import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { replaceFile } from '../../lib/selfsup/dist/training/files/replace-file';
import { type Campaign, Loss, RawError } from './campaign';

const WRITER = join(__dirname, 'programs', 'writer.cjs');

interface WriterFault {
  readonly times: number;
  /** Milliseconds after which one of the writers is killed; null: none is. */
  readonly killAfter: number | null;
  readonly writers: number;
}

interface Writer {
  readonly child: ChildProcess;
  readonly end: Promise<{ readonly status: number | null; readonly said: string }>;
}

function startWriter(file: string, name: string, times: number): Writer {
  const child = spawn(process.execPath, [WRITER, file, name, `${times}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (text) => {
    said += text;
  });
  const end = new Promise<{ status: number | null; said: string }>((resolve) => {
    child.on('close', (status) => resolve({ status, said }));
  });
  return { child, end };
}

/** A state is its digest and its body: whole, or not one that was ever written. */
function assertWhole(file: string): void {
  if (!existsSync(file)) return;
  const bytes = readFileSync(file);
  const digest = createHash('sha256').update(bytes.subarray(32)).digest();
  if (!digest.equals(bytes.subarray(0, 32)))
    throw new Loss('the file is no whole state of any writer');
}

/** Two or three processes that write one file at once, one of them killed: the file is one whole state at any time. */
export const twoWriters: Campaign<WriterFault> = {
  kind: 'writers',
  title: 'processes that write one checkpoint, some killed',
  share: 1,
  atOnce: 1,
  faults: fc.record({
    times: fc.integer({ min: 1, max: 15 }),
    killAfter: fc.option(fc.nat({ max: 400 }), { freq: 4 }),
    writers: fc.integer({ min: 2, max: 3 }),
  }),
  prepare: async ({ folder }) => {
    const file = join(folder, 'run.safetensors');
    return {
      inflict: async ({ times, killAfter, writers }) => {
        const started = Array.from({ length: writers }, (_, i) =>
          startWriter(file, 'abc'[i] ?? '', times),
        );
        const [victim] = started as [Writer];
        const kill = setTimeout(
          () => killAfter !== null && victim.child.kill('SIGKILL'),
          killAfter ?? 0,
        );
        let running = true;
        const all = Promise.all(started.map(({ end }) => end)).finally(() => {
          running = false;
        });
        while (running) {
          assertWhole(file);
          await sleep(3);
        }
        clearTimeout(kill);
        for (const [i, { status, said }] of (await all).entries()) {
          const wasKilled = i === 0 && killAfter !== null && status === null;
          if (status !== 0 && !wasKilled) throw new RawError(`a writer failed: ${said}`);
        }
        assertWhole(file);
        // The next write clears away what a killed one left.
        const body = Buffer.from('the last one');
        await replaceFile(file, Buffer.concat([createHash('sha256').update(body).digest(), body]));
        const left = readdirSync(folder).filter((name) => name !== 'run.safetensors');
        if (left.length > 0) throw new Loss(`left beside the file: ${left.join(', ')}`);
        return writers;
      },
      end: async () => undefined,
    };
  },
};
