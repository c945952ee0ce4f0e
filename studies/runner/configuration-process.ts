import { join, relative } from 'node:path';
import type { Progress } from 'selfsup';
import { losslessJson, parseLosslessJson } from 'selfsup/training/files';
import type { Task } from './grid';
import type { StudyResult } from './result-file';

/** The clone this file is in. */
export const ROOT = join(__dirname, '../..');

/** Ends a process with whoever started it, in whatever way that ended. */
export const GUARD = 'lib/tfjs-node-tensorflow/programs/process-guard.cjs';

/** How one configuration ended. */
export type Outcome =
  | { readonly kind: 'measured'; readonly result: StudyResult }
  | { readonly kind: 'not-measurable'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: string };

/** What the process of a configuration says, one JSON text a line. */
export type Message = { readonly progress: Progress } | { readonly outcome: Outcome };

const PREFIX = '{"message":';

/** A message as a line of standard output. */
export function messageLine(message: Message): string {
  return `${losslessJson({ message })}\n`;
}

/** The message in a line of standard output; `null` for a line of something else. */
export function parseMessage(line: string): Message | null {
  if (!line.startsWith(PREFIX)) return null;
  try {
    const { message } = parseLosslessJson(line) as { message: Message };
    if (!('progress' in message)) return message;
    // An end that is not known travels as NaN.
    const { total } = message.progress;
    return { progress: { ...message.progress, total: Number.isNaN(total) ? null : total } };
  } catch {
    return null;
  }
}

/**
 * Arguments of Node that measure one configuration in a clone, which is the working directory: the same on this machine
 * and on a worker.
 *
 * @param studies The folder of studies, inside the clone.
 */
export function configurationCommand(studies: string, task: Task): string[] {
  return [
    ...['-r', 'ts-node/register/transpile-only', 'studies/runner/measure-configuration.ts'],
    relative(ROOT, studies),
    losslessJson(task),
  ];
}

/** Why a process ended without an outcome: the last lines of its standard error. */
export function endedEarly(status: number | string | null, errors: string): Outcome {
  const lines = errors.trim().split('\n').slice(-12).join('\n');
  const end = `Its process ended early (${typeof status === 'number' ? `exit status ${status}` : status})`;
  return { kind: 'failed', error: lines === '' ? `${end}.` : `${end}:\n${lines}` };
}
