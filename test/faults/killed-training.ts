import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { readStateFile } from '../../lib/selfsup/dist/training/files/state-file';
import { type Campaign, Loss, RawError } from './campaign';

const TRAINING = join(__dirname, 'programs', 'training.cjs');
const STEPS = 24;
const SIGNALS = [
  ...(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGABRT', 'SIGSEGV'] as const),
  ...(['SIGBUS', 'SIGUSR2', 'SIGALRM'] as const),
];

interface Kill {
  readonly signal: (typeof SIGNALS)[number];
  /** The signal comes so many changes of the folder after the start: a temporary file is made, renamed, and so on … */
  readonly changes: number;
  /** … and so many milliseconds later. */
  readonly delay: number;
}

interface End {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the training to its end or, with `kill`, until the signal has ended it. */
async function training(file: string, kill: Kill | null): Promise<End> {
  const child = spawn(process.execPath, [TRAINING, file, `${STEPS}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  let changes = 0;
  const folder = watch(join(file, '..'), () => {
    changes += 1;
    if (kill !== null && changes === kill.changes) {
      sleep(kill.delay).then(() => child.kill(kill.signal));
    }
  });
  try {
    return await new Promise<End>((resolve) => {
      child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
    });
  } finally {
    folder.close();
  }
}

/** Trainings killed in the middle of a step or of a checkpoint: each goes on from a whole file, to the same losses. */
export const killedTraining: Campaign<Kill[]> = {
  kind: 'kills',
  title: 'trainings killed, also while a checkpoint is written',
  share: 4,
  atOnce: 1,
  faults: fc.array(
    fc.record({
      signal: fc.oneof(
        { weight: 3, arbitrary: fc.constant('SIGKILL' as const) },
        { weight: 2, arbitrary: fc.constantFrom(...SIGNALS) },
      ),
      changes: fc.integer({ min: 1, max: 40 }),
      delay: fc.constantFrom(0, 0, 1, 2, 5, 20),
    }),
    { minLength: 2, maxLength: 5 },
  ),
  prepare: async ({ folder }) => {
    const reference = await training(join(mkdtempSync(join(folder, 'reference-')), 'run'), null);
    if (reference.status !== 0) throw new RawError(reference.stderr);
    return {
      inflict: async (kills) => {
        const place = mkdtempSync(join(folder, 'run-'));
        const file = join(place, 'run');
        let delivered = 0;
        for (const kill of kills) {
          const end = await training(file, kill);
          if (end.status === 1) throw new RawError(`after ${kill.signal}: ${end.stderr}`);
          if (end.signal !== null) delivered += 1;
          // Throws a CheckpointError where a kill has left something that is no whole checkpoint.
          if (existsSync(file)) await wholeCheckpoint(file, kill);
        }
        const last = await training(file, null);
        if (last.status !== 0) throw new RawError(last.stderr);
        if (last.stdout !== reference.stdout) {
          throw new Loss(`went on to ${last.stdout} in place of ${reference.stdout}`);
        }
        // A run that is over writes nothing more; what kills left is cleared by the next write, so at most that is there.
        const left = readdirSync(place).filter((name) => name !== 'run');
        const partial = left.filter(
          (name) => !/^run\.(lock|\d+-\d+-[0-9a-f]{12}\.partial)$/.test(name),
        );
        if (partial.length > 0) throw new Loss(`left beside the checkpoint: ${partial.join(', ')}`);
        rmSync(place, { recursive: true });
        return Math.max(delivered, 1);
      },
      end: async () => undefined,
    };
  },
};

async function wholeCheckpoint(file: string, { signal }: Kill): Promise<void> {
  try {
    await readStateFile(file, 'selfsup-checkpoint');
  } catch (error) {
    throw new Loss(`after ${signal} the checkpoint is not whole: ${(error as Error).message}`);
  }
}
