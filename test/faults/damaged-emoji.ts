import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type fc from 'fast-check';
import { type Emoji, loadEmoji } from 'selfsup-course';
import { type Damage, damaged, damages } from './byte-damage';
import { type Campaign, Loss } from './campaign';

const equal = (a: Emoji, b: Emoji) =>
  Buffer.from(a.pixels).equals(Buffer.from(b.pixels)) &&
  JSON.stringify([a.labels, a.captions, a.concepts, a.artists]) ===
    JSON.stringify([b.labels, b.captions, b.concepts, b.artists]);

/** A damaged file of drawn Emoji: drawn again, the same as before. */
export const damagedEmoji: Campaign<Damage[]> = {
  kind: 'emoji',
  title: 'kept Emoji cut and altered',
  share: 1,
  atOnce: 1,
  faults: damages as fc.Arbitrary<Damage[]>,
  prepare: async ({ folder }) => {
    const load = () => loadEmoji({ dataDir: folder, concepts: 3, size: 8 });
    const drawn = await load();
    const whole = readFileSync(drawn.path);
    return {
      inflict: async (list) => {
        writeFileSync(drawn.path, damaged(whole, list));
        const again = await load();
        if (!equal(again, drawn)) throw new Loss('other drawings came out of a damaged file');
        if (!readFileSync(drawn.path).equals(whole)) throw new Loss('the damaged file was kept');
        const files = readdirSync(dirname(drawn.path));
        if (files.length > 1) throw new Loss(`beside the drawings lies ${files.join(', ')}`);
        return undefined;
      },
      end: async () => undefined,
    };
  },
};
