import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from 'selfsup';
import { type Emoji, ImageDataError, loadEmoji } from 'selfsup-course';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectEmojiArtwork } from '../../../lib/selfsup-course/src/data/emoji-artwork';
import { temporaryFolder } from './temporary-folder';

const CONCEPTS = 24;

describe('the artwork', () => {
  let artwork: Awaited<ReturnType<typeof collectEmojiArtwork>>;
  beforeAll(async () => {
    artwork = await collectEmojiArtwork();
  });

  it('is one concept by up to four artists, without flags, skin tones and inventions', () => {
    const artistsOf = new Map<string, Set<number>>();
    for (const { concept, artist } of artwork) {
      artistsOf.set(concept, (artistsOf.get(concept) ?? new Set()).add(artist));
    }
    // Counts of the pinned packages.
    expect(artwork).toHaveLength(6591);
    expect(artistsOf.size).toBe(1682);
    expect([...artistsOf.values()].filter(({ size }) => size >= 2)).toHaveLength(1679);
    expect(new Set(artwork.map(({ category }) => category)).size).toBe(8);
    expect(artwork.filter(({ concept }) => /1f3f[b-f]|fe0f|1f1..-1f1/.test(concept))).toEqual([]);
    expect(artwork.filter(({ caption }) => /skin tone/.test(caption))).toEqual([]);
  });

  it('gives a concept one name and one category where artists differ', () => {
    const blackBirds = artwork.filter(({ concept }) => concept === '1f426-200d-2b1b');
    expect(new Set(blackBirds.map(({ icon }) => icon))).toEqual(
      new Set(['black-bird', 'blackbird']),
    );
    expect(new Set(blackBirds.map(({ caption }) => caption))).toEqual(new Set(['black bird']));
    const categories = new Map<string, Set<number>>();
    for (const { concept, category } of artwork) {
      categories.set(concept, (categories.get(concept) ?? new Set()).add(category));
    }
    expect([...categories.values()].every(({ size }) => size === 1)).toBe(true);
  });
});

/** Everything but where it is kept, short enough to compare quickly. */
const content = ({ path: _, pixels, ...rest }: Emoji) => ({
  ...rest,
  pixels: createHash('md5').update(pixels).digest('hex'),
});

describe('loadEmoji', () => {
  it('draws once, then reads the same from the data folder', async () => {
    const dataDir = temporaryFolder();
    const labels: string[] = [];
    const onProgress = ({ label }: { label: string }) => labels.push(label);
    const drawn = await loadEmoji({ dataDir, concepts: CONCEPTS, onProgress });
    expect(labels).toContain('Drawing Emoji');
    expect(drawn.pixels).toHaveLength(drawn.labels.length * 32 * 32 * 3);
    expect(new Set(drawn.concepts).size).toBe(CONCEPTS);
    for (const list of [drawn.captions, drawn.concepts, drawn.artists]) {
      expect(list).toHaveLength(drawn.labels.length);
    }
    expect(drawn.artistNames).toEqual(['Noto', 'Twemoji', 'OpenMoji', 'Fluent']);
    expect(readdirSync(join(dataDir, 'emoji'))).toHaveLength(1);
    for (let i = 0; i < drawn.labels.length; i++) {
      expect(new Set(drawn.pixels.subarray(i * 3072, (i + 1) * 3072)).size).toBeGreaterThan(4);
    }

    labels.length = 0;
    const read = await loadEmoji({ dataDir, concepts: CONCEPTS, onProgress });
    expect(content(read)).toEqual(content(drawn));
    expect(labels).toEqual([]);
    const elsewhere = await loadEmoji({ dataDir: temporaryFolder(), concepts: CONCEPTS });
    expect(content(elsewhere)).toEqual(content(drawn));
  });

  it('holds no image twice, and names what it left out', async () => {
    const { pixels, labels, repeated, skipped } = await loadEmoji({
      dataDir: temporaryFolder(),
      size: 16,
    });
    const length = 16 * 16 * 3;
    const images = Array.from(labels, (_, i) =>
      Buffer.from(pixels.subarray(i * length, (i + 1) * length)).toString('base64'),
    );
    expect(new Set(images).size).toBe(images.length);
    expect(repeated).toContain('openmoji:cook');
    expect(repeated).not.toContain('openmoji:man-cook');
    expect(labels.length + repeated.length + skipped.length).toBe(6591);
    // resvg 2.6.2 aborts its process on this one; this test's process is still here.
    expect(skipped).toEqual(['noto:package']);
  });

  it('draws again when its file was truncated or changed', async () => {
    const dataDir = temporaryFolder();
    const drawn = await loadEmoji({ dataDir, concepts: 4 });
    const stored = readFileSync(drawn.path);
    const changed = Buffer.from(stored).fill(7, stored.length - 5000);
    for (const damaged of [stored.subarray(0, 100), changed]) {
      writeFileSync(drawn.path, damaged);
      expect(content(await loadEmoji({ dataDir, concepts: 4 }))).toEqual(content(drawn));
      expect(readFileSync(drawn.path).equals(stored)).toBe(true);
    }
  });

  it('keeps drawings of another size or number apart', async () => {
    const dataDir = temporaryFolder();
    const paths = [
      await loadEmoji({ dataDir, concepts: 2 }),
      await loadEmoji({ dataDir, concepts: 3 }),
      await loadEmoji({ dataDir, concepts: 2, size: 16 }),
    ].map(({ path }) => path);
    expect(new Set(paths).size).toBe(3);
  });

  it('is drawn by one of two processes that call at once', async () => {
    const dataDir = temporaryFolder();
    const program = `
      let drew = false;
      require('selfsup-course').loadEmoji({ dataDir: ${JSON.stringify(dataDir)}, concepts: 40, onProgress: ({ message }) => { drew ||= message === undefined; } })
        .then(({ labels }) => console.log(drew ? 'drew' : 'read', labels.length));`;
    const run = () =>
      new Promise<string>((resolve) => {
        const child = spawn(process.execPath, ['-e', program], { cwd: __dirname });
        let output = '';
        child.stdout.on('data', (chunk: Buffer) => {
          output += chunk.toString();
        });
        child.on('close', () => resolve(output.trim()));
      });
    const outcomes = (await Promise.all([run(), run()])).sort();
    expect(outcomes[0]).toMatch(/^drew \d+$/);
    expect(outcomes[1]).toBe(outcomes[0]?.replace('drew', 'read'));
    expect(readdirSync(join(dataDir, 'emoji'))).toHaveLength(1);
  });

  it('says what to do when the folder cannot be written', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const failure = loadEmoji({ dataDir: file, concepts: 2 });
    await expect(failure).rejects.toThrow(ImageDataError);
    await expect(failure).rejects.toThrow(/dataDir/);
  });

  it.each([{ size: 0 }, { size: 1.5 }, { concepts: 0 }])('refuses %o', async (options) => {
    await expect(loadEmoji({ dataDir: temporaryFolder(), ...options })).rejects.toThrow(
      InvalidArgumentError,
    );
  });
});

