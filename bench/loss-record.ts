import { createHash } from 'node:crypto';
import { OptionError } from './options';

/** One number of a seeded run. */
export interface RecordedLoss {
  readonly loss: number;
  /** Its float32 in hexadecimal, sign and exponent first: what is compared. */
  readonly bits: string;
}

/** All numbers of a run by method, and where it ran. */
export interface LossRecord {
  /** Processor, cores, Node, TensorFlow, settings: bits are comparable where this is the same. */
  readonly machine: string;
  readonly methods: Readonly<Record<string, readonly RecordedLoss[]>>;
}

/** A loss as it is recorded. Losses are float32 already, so nothing is rounded. */
export function recordedLoss(loss: number): RecordedLoss {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, loss);
  return { loss, bits: view.getUint32(0).toString(16).padStart(8, '0') };
}

/** A short digest of every method's bits, in order: equal where {@link firstDifference} finds none. */
export function digestOf({ methods }: LossRecord): string {
  const lines = Object.keys(methods)
    .sort()
    .map((method) => [method, ...(methods[method] ?? []).map(({ bits }) => bits)].join(' '));
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}

/** The first method and step in which two runs differ, as a sentence; `null` where every bit is equal. */
export function firstDifference(before: LossRecord, after: LossRecord): string | null {
  for (const method of new Set([...Object.keys(before.methods), ...Object.keys(after.methods)])) {
    const [old, now] = [before.methods[method], after.methods[method]];
    if (old === undefined) return `${method} was not recorded before.`;
    if (now === undefined) return `${method} was recorded before and is missing now.`;
    for (let i = 0; i < Math.min(old.length, now.length); i++) {
      const [was, is] = [old[i] as RecordedLoss, now[i] as RecordedLoss];
      if (was.bits === is.bits) continue;
      const [first, second] = [was, is].map(({ loss, bits }) => `${loss} (${bits})`);
      return `${method} differs first at step ${i + 1}: ${first} before, ${second} now.`;
    }
    if (old.length !== now.length) {
      return `${method} has ${now.length} steps; it had ${old.length} before.`;
    }
  }
  return null;
}

/**
 * Reads what `--out` has written.
 *
 * @param file Its name, for the message.
 * @throws OptionError when it is something else.
 */
export function parseLossRecord(file: string, json: string): LossRecord {
  const isLoss = (loss: RecordedLoss | null): boolean => /^[0-9a-f]{8}$/.test(`${loss?.bits}`);
  try {
    const record = JSON.parse(json) as LossRecord;
    if (Object.values(record.methods).every((losses) => losses.every(isLoss))) return record;
  } catch {}
  throw new OptionError(
    `${file} holds no losses; expected what bench/seeded-losses.ts --out has written.`,
  );
}
