import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  type ImageFolder,
  ImageFolderError,
  type ImageFolderOptions,
  InvalidArgumentError,
  imageFolder,
  type Progress,
  tf,
} from 'selfsup';
import { describe, expect, it } from 'vitest';
import { folderOf, numbered, png } from './pictures';

/** Reads a folder without keeping anything outside the test's own folders. */
const read = (dir: string, options: Partial<ImageFolderOptions> = {}): Promise<ImageFolder> =>
  imageFolder({ dir, size: 8, cacheDir: null, ...options });
const splitsOf = ({ train, validation, test }: ImageFolder) => [train, validation, test];
const filesOf = (folder: ImageFolder) =>
  splitsOf(folder)
    .flatMap(({ files }) => files)
    .sort();
const reasonsOf = ({ skipped }: ImageFolder) =>
  Object.fromEntries(skipped.map(({ file, reason }) => [file, reason]));

describe('classes', () => {
  it('are the outermost subfolders, whatever lies deeper', async () => {
    const data = await read(
      folderOf({
        'dog/a.png': numbered(1),
        'dog/young/b.png': numbered(2),
        'cat/c.png': numbered(3),
        'cat/old/grey/d.png': numbered(4),
      }),
      { testFraction: 0, validationFraction: 0 },
    );
    expect(data.train.isLabelled).toBe(true);
    expect(data.train.labelNames).toEqual(['cat', 'dog']);
    expect(data.train.files).toEqual([
      'cat/c.png',
      'cat/old/grey/d.png',
      'dog/a.png',
      'dog/young/b.png',
    ]);
    expect([...data.train.labels]).toEqual([0, 0, 1, 1]);
    expect(data.train.captions).toEqual(['cat', 'cat', 'dog', 'dog']);
    expect(data.train.subset([3, 0])).toMatchObject({ files: ['dog/young/b.png', 'cat/c.png'] });
    expect([data.validation.size, data.test.size]).toEqual([0, 0]);
  });

  it('are none without subfolders', async () => {
    const data = await read(folderOf({ 'a.png': numbered(1), 'b.png': numbered(2) }));
    expect(data.train.isLabelled).toBe(false);
    expect(data.train.captions).toEqual(['a', 'b']);
    expect(() => data.train.labels).toThrow(/no labels/);
    expect(data.summary).toContain('2 images (2 train, 0 validation, 0 test) without labels');
    const dir = folderOf({ 'a.png': numbered(1) });
    expect((await read(dir)).train.source).toBe(`1 image of the folder ${dir}.`);
  });

  it('leave out what lies beside them, and say so; or are not wanted', async () => {
    const dir = folderOf({ 'dog/a.png': numbered(1), 'stray.png': numbered(2) });
    const labelled = await read(dir);
    expect(filesOf(labelled)).toEqual(['dog/a.png']);
    expect(labelled.skipped).toEqual([
      { file: 'stray.png', reason: 'no-class', detail: expect.stringContaining("classes: 'none'") },
    ]);
    const all = await read(dir, { classes: 'none' });
    expect(filesOf(all)).toEqual(['dog/a.png', 'stray.png']);
    expect(all.train.isLabelled).toBe(false);
  });

  it('are named as their folders in any script, accents in one spelling', async () => {
    const decomposed = 'cafe\u0301';
    const data = await read(
      folderOf({
        [`${decomposed}/naïve ünï.png`]: numbered(1),
        '猫/一匹.png': numbered(2),
        '🐈 cats/😸.png': numbered(3),
      }),
      { testFraction: 0 },
    );
    expect(data.train.labelNames).toEqual(['café'.normalize('NFC'), '猫', '🐈 cats']);
    expect(data.train.files).toEqual([
      `${decomposed}/naïve ünï.png`,
      '猫/一匹.png',
      '🐈 cats/😸.png',
    ]);
  });

  it('may be more than 256', async () => {
    const files = Array.from({ length: 300 }, (_, n) => [`class ${n}/0.png`, numbered(n)] as const);
    const data = await read(folderOf(Object.fromEntries(files)), { testFraction: 0 });
    const last = data.train.labels[data.train.size - 1] as number;
    expect(last).toBeGreaterThan(255);
    const file = data.train.files[data.train.size - 1] as string;
    expect(file.startsWith(`${data.train.labelNames[last]}/`)).toBe(true);
  });
});

