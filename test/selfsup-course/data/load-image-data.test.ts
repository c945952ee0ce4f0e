import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, tf } from 'selfsup';
import {
  type CourseImageData,
  type CourseImageDataSet,
  ImageDataError,
  type LoadImageDataOptions,
  loadImageData,
} from 'selfsup-course';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from './temporary-folder';

const PER_BATCH = 40;
/** Nothing listens here, so a download fails at once. */
const cifar10Archive = {
  url: 'http://127.0.0.1:9/cifar-10-binary.tar.gz',
  md5: '0'.repeat(32),
  imagesPerBatch: PER_BATCH,
};

/** A CIFAR-10 of 6 × 40 images; image i has label i % 10 and the grey value i everywhere. */
function writeCifar10(dataDir: string): void {
  const folder = join(dataDir, 'cifar-10-batches-bin');
  mkdirSync(folder);
  for (let b = 0; b < 6; b++) {
    const batch = Buffer.alloc(PER_BATCH * 3073);
    for (let i = 0; i < PER_BATCH; i++) {
      const index = b * PER_BATCH + i;
      batch.fill(index, i * 3073, (i + 1) * 3073);
      batch[i * 3073] = index % 10;
    }
    writeFileSync(join(folder, b === 5 ? 'test_batch.bin' : `data_batch_${b + 1}.bin`), batch);
  }
}

function withCifar10(options: LoadImageDataOptions = {}): Promise<CourseImageData> {
  const dataDir = temporaryFolder();
  writeCifar10(dataDir);
  return loadImageData({ dataDir, cifar10Archive, ...options });
}

/** Without CIFAR-10, but with the drawings of the first test that needs them. */
const emojiFolder = mkdtempSync(join(tmpdir(), 'selfsup-emoji-test-'));
afterAll(() => rmSync(emojiFolder, { recursive: true, force: true }));

function withoutCifar10(options: LoadImageDataOptions = {}): Promise<CourseImageData> {
  return loadImageData({ dataDir: emojiFolder, cifar10Archive, emojiConcepts: 80, ...options });
}

