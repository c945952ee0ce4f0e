import { existsSync } from 'node:fs';
import type * as tf from '../../runtime/tensorflow';
import type { TrainingHistory } from '../loop/training-history';
import { CheckpointError } from './checkpoint-error';
import { readSafetensors, storedTensors, writeSafetensors } from './safetensors-file';
import { assignStoredTensors } from './stored-state';

const FORMAT = 'selfsup-checkpoint';

/** What makes two runs the same run: with another value the batches would be other ones. */
export interface RunIdentity {
  readonly seed: number;
  readonly batchSize: number;
  /** Number of examples in the data set. */
  readonly examples: number;
}

/** How far a run had come. */
export interface RunProgress {
  readonly stepsDone: number;
  readonly history: TrainingHistory;
}

/**
 * Writes the state of a run, with its history, to one file in the safetensors format, replacing it as a whole or not
 * at all.
 *
 * @throws CheckpointError when it cannot be written.
 */
export async function saveCheckpoint(
  file: string,
  identity: RunIdentity,
  progress: RunProgress,
  variables: readonly tf.Variable[],
): Promise<void> {
  await writeSafetensors(file, {
    tensors: storedTensors(variables),
    metadata: {
      format: FORMAT,
      version: '1',
      identity: JSON.stringify(identity),
      progress: JSON.stringify(progress),
    },
  });
}

/**
 * Reads a checkpoint, checks that it belongs to this run, and assigns its state to the variables.
 *
 * @returns How far the run had come; `null` where there is no such file.
 * @throws CheckpointError when the file is damaged or belongs to another run; the variables then keep their values.
 */
export async function loadCheckpoint(
  file: string,
  identity: RunIdentity,
  variables: readonly tf.Variable[],
): Promise<RunProgress | null> {
  if (!existsSync(file)) return null;
  const { tensors, metadata } = await readSafetensors(file);
  if (metadata.format !== FORMAT) {
    throw new CheckpointError(
      `${file} holds ${metadata.format ?? 'something else'}; expected a checkpoint written by train(). ` +
        'Name another file; weights are read with loadWeights.',
    );
  }
  const saved = JSON.parse(metadata.identity as string) as RunIdentity;
  for (const key of ['seed', 'batchSize', 'examples'] as const) {
    if (saved[key] !== identity[key]) {
      throw new CheckpointError(
        `${file} belongs to a run with ${key} ${saved[key]}; this one has ${key} ${identity[key]}, and would not go on ` +
          'where that one stopped. Use the same settings, name another file, or start anew with resume: false.',
      );
    }
  }
  assignStoredTensors(file, tensors, variables);
  // JSON has no NaN; a metric that was not a number was written as null.
  return JSON.parse(metadata.progress as string, (_key, value) => (value === null ? NaN : value));
}