describe('splits', () => {
  const files = Object.fromEntries(
    Array.from({ length: 60 }, (_, n) => [`${n % 2 ? 'odd' : 'even'}/${n}.png`, numbered(n)]),
  );
  const shares = { testFraction: 0.2, validationFraction: 0.25 };

  it('hold their share of every class, each file once', async () => {
    const data = await read(folderOf(files), shares);
    expect(splitsOf(data).map(({ size, split }) => [split, size])).toEqual([
      ['train', 36],
      ['validation', 12],
      ['test', 12],
    ]);
    for (const set of splitsOf(data)) {
      expect(set.labels.filter((label) => label === 0)).toHaveLength(set.size / 2);
      expect(set.files).toEqual([...set.files].sort());
    }
    expect(filesOf(data)).toEqual(Object.keys(files).sort());
  });

  it('are the same in another place and at another size; the test split for every seed', async () => {
    const [dir, moved] = [folderOf(files), folderOf(files)];
    const [first, again, other] = [
      await read(dir, { ...shares, seed: 1 }),
      await read(moved, { ...shares, seed: 1, size: 5 }),
      await read(dir, { ...shares, seed: 2 }),
    ];
    expect(splitsOf(again).map((set) => set.files)).toEqual(
      splitsOf(first).map((set) => set.files),
    );
    expect(other.test.files).toEqual(first.test.files);
    expect(other.validation.files).not.toEqual(first.validation.files);
  });

  it('stay nearly as they were when a file comes', async () => {
    const before = await read(folderOf(files), shares);
    const after = await read(folderOf({ ...files, 'odd/new.png': numbered(1000) }), shares);
    const splitOf = (data: ImageFolder) =>
      new Map(splitsOf(data).flatMap((set) => set.files.map((file) => [file, set.split] as const)));
    const [were, are] = [splitOf(before), splitOf(after)];
    const moved = [...were].filter(([file, split]) => are.get(file) !== split);
    expect(moved.length).toBeLessThanOrEqual(2);
  });

  it('hold no picture twice: what is equal is left out and named, whatever its name or format', async () => {
    const data = await read(
      folderOf({
        'a/1.png': numbered(1),
        'a/2.png': numbered(2),
        'b/1 again.png': numbered(1),
        // The same pixels, written otherwise.
        'b/grey.png': png({ width: 8, channels: 1, value: (x) => x * 9 }),
        'b/grey as colour.png': png({ width: 8, channels: 3, value: (x) => x * 9 }),
      }),
    );
    expect(data.duplicates).toEqual([
      { file: 'b/1 again.png', of: 'a/1.png' },
      { file: 'b/grey.png', of: 'b/grey as colour.png' },
    ]);
    expect(filesOf(data)).toEqual(['a/1.png', 'a/2.png', 'b/grey as colour.png']);
    expect(data.summary).toContain('2 left out as duplicates');
  });
});

describe('files that are no images', () => {
  it('are skipped, named and counted; hidden ones are passed over', async () => {
    const data = await read(
      folderOf({
        'good.png': numbered(1),
        'notes.txt': Buffer.from('BMs are not bitmaps, and this is a text.'),
        'picture.png': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>, whatever its name'),
        'empty.jpg': new Uint8Array(),
        'cut.png': numbered(2, 64).subarray(0, 300),
        '.hidden/x.png': numbered(3),
        '.DS_Store': Buffer.from('x'),
      }),
    );
    expect(reasonsOf(data)).toEqual({
      'cut.png': 'damaged',
      'empty.jpg': 'damaged',
      'notes.txt': 'not-an-image',
      'picture.png': 'not-an-image',
    });
    expect(filesOf(data)).toEqual(['good.png']);
    expect(data.summary).toContain('4 skipped (2 damaged, 2 not-an-image)');
  });

  it('are told by their content, not their name', async () => {
    const data = await read(folderOf({ 'photo.txt': numbered(1), 'photo.jpg': numbered(2) }));
    expect(filesOf(data)).toEqual(['photo.jpg', 'photo.txt']);
  });
});

