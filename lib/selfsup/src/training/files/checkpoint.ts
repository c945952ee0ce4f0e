import { existsSync } from 'node:fs';
import type * as tf from '../../runtime/tensorflow';
import type { TrainingHistory } from '../loop/training-history';
import { CheckpointError } from './checkpoint-error';
import { losslessJson, parseLosslessJson } from './lossless-json';
import { readStateFile, type StateFile, writeStateFile } from './state-file';
import { assignStoredTensors, storedTensors } from './stored-state';

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
  await writeStateFile(file, 'selfsup-checkpoint', {
    tensors: storedTensors(variables),
    metadata: { identity: JSON.stringify(identity), progress: losslessJson(progress) },
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
  const state = await readStateFile(file, 'selfsup-checkpoint');
  const saved = storedEntry(file, state, 'identity', isIdentity);
  for (const key of ['seed', 'batchSize', 'examples'] as const) {
    if (saved[key] !== identity[key]) {
      throw new CheckpointError(
        `${file} belongs to a run with ${key} ${saved[key]}; this one has ${key} ${identity[key]}, and would not go on ` +
          'where that one stopped. Use the same settings, name another file, or start anew with resume: false.',
      );
    }
  }
  // Everything is read before anything is assigned.
  const progress = storedEntry(file, state, 'progress', isProgress);
  assignStoredTensors(file, state, variables);
  return progress;
}

/** One entry of a checkpoint's metadata, whose digest says nothing about its arrangement. */
function storedEntry<T>(
  file: string,
  { metadata }: StateFile,
  entry: 'identity' | 'progress',
  fits: (value: unknown) => value is T,
): T {
  let value: unknown;
  try {
    value = parseLosslessJson(metadata[entry] ?? '');
  } catch {
    value = undefined;
  }
  if (fits(value)) return value;
  throw new CheckpointError(
    `${file} says nothing about the run's ${entry}: it is no checkpoint written by train(), or one of another version. ` +
      'Nothing was changed; name another file, or start anew with resume: false.',
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isIdentity(value: unknown): value is RunIdentity {
  return (
    isObject(value) &&
    ['seed', 'batchSize', 'examples'].every((key) => typeof value[key] === 'number')
  );
}

function isProgress(value: unknown): value is RunProgress {
  if (!isObject(value) || !isObject(value.history)) return false;
  const { stepsDone, history } = value;
  return (
    Number.isInteger(stepsDone) &&
    (stepsDone as number) >= 0 &&
    ['steps', 'epochs', 'diagnostics'].every(
      (key) => Array.isArray(history[key]) && history[key].every(isObject),
    )
  );
}
