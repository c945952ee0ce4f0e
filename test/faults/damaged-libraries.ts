import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  computeDigests,
  findDamage,
  writeDigests,
} from '../../lib/tfjs-node-tensorflow/dist/file-digests';
import { type Damage, damaged, damages } from './byte-damage';
import { type Campaign, Loss, RawError } from './campaign';

const FILES = [
  'libtensorflow_cc.so.2',
  'libtensorflow_framework.so.2',
  'include/tensorflow/c_api.h',
];
/** What must be noticed, and what must at least do no harm. */
const HIT = [...FILES, 'files.json', 'checked.json'] as const;

interface LibraryFault {
  readonly file: (typeof HIT)[number];
  readonly damage: Damage[] | 'deleted';
}

/** Whether a manifest still says the same: a blank between its parts is no damage. */
function saysTheSame(altered: Buffer, whole: Buffer): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(altered.toString()), JSON.parse(whole.toString()));
  } catch {
    return false;
  }
}

/** Stand-ins for TensorFlow's libraries and their manifest: every damage is told before anything is loaded. */
export const damagedLibraries: Campaign<LibraryFault> = {
  kind: 'libraries',
  title: "TensorFlow's libraries and their manifest cut and altered",
  share: 0.5,
  atOnce: 25,
  faults: fc.record({
    file: fc.constantFrom(...HIT),
    damage: fc.oneof(
      { weight: 6, arbitrary: damages },
      { weight: 1, arbitrary: fc.constant('deleted' as const) },
    ),
  }),
  prepare: async ({ folder }) => {
    const whole = join(folder, 'whole');
    const copy = join(folder, 'copy');
    mkdirSync(join(whole, 'include', 'tensorflow'), { recursive: true });
    for (const [i, name] of FILES.entries()) {
      const content = Buffer.from(
        Array.from({ length: 900 * (i + 1) }, (_, k) => (k * k + i) % 256),
      );
      writeFileSync(join(whole, name), content);
    }
    writeDigests(whole, computeDigests(whole));
    if (findDamage(whole) !== undefined) throw new RawError(`${findDamage(whole)}`);
    return {
      inflict: async ({ file, damage }) => {
        rmSync(copy, { recursive: true, force: true });
        cpSync(whole, copy, { recursive: true });
        const path = join(copy, file);
        const bytes = readFileSync(path);
        const altered = damage === 'deleted' ? null : damaged(bytes, damage);
        if (altered === null) rmSync(path);
        else writeFileSync(path, altered);
        const found = findDamage(copy);
        const unchanged = altered?.equals(bytes) === true;
        const sameManifest =
          file === 'files.json' && altered !== null && saysTheSame(altered, bytes);
        const harmless = file === 'checked.json' || unchanged || sameManifest;
        if (harmless && found !== undefined)
          throw new Loss(`whole libraries are refused: ${found}`);
        if (!harmless && found === undefined)
          throw new Loss(`a damaged ${file} is taken for whole`);
        if (found !== undefined && !found.includes(copy))
          throw new RawError(`no path in "${found}"`);
        return undefined;
      },
      end: async () => undefined,
    };
  },
};