describe('links', () => {
  it('are followed, each folder once, circles and broken ones named', async () => {
    const elsewhere = folderOf({ 'far.png': numbered(9) });
    const dir = folderOf({ 'a/1.png': numbered(1), 'b/2.png': numbered(2) });
    symlinkSync(elsewhere, join(dir, 'c'));
    symlinkSync(dir, join(dir, 'a/round'));
    symlinkSync(join(dir, 'b'), join(dir, 'a/to b'));
    symlinkSync(join(elsewhere, 'far.png'), join(dir, 'b/link to far.png'));
    symlinkSync(join(dir, 'nowhere'), join(dir, 'b/broken.png'));
    const data = await read(dir, { testFraction: 0, validationFraction: 0 });
    expect(data.train.labelNames).toEqual(['a', 'b', 'c']);
    expect(reasonsOf(data)).toEqual({
      'a/round': 'link',
      'a/to b': 'link',
      'b/broken.png': 'link',
    });
    // The same picture by two ways is one picture.
    expect(data.duplicates).toEqual([{ file: 'c/far.png', of: 'b/link to far.png' }]);
    const linked = folderOf();
    symlinkSync(dir, join(linked, 'link'));
    expect((await read(join(linked, 'link'))).name).toBe((await read(dir)).name);
  });
});