describe('the file that is kept', () => {
  it('is drawn again whichever of its bits is flipped, in its table as well', async () => {
    const dataDir = temporaryFolder();
    const drawn = await loadEmoji({ dataDir, concepts: 2, size: 8 });
    const stored = readFileSync(drawn.path);
    const table = stored.readUInt32LE(0);
    const places = [0, 3, 5, table >> 1, table, stored.length >> 1, stored.length - 1];
    for (const [flip, place] of places.entries()) {
      const damaged = Buffer.from(stored);
      damaged[place] = (damaged[place] as number) ^ (1 << flip);
      writeFileSync(drawn.path, damaged);
      expect(content(await loadEmoji({ dataDir, concepts: 2, size: 8 }))).toEqual(content(drawn));
      expect(readFileSync(drawn.path).equals(stored)).toBe(true);
    }
  }, 120_000);

  it('is not waited for when whoever drew it was killed', async () => {
    const dataDir = temporaryFolder();
    const program = `
      const options = { dataDir: ${JSON.stringify(dataDir)}, concepts: 400, size: 64 };
      require('selfsup-course').loadEmoji({ ...options, onProgress: () => process.kill(process.pid, 'SIGKILL') });`;
    const killed = spawn(process.execPath, ['-e', program], { cwd: __dirname });
    await new Promise((resolve) => killed.on('close', resolve));
    expect(readdirSync(join(dataDir, 'emoji'))).toEqual([expect.stringMatching(/\.lock$/)]);
    const [lock] = readdirSync(join(dataDir, 'emoji')) as [string];
    // The dead process's lock stands where ours would be made.
    const mine = await loadEmoji({ dataDir, concepts: 2, size: 8 });
    renameSync(join(dataDir, 'emoji', lock), `${mine.path}.lock`);
    rmSync(mine.path);
    const start = performance.now();
    await loadEmoji({ dataDir, concepts: 2, size: 8 });
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(readdirSync(join(dataDir, 'emoji'))).toHaveLength(1);
  }, 120_000);

  it('lies elsewhere when the data folder cannot be written; never in another package’s folder', async () => {
    const outside = temporaryFolder();
    const cache = join(outside, 'cache');
    const run = (start: string) => {
      const program = `require(${JSON.stringify(require.resolve('selfsup-course'))}).loadEmoji({ concepts: 2, size: 8 }).then(({ path }) => console.log(path))`;
      const env = { ...process.env, XDG_CACHE_HOME: cache };
      const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { cwd: start, env });
      return stdout.toString().trim() || stderr.toString();
    };
    expect(run(outside)).toContain(join(cache, 'selfsup-course', 'emoji'));
    const workspace = temporaryFolder();
    mkdirSync(join(workspace, 'data'));
    writeFileSync(join(workspace, 'package.json'), '{ "workspaces": [] }');
    writeFileSync(
      join(workspace, 'data/emoji'),
      'a file is in the way, as a read-only folder would be',
    );
    expect(run(workspace)).toContain(join(cache, 'selfsup-course', 'emoji'));
  }, 120_000);
});