beforeEach(() => {
  for (const name of ['SELFSUP_DATA', 'SELFSUP_PROFILE', 'CIFAR10_DIR', 'CIFAR10_FILENAMES']) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const splits = ({ train, validation, test }: CourseImageData) => [train, validation, test];
/** The grey value of each image, which is its number. */
const numbers = (set: CourseImageDataSet) =>
  Array.from({ length: set.size }, (_, i) => set.pixels[i * 3072] as number);
const counts = (set: CourseImageDataSet) =>
  set.labelNames.map((_, k) => set.labels.filter((label) => label === k).length);

describe.each([
  ['CIFAR-10', withCifar10],
  ['Emoji', withoutCifar10],
] as const)('the interface on %s', (name, load) => {
  it('is filled, and alike in the three splits', async () => {
    const data = await load({ offline: true });
    expect(data.name).toBe(name);
    expect(data.reason).toMatch(new RegExp(`^${name}`));
    expect(splits(data).map(({ split }) => split)).toEqual(['train', 'validation', 'test']);
    const isEmoji = name === 'Emoji';
    for (const set of splits(data)) {
      expect(set.name).toBe(name);
      expect(set.size).toBeGreaterThan(0);
      expect(set.imageShape).toEqual([32, 32, 3]);
      expect(set.pixels).toHaveLength(set.size * 3072);
      expect(set.labels).toHaveLength(set.size);
      expect(set.captions).toHaveLength(set.size);
      expect(Math.max(...set.labels)).toBeLessThan(set.labelNames.length);
      expect(set.source).toContain(name);
      expect(set.concepts?.length ?? null).toBe(isEmoji ? set.size : null);
      expect(set.artists?.length ?? null).toBe(isEmoji ? set.size : null);
      expect(set.artistNames).toHaveLength(isEmoji ? 4 : 0);
      const images = set.images([0, set.size - 1]);
      expect(images.shape).toEqual([2, 32, 32, 3]);
      expect(images.dtype).toBe('float32');
      expect(images.dataSync()[0]).toBe(Math.fround((set.pixels[0] as number) / 255));
      images.dispose();
    }
  });

  it('is the same for a seed; another seed validates with other images and tests with the same', async () => {
    const [first, again, other] = [
      await load({ offline: true, seed: 1 }),
      await load({ offline: true, seed: 1 }),
      await load({ offline: true, seed: 2 }),
    ];
    splits(first).forEach((set, i) => {
      expect(Buffer.compare(set.pixels, (splits(again)[i] as CourseImageDataSet).pixels)).toBe(0);
    });
    expect(Buffer.compare(other.test.pixels, first.test.pixels)).toBe(0);
    expect(Buffer.compare(other.validation.pixels, first.validation.pixels)).not.toBe(0);
  });

  it('makes no tensor while loading', async () => {
    const before = tf.memory().numTensors;
    await load({ offline: true });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('honours the limits', async () => {
    const data = await load({ offline: true, trainLimit: 30, validationLimit: 10, testLimit: 20 });
    expect(splits(data).map(({ size }) => size)).toEqual([30, 10, 20]);
  });
});

describe('CIFAR-10', () => {
  it('holds the same share of every class out, and no image twice', async () => {
    const { train, validation, test } = await withCifar10();
    expect(counts(train)).toEqual(new Array(10).fill(18));
    expect(counts(validation)).toEqual(new Array(10).fill(2));
    expect(counts(test)).toEqual(new Array(10).fill(4));
    const all = [train, validation, test].flatMap(numbers).sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 6 * PER_BATCH }, (_, i) => i));
    expect(Math.min(...numbers(test))).toBe(5 * PER_BATCH);
  });

  it('keeps classes equal under a limit', async () => {
    const { train, test } = await withCifar10({ trainLimit: 50, testLimit: 10 });
    expect(counts(train)).toEqual(new Array(10).fill(5));
    expect(counts(test)).toEqual(new Array(10).fill(1));
  });

  it('is captioned by its nouns where the file names are there, else by its classes', async () => {
    const dataDir = temporaryFolder();
    writeCifar10(dataDir);
    const plain = await loadImageData({ dataDir, cifar10Archive });
    expect(plain.test.captions.slice(0, 2)).toEqual(['airplane', 'automobile']);
    const lines = Array.from({ length: 6 * PER_BATCH }, (_, i) => `tipper_truck_s_${i}.png`);
    writeFileSync(join(dataDir, 'cifar10_filenames.txt'), lines.join('\n'));
    const named = await loadImageData({ dataDir, cifar10Archive });
    expect(new Set(named.train.captions)).toEqual(new Set(['tipper truck']));
  });

  it('that is damaged is an error, also for auto', async () => {
    const dataDir = temporaryFolder();
    writeCifar10(dataDir);
    rmSync(join(dataDir, 'cifar-10-batches-bin', 'data_batch_3.bin'));
    const failure = loadImageData({ dataDir, cifar10Archive });
    await expect(failure).rejects.toThrow(ImageDataError);
    await expect(failure).rejects.toThrow(/data_batch_3\.bin is missing.*SELFSUP_DATA=emoji/);
  });
});

describe('Emoji', () => {
  it('leak no concept and no name from one split into another', async () => {
    const data = await withoutCifar10({ data: 'emoji' });
    const sets = splits(data).map((set) => new Set(set.concepts));
    expect(sets.reduce((sum, { size }) => sum + size, 0)).toBe(80);
    expect(new Set(sets.flatMap((set) => [...set])).size).toBe(80);
    const names = splits(data).map((set) => new Set(set.captions));
    for (const caption of names[2] ?? []) expect(names[0]?.has(caption)).toBe(false);
  });

  it('keep several artists of a concept together, so that one can be sought from another', async () => {
    const { test } = await withoutCifar10({ data: 'emoji' });
    const artistsOf = new Map<number, Set<number>>();
    test.concepts?.forEach((concept, i) => {
      artistsOf.set(
        concept,
        (artistsOf.get(concept) ?? new Set()).add(test.artists?.[i] as number),
      );
    });
    const shared = [...artistsOf.values()].filter(({ size }) => size >= 2);
    expect(shared.length / artistsOf.size).toBeGreaterThan(0.9);
  });
});

describe('the choice', () => {
  it.each(['quick', 'standard'] as const)(
    'auto takes CIFAR-10 where it is, in the %s profile',
    async (profile) => {
      vi.stubEnv('SELFSUP_PROFILE', profile);
      const { name, reason } = await withCifar10();
      expect(name).toBe('CIFAR-10');
      expect(reason).toContain('on this machine');
    },
  );

  it('auto takes CIFAR-10 from CIFAR10_DIR', async () => {
    const folder = temporaryFolder();
    writeCifar10(folder);
    vi.stubEnv('CIFAR10_DIR', folder);
    expect((await withoutCifar10()).name).toBe('CIFAR-10');
  });

  it('a CIFAR10_DIR that leads nowhere is an error', async () => {
    vi.stubEnv('CIFAR10_DIR', join(temporaryFolder(), 'nowhere'));
    await expect(withoutCifar10()).rejects.toThrow(/CIFAR10_DIR is .*does not exist/);
  });

  it('auto takes the Emoji offline and in the quick profile, and says why', async () => {
    expect((await withoutCifar10({ offline: true })).reason).toMatch(/^Emoji.*network/);
    vi.stubEnv('SELFSUP_PROFILE', 'quick');
    expect((await withoutCifar10()).reason).toMatch(/^Emoji.*quick profile/);
  });

  it('auto takes the Emoji when the download fails, in one line that says why', async () => {
    const { name, reason } = await withoutCifar10();
    expect(name).toBe('Emoji');
    expect(reason).toMatch(
      /^Emoji, because CIFAR-10 could not be downloaded: http:\/\/127\.0\.0\.1:9.*ECONNREFUSED.*\.$/,
    );
    expect(reason.length).toBeLessThan(200);
  });

  it('auto takes the Emoji behind a log-in page and a malformed proxy, and says why in one line', async () => {
    const page = createServer((_, response) => {
      response.end('<!doctype html><title>Log in to the network</title>');
    });
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const { port } = page.address() as AddressInfo;
    const portal = await withoutCifar10({
      cifar10Archive: { ...cifar10Archive, url: `http://127.0.0.1:${port}/cifar-10-binary.tar.gz` },
    });
    page.close();
    vi.stubEnv('HTTP_PROXY', 'http://:not a proxy:');
    vi.stubEnv('NO_PROXY', '');
    const proxy = await withoutCifar10({
      cifar10Archive: { ...cifar10Archive, url: 'http://data.invalid/cifar-10-binary.tar.gz' },
    });
    for (const { name, reason } of [portal, proxy]) {
      expect(name).toBe('Emoji');
      expect(reason).toMatch(/^Emoji, because CIFAR-10 could not be downloaded: .+$/);
      expect(reason).not.toContain('\n');
    }
    expect(portal.reason).toContain('web page');
    expect(proxy.reason).toMatch(/proxy/i);
  });

  it('CIFAR-10 that was asked for is never replaced', async () => {
    vi.stubEnv('SELFSUP_DATA', 'cifar10');
    await expect(withoutCifar10({ offline: true })).rejects.toThrow(ImageDataError);
  });

  it('SELFSUP_DATA=emoji takes the Emoji although CIFAR-10 is there', async () => {
    vi.stubEnv('SELFSUP_DATA', 'emoji');
    const dir = temporaryFolder();
    writeCifar10(dir);
    expect((await withoutCifar10({ cifar10Dir: dir })).name).toBe('Emoji');
  });

  it('the option goes before the variable', async () => {
    vi.stubEnv('SELFSUP_DATA', 'emoji');
    expect((await withCifar10({ data: 'cifar10' })).name).toBe('CIFAR-10');
  });

  it('refuses an unknown SELFSUP_DATA', async () => {
    vi.stubEnv('SELFSUP_DATA', 'mnist');
    await expect(withCifar10()).rejects.toThrow(
      /SELFSUP_DATA is "mnist"; expected one of auto, cifar10, emoji/,
    );
  });

  it.each<LoadImageDataOptions>([
    { validationFraction: 0 },
    { validationFraction: 1 },
    { seed: 0.5 },
    { trainLimit: 0 },
    { testLimit: -1 },
    { validationLimit: 2.5 },
  ])('refuses %o', async (options) => {
    await expect(withCifar10(options)).rejects.toThrow(InvalidArgumentError);
  });
});