describe('what cannot be read', () => {
  it('is a sentence when the folder is missing, a file, empty, or without one image', async () => {
    const dir = folderOf({ 'text.txt': Buffer.from('no image, but long enough') });
    await expect(read(join(dir, 'missing'))).rejects.toThrow(/missing does not exist/);
    await expect(read(join(dir, 'text.txt'))).rejects.toThrow(/is not a folder/);
    await expect(read('~/missing')).rejects.toThrow(/Only a shell reads "~": write \//);
    await expect(read(folderOf())).rejects.toThrow(ImageFolderError);
    await expect(read(folderOf())).rejects.toThrow(
      /holds no image.*it is empty.*JPEG, PNG, BMP or GIF/,
    );
    await expect(read(dir)).rejects.toThrow(/text\.txt: not a JPEG/);
  });

  it('is named when permission is missing', async () => {
    const dir = folderOf({ 'a.png': numbered(1), 'locked.png': numbered(2) });
    // A folder in the place of a file that was found stands for it: root may read everything.
    chmodSync(join(dir, 'locked.png'), 0);
    const data = await read(dir);
    if (process.getuid?.() === 0) expect(filesOf(data)).toContain('locked.png');
    else expect(reasonsOf(data)).toEqual({ 'locked.png': 'unreadable' });
  });

  it.each([
    [{ size: 0 }, /size is 0/],
    [{ size: 1.5 }, /size is 1.5/],
    [{ seed: 0.5 }, /seed is 0.5/],
    [{ testFraction: 1 }, /testFraction is 1/],
    [{ validationFraction: -0.1 }, /validationFraction is -0.1/],
    [{ maxPixels: 0 }, /maxPixels is 0/],
    [{ fit: 'stretch' as 'fill' }, /fit is "stretch".*cover, contain, fill/],
    [{ classes: 'x' as 'none' }, /classes is "x"/],
    [{ dir: '' }, /dir is ""/],
  ])('is refused: %o', async (options, message) => {
    await expect(read('.', options)).rejects.toThrow(message);
    await expect(read('.', options)).rejects.toThrow(InvalidArgumentError);
  });

  it('is refused before memory is taken when the images would not fit into it', async () => {
    await expect(read(folderOf({ 'a.png': numbered(1) }), { size: 1_000_000 })).rejects.toThrow(
      /1 file of 1000000 × 1000000 pixels needs 3000.0 GB/,
    );
  });
});

describe('the cache', () => {
  const files = {
    'a/1.png': numbered(1),
    'a/2.png': numbered(2),
    'b/broken.png': numbered(3, 64).subarray(0, 300),
    'b/4.png': numbered(4),
  };
  const cached = (dir: string, cacheDir: string, options: Partial<ImageFolderOptions> = {}) =>
    read(dir, { cacheDir, testFraction: 0, ...options });
  const pixelsOf = ({ train }: ImageFolder) => Buffer.from(train.pixels).toString('base64');

  it('holds what was decoded, and what was skipped, until a file changes', async () => {
    const [dir, cacheDir] = [folderOf(files), folderOf()];
    const first = await cached(dir, cacheDir);
    expect(first.decoded).toBe(4);
    const again = await cached(dir, cacheDir);
    expect(again.decoded).toBe(0);
    expect(again.skipped).toEqual(first.skipped);
    expect(pixelsOf(again)).toBe(pixelsOf(first));
    expect(readdirSync(cacheDir).map((name) => join(cacheDir, name))).toEqual([first.cacheFile]);

    writeFileSync(join(dir, 'a/3.png'), numbered(33));
    rmSync(join(dir, 'a/2.png'));
    const changed = await cached(dir, cacheDir);
    expect(changed.decoded).toBe(1);
    expect(changed.train.files).toEqual(['a/1.png', 'a/3.png', 'b/4.png']);
    expect(pixelsOf(changed)).toBe(pixelsOf(await read(dir, { testFraction: 0 })));
    expect((await cached(dir, cacheDir)).decoded).toBe(0);
  });

  it('is not deceived by a file of the same size and time', async () => {
    const [dir, cacheDir] = [folderOf({ 'a.png': numbered(1), 'b.png': numbered(2) }), folderOf()];
    const time = new Date(2020, 1, 1);
    utimesSync(join(dir, 'a.png'), time, time);
    await cached(dir, cacheDir);
    const other = numbered(7);
    expect(other.length).toBe(readFileSync(join(dir, 'a.png')).length);
    writeFileSync(join(dir, 'a.png'), other);
    utimesSync(join(dir, 'a.png'), time, time);
    const data = await cached(dir, cacheDir);
    expect(data.decoded).toBe(1);
    expect(pixelsOf(data)).toBe(pixelsOf(await read(dir, { testFraction: 0 })));
    renameSync(join(dir, 'b.png'), join(dir, 'c.png'));
    expect((await cached(dir, cacheDir)).train.files).toEqual(['a.png', 'c.png']);
  });

  it('is another one for another size, fit, background or limit', async () => {
    const [dir, cacheDir] = [folderOf(files), folderOf()];
    await cached(dir, cacheDir);
    for (const options of [
      { size: 4 },
      { fit: 'contain' as const },
      { background: '#000000' },
      { maxPixels: 1000 },
    ]) {
      expect((await cached(dir, cacheDir, options)).decoded).toBe(4);
    }
    expect(readdirSync(cacheDir)).toHaveLength(5);
  });

  it('is decoded anew whichever of its bits is flipped, and wherever it is cut short', async () => {
    const [dir, cacheDir] = [folderOf(files), folderOf()];
    const first = await cached(dir, cacheDir);
    const path = first.cacheFile as string;
    const whole = readFileSync(path);
    const check = async () => {
      const data = await cached(dir, cacheDir);
      expect(data.decoded).toBe(4);
      expect(pixelsOf(data)).toBe(pixelsOf(first));
      expect((await cached(dir, cacheDir)).decoded).toBe(0);
    };
    for (let i = 0; i < 60; i++) {
      const damaged = Buffer.from(whole);
      const at = i < 24 ? i : Math.floor((i * whole.length) / 60);
      damaged[at] = (damaged[at] as number) ^ (1 << (i % 8));
      writeFileSync(path, damaged);
      await check();
    }
    for (const length of [0, 3, 25, whole.length >> 1, whole.length - 1]) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      await check();
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.from('x')]));
    await check();
  });

  it('may be out of reach: the images are there, and a sentence says why it is not', async () => {
    const dir = folderOf(files);
    const inTheWay = join(folderOf({ file: Buffer.from('x') }), 'file');
    const data = await cached(dir, inTheWay);
    expect(data.train.size).toBe(3);
    expect(data.cacheFile).toBeNull();
    expect(data.cacheProblem).toMatch(/could not be kept in .*file/);
    expect(data.summary).toContain('decoded again the next time');
  });

  it('leaves nothing unfinished behind, and removes what a killed writer left', async () => {
    const [dir, cacheDir] = [folderOf(files), folderOf()];
    const first = await cached(dir, cacheDir);
    const [abandoned, fresh] = ['1.x', '2.y'].map(
      (part) => `${first.cacheFile}.${part}.unfinished`,
    );
    const old = new Date(Date.now() - 2 * 3_600_000);
    writeFileSync(abandoned as string, 'half');
    utimesSync(abandoned as string, old, old);
    writeFileSync(fresh as string, 'half, by one who lives');
    writeFileSync(join(dir, 'a/5.png'), numbered(5));
    await cached(dir, cacheDir);
    expect(existsSync(abandoned as string)).toBe(false);
    expect(existsSync(fresh as string)).toBe(true);
  });

  it('may be written by two at once', async () => {
    const [dir, cacheDir] = [folderOf(files), folderOf()];
    const both = await Promise.all([cached(dir, cacheDir), cached(dir, cacheDir)]);
    expect(both.map(pixelsOf)).toEqual([pixelsOf(both[0]), pixelsOf(both[0])]);
    expect((await cached(dir, cacheDir)).decoded).toBe(0);
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });
});

