import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  Cifar10Error,
  type Cifar10Progress,
  DamagedDataError,
  DataNotFoundError,
  defaultDataFolder,
  InvalidOptionError,
  loadCifar10,
} from 'cifar10-loader';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  asV7,
  binaryBatch,
  fileNameOf,
  IMAGES_PER_BATCH,
  labelOf,
  makeArchive,
  makeTar,
  pixelValue,
  pythonBatch,
  SMALL_ARCHIVE,
  tarEntries,
  writeBatchFolder,
} from './synthetic-cifar10';
import { temporaryFolder } from './temporary-folder';

const TRAIN_SIZE = 5 * IMAGES_PER_BATCH;
const archive = SMALL_ARCHIVE;

beforeEach(() => {
  vi.stubEnv('CIFAR10_DIR', '');
  vi.stubEnv('CIFAR10_FILENAMES', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Holds every pixel and label against the rule by which the test made them. */
function expectImages(
  { pixels, labels }: { pixels: Uint8Array; labels: Uint8Array },
  indices: readonly number[],
): void {
  const expected = new Uint8Array(indices.length * 3072);
  let p = 0;
  for (const index of indices) {
    for (let row = 0; row < 32; row++) {
      for (let column = 0; column < 32; column++) {
        for (let c = 0; c < 3; c++) expected[p++] = pixelValue(index, row, column, c);
      }
    }
  }
  expect(Buffer.compare(pixels, expected)).toBe(0);
  expect([...labels]).toEqual(indices.map(labelOf));
}

const range = (start: number, end: number) =>
  Array.from({ length: end - start }, (_, i) => start + i);

describe.each(['binary', 'python'] as const)('the %s version', (format) => {
  it.each([
    'the batch folder',
    'its parent',
    'a .tar.gz',
    'a .tar',
    'a v7 .tar',
    'a folder with an archive',
  ])('is read from %s, pixels interleaved', async (place) => {
    const parent = temporaryFolder();
    let dir = parent;
    if (place === 'the batch folder') dir = writeBatchFolder(parent, format);
    else if (place === 'its parent') writeBatchFolder(parent, format);
    else if (place === 'a .tar.gz') {
      dir = join(parent, 'mine.tar.gz');
      writeFileSync(dir, makeArchive(format));
    } else if (place === 'a .tar') {
      dir = join(parent, 'mine.tar');
      writeFileSync(dir, makeTar(tarEntries(format)));
    } else if (place === 'a v7 .tar') {
      dir = join(parent, 'old.tar');
      writeFileSync(dir, asV7(makeTar(tarEntries(format))));
    } else {
      writeFileSync(join(parent, `cifar-10-${format}.tar.gz`), makeArchive(format));
    }
    const train = await loadCifar10({ split: 'train', dir, archive, offline: true });
    expect(train.size).toBe(TRAIN_SIZE);
    expectImages(train, range(0, TRAIN_SIZE));
    const test = await loadCifar10({ split: 'test', dir, archive, offline: true });
    expectImages(test, range(TRAIN_SIZE, TRAIN_SIZE + IMAGES_PER_BATCH));
    expect(test.labelNames[labelOf(TRAIN_SIZE)]).toBe('airplane');
    expect(test.source).toContain(parent);
  });
});

it('takes the folder from CIFAR10_DIR, and dir before it', async () => {
  const parent = temporaryFolder();
  const folder = writeBatchFolder(parent, 'binary');
  vi.stubEnv('CIFAR10_DIR', parent);
  expect((await loadCifar10({ archive })).source).toContain(folder);
  await expect(loadCifar10({ dir: join(parent, 'elsewhere'), archive })).rejects.toThrow(
    DataNotFoundError,
  );
});

it('finds earlier downloads in the data folder', async () => {
  const dataDir = temporaryFolder();
  writeBatchFolder(dataDir, 'binary');
  const { size } = await loadCifar10({ dataDir, archive, offline: true });
  expect(size).toBe(TRAIN_SIZE);
});

describe('limit', () => {
  const load = async (options: { limit?: number; classBalanced?: boolean }) => {
    const parent = temporaryFolder();
    writeBatchFolder(parent, 'binary');
    return loadCifar10({ dir: parent, archive, ...options });
  };

  it('keeps the first images', async () => {
    expectImages(await load({ limit: 23 }), range(0, 23));
  });

  it('is an upper bound', async () => {
    expect((await load({ limit: 1000 })).size).toBe(TRAIN_SIZE);
  });

  it('reads no batch that it does not need', async () => {
    const parent = temporaryFolder();
    const folder = writeBatchFolder(parent, 'binary');
    rmSync(join(folder, 'data_batch_3.bin'));
    expect((await loadCifar10({ dir: parent, archive, limit: 40 })).size).toBe(40);
    await expect(loadCifar10({ dir: parent, archive, limit: 41 })).rejects.toThrow(
      /data_batch_3\.bin is missing/,
    );
  });

  it('with classBalanced takes equal numbers of each class, the first of each', async () => {
    const { labels } = await load({ limit: 30, classBalanced: true });
    const counts = new Array<number>(10).fill(0);
    for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
    expect(counts).toEqual(new Array(10).fill(3));
    expectImages(await load({ limit: 10, classBalanced: true }), range(0, 10));
  });

  it('with classBalanced gives the first classes the remainder', async () => {
    const { labels } = await load({ limit: 13, classBalanced: true });
    expect([...labels].sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('with classBalanced and unequal classes stops at the smallest class', async () => {
    const parent = temporaryFolder();
    const folder = writeBatchFolder(parent, 'binary');
    const batch = binaryBatch(0);
    for (let i = 0; i < IMAGES_PER_BATCH; i++) batch[i * 3073] = 4;
    writeFileSync(join(folder, 'data_batch_1.bin'), batch);
    const { labels } = await loadCifar10({ dir: parent, archive, classBalanced: true });
    for (let k = 0; k < 10; k++) expect(labels.filter((label) => label === k)).toHaveLength(8);
  });

  it.each([0, -1, 2.5, Number.NaN])('refuses %s', async (limit) => {
    const failure = load({ limit });
    await expect(failure).rejects.toThrow(InvalidOptionError);
    await expect(failure).rejects.toMatchObject({ option: 'limit', name: 'InvalidOptionError' });
  });
});

describe('original file names', () => {
  const lines = range(0, 6 * IMAGES_PER_BATCH).map(fileNameOf);

  it('come with the Python version', async () => {
    const parent = temporaryFolder();
    writeBatchFolder(parent, 'python');
    const { fileNames, nouns } = await loadCifar10({ split: 'test', dir: parent, archive });
    expect(fileNames?.[3]).toBe(fileNameOf(TRAIN_SIZE + 3));
    expect(nouns?.slice(0, 4)).toEqual(['airbus', 'tabby', 'toad', 'tipper_truck']);
  });

  it('are null where the data came without them', async () => {
    const parent = temporaryFolder();
    writeBatchFolder(parent, 'binary');
    const { fileNames, nouns } = await loadCifar10({ dir: parent, archive });
    expect(fileNames).toBeNull();
    expect(nouns).toBeNull();
  });

  it.each(['cifar10_filenames.txt', 'cifar10_filenames.txt.gz'])(
    'come from %s beside the binary version, and follow the selection',
    async (name) => {
      const parent = temporaryFolder();
      writeBatchFolder(parent, 'binary');
      const text = Buffer.from(`${lines.join('\n')}\n`);
      writeFileSync(join(parent, name), name.endsWith('.gz') ? gzipSync(text) : text);
      const test = await loadCifar10({ split: 'test', dir: parent, archive });
      expect(test.fileNames).toEqual(lines.slice(TRAIN_SIZE));
      const few = await loadCifar10({ dir: parent, archive, limit: 10, classBalanced: true });
      expect(few.fileNames).toEqual(lines.slice(0, 10));
    },
  );

  it('come from CIFAR10_FILENAMES', async () => {
    const parent = temporaryFolder();
    writeBatchFolder(parent, 'binary');
    const path = join(temporaryFolder(), 'names');
    writeFileSync(path, lines.join('\n'));
    vi.stubEnv('CIFAR10_FILENAMES', path);
    expect((await loadCifar10({ dir: parent, archive })).nouns?.[0]).toBe('airbus');
    vi.stubEnv('CIFAR10_FILENAMES', `${path}.gone`);
    await expect(loadCifar10({ dir: parent, archive })).rejects.toThrow(/CIFAR10_FILENAMES/);
  });

  it('are refused when the list has a wrong length', async () => {
    const parent = temporaryFolder();
    writeBatchFolder(parent, 'binary');
    writeFileSync(join(parent, 'cifar10_filenames.txt'), lines.slice(1).join('\n'));
    await expect(loadCifar10({ dir: parent, archive })).rejects.toThrow(/119 lines; expected 120/);
  });
});

describe('damaged batches', () => {
  it.each([
    ['truncated', (bytes: Buffer) => bytes.subarray(0, -1), /has 61459 bytes.*has 61460/],
    ['too long', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(9)]), /has 61469 bytes/],
    [
      'with an impossible label',
      (bytes: Buffer) => {
        bytes[3073 * 7] = 10;
        return bytes;
      },
      /image 7 has label 10/,
    ],
  ])('a %s binary batch is refused by name', async (_, damage, message) => {
    const parent = temporaryFolder();
    const folder = writeBatchFolder(parent, 'binary');
    const path = join(folder, 'data_batch_2.bin');
    writeFileSync(path, damage(binaryBatch(1)));
    const failure = loadCifar10({ dir: parent, archive });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toBeInstanceOf(DamagedDataError);
    await expect(failure).rejects.toMatchObject({ path });
  });

  it.each([
    ['truncated', pythonBatch(1).subarray(0, 5000), /end of file/],
    ['not a pickle', Buffer.from('hello'), /not a batch of CIFAR-10's Python version/],
    ['of another type', pythonBatch(1, { type: 'f4' }), /"data" is f4/],
    ['without labels', pythonBatch(1, { drop: 'labels' }), /"labels" are not 20/],
    ['without file names', pythonBatch(1, { drop: 'filenames' }), /"filenames" are not 20/],
    ['without data', pythonBatch(1, { drop: 'data' }), /"data" is not a NumPy array/],
  ])('a Python batch that is %s is refused', async (_, content, message) => {
    const parent = temporaryFolder();
    const folder = writeBatchFolder(parent, 'python');
    writeFileSync(join(folder, 'data_batch_2'), content);
    const failure = loadCifar10({ dir: parent, archive });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toBeInstanceOf(DamagedDataError);
  });

  it('a pickle that names a function CIFAR-10 has no use for is refused', async () => {
    const parent = temporaryFolder();
    const folder = writeBatchFolder(parent, 'python');
    const evil = pythonBatch(0, { reconstruct: Buffer.from('cos\nsystem\n') });
    writeFileSync(join(folder, 'data_batch_1'), evil);
    await expect(loadCifar10({ dir: parent, archive })).rejects.toThrow(/it names os\.system/);
  });
});

it('says where it looked when the data are not there and it is offline', async () => {
  const dataDir = temporaryFolder();
  const failure = loadCifar10({ dataDir, archive, offline: true });
  await expect(failure).rejects.toThrow(/CIFAR10_DIR/);
  await expect(failure).rejects.toMatchObject({ searched: [dataDir] });
  await expect(failure).rejects.toBeInstanceOf(Cifar10Error);
});

it('refuses a folder that holds something else', async () => {
  const dir = temporaryFolder();
  writeFileSync(join(dir, 'holiday.jpg'), '');
  await expect(loadCifar10({ dir, archive })).rejects.toThrow(/does not hold CIFAR-10/);
});

it('refuses a split CIFAR-10 does not have', async () => {
  await expect(loadCifar10({ split: 'validation' as 'train', archive })).rejects.toThrow(
    /"validation"/,
  );
});

it('reports progress in images, from nought to all', async () => {
  const parent = temporaryFolder();
  writeBatchFolder(parent, 'binary');
  const reports: Cifar10Progress[] = [];
  await loadCifar10({ dir: parent, archive, onProgress: (report) => reports.push(report) });
  expect(reports.map(({ done }) => done)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(new Set(reports.map(({ total, unit }) => `${total} ${unit}`))).toEqual(
    new Set(['100 images']),
  );
});

it('keeps downloads in data/ of the workspace it is called in, else in the cache folder', () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'notebooks', 'exercises'), { recursive: true });
  vi.stubEnv('XDG_CACHE_HOME', join(root, 'cache'));
  const inside = join(root, 'notebooks', 'exercises');
  const isCache = (path: string) => path.endsWith('cifar10-loader');
  expect(isCache(defaultDataFolder(inside))).toBe(true);
  writeFileSync(join(root, 'package.json'), JSON.stringify({ workspaces: ['lib/*'] }));
  expect(isCache(defaultDataFolder(inside))).toBe(true);
  mkdirSync(join(root, 'data'));
  expect(defaultDataFolder(inside)).toBe(join(root, 'data'));
  renameSync(join(root, 'data'), join(root, 'other'));
  expect(isCache(defaultDataFolder(inside))).toBe(true);
});
