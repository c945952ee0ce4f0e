import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DamagedDataError, loadCifar10 } from 'cifar10-loader';
import fc from 'fast-check';
import { pythonBatch, SMALL_ARCHIVE } from '../cifar10-loader/synthetic-cifar10';
import { type Damage, damaged, damages } from './byte-damage';
import { type Campaign, failingOnlyWith, Loss, RawError } from './campaign';

/** A whole batch that is damaged, or opcodes and arguments at random. */
type PickleFault = { readonly damage: Damage[] } | { readonly opcodes: Uint8Array };

const OPCODES =
  '(.0123FIJKLMNPQRSTUVX]}abcdeghijlopqrstu\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98';
const LONGEST_SECONDS = 20;

/** Pickles that are damaged or made up: refused in a sentence and at once; nothing they name is called or altered. */
export const mutatedPickles: Campaign<PickleFault> = {
  kind: 'pickles',
  title: 'pickles damaged and made up',
  share: 0.5,
  atOnce: 50,
  faults: fc.oneof(
    fc.record({ damage: damages }),
    fc.record({
      opcodes: fc
        .array(
          fc.oneof(
            fc.constantFrom(...[...OPCODES].map((letter) => letter.charCodeAt(0))),
            fc.nat({ max: 255 }),
            fc.constantFrom(10, 0, 255, 1),
          ),
          { maxLength: 200, size: 'max' },
        )
        .map((codes) => Uint8Array.from([0x80, 2, ...codes, 0x2e])),
    }),
  ),
  prepare: async ({ folder }) => {
    const whole = pythonBatch(5);
    const dir = join(folder, 'cifar-10-batches-py');
    mkdirSync(dir);
    const options = { dir, split: 'test', archive: SMALL_ARCHIVE, offline: true } as const;
    return {
      inflict: async (fault) => {
        const bytes = 'damage' in fault ? damaged(whole, fault.damage) : fault.opcodes;
        const started = Date.now();
        writeFileSync(join(dir, 'test_batch'), bytes);
        const { value } = await failingOnlyWith(DamagedDataError, () => loadCifar10(options));
        const seconds = (Date.now() - started) / 1000;
        if (seconds > LONGEST_SECONDS) throw new RawError(`took ${seconds} s`);
        if (Object.keys(Object.prototype).length > 0) throw new Loss('Object.prototype is altered');
        if (value !== undefined && value.size !== SMALL_ARCHIVE.imagesPerBatch) {
          throw new Loss('a batch of another size');
        }
        return undefined;
      },
      end: async () => undefined,
    };
  },
};