describe('progress and abort', () => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`${n}.png`, numbered(n)]));

  it('reports every file', async () => {
    const reports: Progress[] = [];
    const dir = folderOf(files);
    await read(dir, { onProgress: (progress) => reports.push(progress) });
    expect(reports.map(({ done }) => done)).toEqual(Array.from({ length: 41 }, (_, n) => n));
    expect(reports[0]).toMatchObject({ total: 40, unit: 'files' });
    expect(reports[0]?.label).toMatch(/^Reading /);
  });

  it('stops with the signal’s reason; what was decoded is kept', async () => {
    const [dir, cacheDir] = [folderOf(files), folderOf()];
    const controller = new AbortController();
    const reason = new Error('enough');
    const reading = read(dir, {
      cacheDir,
      signal: controller.signal,
      onProgress: ({ done }) => done === 10 && controller.abort(reason),
    });
    await expect(reading).rejects.toBe(reason);
    const rest = await read(dir, { cacheDir });
    expect(rest.decoded).toBeGreaterThan(0);
    expect(rest.decoded).toBeLessThanOrEqual(30);
    expect(filesOf(rest)).toHaveLength(40);
    await expect(read(dir, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

it('makes no tensor, and images that train as any others do', async () => {
  const before = tf.memory().numTensors;
  const data = await read(folderOf({ 'a.png': numbered(1), 'b.png': numbered(2) }));
  expect(tf.memory().numTensors).toBe(before);
  const images = data.train.images([1]);
  expect(images.shape).toEqual([1, 8, 8, 3]);
  const expected = Array.from({ length: 8 * 8 * 3 }, (_, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % 8, Math.floor(i / 24)];
    return Math.fround(((x * 31 + y * 17 + c * 80 + (c === 0 ? 2 : 0)) % 256) / 255);
  });
  expect([...images.dataSync()]).toEqual(expected);
  images.dispose();
});

it('reads 10,000 files within 20 seconds of two cores, and from the cache in a tenth of that', async () => {
  const dir = folderOf();
  for (let c = 0; c < 10; c++) {
    mkdirSync(join(dir, `class ${c}`));
    for (let i = 0; i < 1000; i++) {
      writeFileSync(join(dir, `class ${c}`, `${i}.png`), numbered(c * 1000 + i, 4));
    }
  }
  const cacheDir = folderOf();
  /** Seconds of processor, which other work on the machine does not lengthen. */
  const timed = async () => {
    const start = process.cpuUsage();
    const data = await read(dir, { size: 16, cacheDir });
    const { user, system } = process.cpuUsage(start);
    return { data, seconds: (user + system) / 1e6 };
  };
  const first = await timed();
  expect(first.data.decoded).toBe(10_000);
  expect(splitsOf(first.data).map(({ size }) => size)).toEqual([8100, 900, 1000]);
  expect(first.data.duplicates).toEqual([]);
  expect(first.seconds).toBeLessThan(40);
  const second = await timed();
  expect(second.data.decoded).toBe(0);
  expect(second.seconds).toBeLessThan(4);
}, 180_000);
