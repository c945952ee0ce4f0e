import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import {
  AbortedError,
  ArchiveError,
  InvalidOptionError,
  placeFolder,
  readArchive,
  unpackArchive,
} from 'verified-download';
import { describe, expect, it } from 'vitest';
import { crc32, crc32ByTable } from '../../lib/verified-download/src/crc32';
import { asV7, makeTar, type TarEntry } from '../cifar10-loader/synthetic-cifar10';
import { outcomeOf, startProgram } from './node-program';
import { temporaryFolder } from './temporary-folder';

const FILES: Readonly<Record<string, Buffer>> = {
  'a/one.txt': Buffer.from('one'),
  'a/b/two.bin': Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * i) % 256)),
  'a/empty': Buffer.alloc(0),
  'a/ünïcode.txt': Buffer.from('text'),
};
const entries = Object.entries(FILES).map(([path, content]) => ({ path, content }));
const asZip = (files: Readonly<Record<string, Uint8Array>>) => Buffer.from(zipSync({ ...files }));

const makeV7Tar = () => asV7(makeTar(entries.filter(({ path }) => !path.includes('ü'))));

function stored(content: Buffer, name = 'archive'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

async function failureOf(work: Promise<unknown>): Promise<ArchiveError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ArchiveError);
  return error as ArchiveError;
}

describe.each<[string, Buffer, string[]]>([
  ['a .tar', makeTar(entries), Object.keys(FILES)],
  ['a v7 .tar', makeV7Tar(), Object.keys(FILES).filter((path) => !path.includes('ü'))],
  ['a .tar.gz', gzipSync(makeTar(entries)), Object.keys(FILES)],
  ['a .zip', asZip(FILES), Object.keys(FILES)],
])('%s', (_, archive, paths) => {
  it('is read into memory, whatever it is called', async () => {
    const files = await readArchive(stored(archive));
    expect([...files.keys()].sort()).toEqual([...paths].sort());
    for (const path of paths) expect(FILES[path]?.equals(files.get(path) as Uint8Array)).toBe(true);
  });

  it('gives the wanted files alone', async () => {
    const sizes = new Map<string, number>();
    const files = await readArchive(stored(archive), {
      wanted: ({ path, size }) => {
        sizes.set(path, size);
        return path.endsWith('two.bin');
      },
    });
    expect([...files.keys()]).toEqual(['a/b/two.bin']);
    expect(sizes.get('a/b/two.bin')).toBe(70_000);
  });

  it('is unpacked to a folder that is whole', async () => {
    const parent = temporaryFolder();
    const folder = join(parent, 'a,b:c', 'out');
    await unpackArchive(stored(archive), folder);
    for (const path of paths) {
      expect(readFileSync(join(folder, path)).equals(FILES[path] as Buffer)).toBe(true);
    }
    expect(readdirSync(join(parent, 'a,b:c'))).toEqual(['out']);
  });

  it('is unpacked to the places that are chosen', async () => {
    const folder = join(temporaryFolder(), 'out');
    const place = ({ path }: { path: string }) => (path.endsWith('one.txt') ? 'x/1' : null);
    await unpackArchive(stored(archive), folder, { place });
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['x', join('x', '1')]);
  });

  it('that was cut short is damaged, and leaves nothing', async () => {
    const parent = temporaryFolder();
    for (const length of [archive.length - 30, archive.length >> 1, 600]) {
      // The zeros at the end of a tar may be missing.
      if (archive.length - length < 1024 && _.endsWith('.tar')) continue;
      const path = stored(archive.subarray(0, length));
      expect(await failureOf(readArchive(path))).toMatchObject({ reason: 'damaged', path });
      await failureOf(unpackArchive(path, join(parent, 'out')));
      expect(readdirSync(parent)).toEqual([]);
    }
  });

  it('reports its progress, and an abort ends it', async () => {
    const done: number[] = [];
    await readArchive(stored(archive), {
      name: 'things',
      onProgress: (report) => {
        expect(report.label).toBe('Unpacking things');
        done.push(report.done / (report.total as number));
      },
    });
    expect(done.at(-1)).toBe(1);
    const controller = new AbortController();
    const folder = join(temporaryFolder(), 'out');
    const failure = unpackArchive(stored(archive), folder, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(failure).rejects.toBeInstanceOf(AbortedError);
    expect(existsSync(folder)).toBe(false);
  });
});

it('one file in .gz is named like the archive', async () => {
  const text = Buffer.from('hello '.repeat(1000));
  const files = await readArchive(stored(gzipSync(text), 'names.txt.gz'));
  expect([...files.keys()]).toEqual(['names.txt']);
  expect(text.equals(files.get('names.txt') as Uint8Array)).toBe(true);
});

it('a .tar.gz that holds no tar is damaged, not a single file', async () => {
  const path = stored(gzipSync(Buffer.from('hello '.repeat(1000))), 'x.tar.gz');
  expect(await failureOf(readArchive(path))).toMatchObject({ reason: 'damaged' });
});

describe('what is no archive is told by its kind', () => {
  it.each([
    ['<!doctype html>…', /a web page/],
    ['\xfd7zXZ\0………', /an xz file/],
    ['BZh91AY', /a bzip2 file/],
    ['7z\xbc\xaf\x27\x1c', /a 7-Zip archive/],
    ['', /an empty file/],
    ['whatever', /of another kind/],
  ])('%j', async (head, told) => {
    const failure = await failureOf(readArchive(stored(Buffer.from(head, 'latin1'))));
    expect(failure).toMatchObject({ reason: 'not-an-archive' });
    expect(failure.problem).toMatch(told);
  });

  it('a path that does not exist, and a folder', async () => {
    const folder = temporaryFolder();
    expect(await failureOf(readArchive(join(folder, 'x')))).toMatchObject({ reason: 'missing' });
    expect(await failureOf(readArchive(folder))).toMatchObject({ reason: 'unreadable' });
  });
});

describe('what leads out of an archive is refused', () => {
  const good = { path: 'good', content: Buffer.from('x') };

  it.each<[string, TarEntry]>([
    ['a climb', { path: '../evil', content: Buffer.from('x') }],
    ['an absolute path', { path: '/evil', content: Buffer.from('x') }],
    ['a drive', { path: 'C:\\evil', content: Buffer.from('x') }],
    ['a link', { path: 'link', type: 'SymbolicLink', linkpath: '/etc' }],
    ['a hard link', { path: 'link', type: 'Link', linkpath: '/etc/passwd' }],
    ['a pipe', { path: 'pipe', type: 'FIFO' }],
  ])('%s in a tar', async (_, evil) => {
    const parent = temporaryFolder();
    const path = stored(makeTar([good, evil]));
    const failure = await failureOf(unpackArchive(path, join(parent, 'out')));
    expect(failure).toMatchObject({ reason: 'unsafe', entry: evil.path, path });
    expect(readdirSync(parent)).toEqual([]);
  });

  it.each(['../evil', '/evil', 'a/../../evil', 'C:\\evil', '..\\evil'])(
    '%s in a zip',
    async (name) => {
      const parent = temporaryFolder();
      const path = stored(asZip({ good: good.content, [name]: good.content }));
      const failure = await failureOf(unpackArchive(path, join(parent, 'out')));
      expect(failure).toMatchObject({ reason: 'unsafe', entry: name });
      expect(readdirSync(parent)).toEqual([]);
    },
  );

  it('a symbolic link in a zip', async () => {
    const link = { os: 3, attrs: (0o120777 << 16) >>> 0 };
    const zip = Buffer.from(zipSync({ link: [Buffer.from('/etc'), link] }));
    const failure = await failureOf(readArchive(stored(zip)));
    expect(failure).toMatchObject({ reason: 'unsafe', entry: 'link' });
    expect(failure.problem).toContain('SymbolicLink');
  });

  it('a place outside, chosen by the caller', async () => {
    for (const out of ['../x', '/x', 'a/../../x']) {
      const work = unpackArchive(stored(makeTar([good])), join(temporaryFolder(), 'out'), {
        place: () => out,
      });
      await expect(work).rejects.toBeInstanceOf(InvalidOptionError);
    }
  });

  it.each(['BlockDevice', 'CharacterDevice', 'FIFO', 'Socket'])('a %s in a zip', async (kind) => {
    const modes = { BlockDevice: 0o6, CharacterDevice: 0o2, FIFO: 0o1, Socket: 0o14 } as const;
    const attrs = (((modes[kind as keyof typeof modes] << 12) | 0o644) << 16) >>> 0;
    const zip = Buffer.from(zipSync({ odd: [Buffer.from('x'), { os: 3, attrs }] }));
    const failure = await failureOf(readArchive(stored(zip)));
    expect(failure).toMatchObject({ reason: 'unsafe', entry: 'odd' });
    expect(failure.problem).toContain(`is a ${kind}`);
  });

  it('one name as a file and as a folder', async () => {
    const twice = makeTar([good, { path: 'good/more', content: Buffer.from('y') }]);
    const failure = await failureOf(unpackArchive(stored(twice), join(temporaryFolder(), 'out')));
    expect(failure).toMatchObject({ reason: 'damaged', entry: 'good/more' });
  });
});

it('a zip with a wrong CRC-32 is damaged', async () => {
  const zip = asZip({ 'a.txt': Buffer.from('something') });
  const at = zip.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 16;
  zip[at] = (zip[at] ?? 0) ^ 1;
  const failure = await failureOf(readArchive(stored(zip)));
  expect(failure.reason).toBe('damaged');
  expect(failure.problem).toMatch(/a\.txt has a wrong CRC-32/);
});

it('CRC-32 by table is that of zlib and of the standard', () => {
  const text = Buffer.from('123456789');
  expect(crc32ByTable(text)).toBe(0xcbf43926);
  expect(crc32ByTable(text.subarray(4), crc32ByTable(text.subarray(0, 4)))).toBe(0xcbf43926);
  expect(crc32(text)).toBe(0xcbf43926);
});

describe('F11: small archives that unpack large are refused within a second of work and 300 MB', () => {
  const tenMegabytes = gzipSync(Buffer.alloc(10e6), { level: 9 });
  const header = (type: 'File' | 'NextFileHasLongPath', size: number) => {
    const tar = makeTar([{ path: '././@LongLink', type, content: Buffer.alloc(size, 97) }]);
    return tar.subarray(0, tar.length - 1024);
  };
  const names = (size: number) =>
    gzipSync(Buffer.concat([header('NextFileHasLongPath', size), header('File', 0)]), { level: 9 });
  const thousandMembers = gzipSync(Buffer.concat(new Array<Buffer>(1000).fill(header('File', 0))));
  const times = (part: Buffer, count: number) => Buffer.concat(new Array<Buffer>(count).fill(part));

  /** A zip whose one member unpacks to `actual` bytes of zeros and claims `claimed`. */
  function zipOfZeros(actual: number, claimed: number): Buffer {
    const data = deflateRawSync(Buffer.alloc(actual), { level: 9 });
    const zip = Buffer.from(zipSync({ 'train.tsv': [data, { level: 0 }] }));
    const central = zip.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    for (const [at, method, size] of [
      [0, 8, 22],
      [central, 10, 24],
    ] as const) {
      zip.writeUInt16LE(8, at + method);
      zip.writeUInt32LE(claimed, at + size);
    }
    return zip;
  }

  it.each<[string, string, () => Buffer]>([
    ['a gzip of 10 GB', 'zeros.gz', () => times(tenMegabytes, 1000)],
    [
      'a .tar.gz of 10 GB',
      'x.tar.gz',
      () => Buffer.concat([thousandMembers, times(tenMegabytes, 1000)]),
    ],
    ['names of 1 MB', 'x.tar.gz', () => times(names(1e6), 2000)],
    ['names of 60 kB', 'x.tar.gz', () => times(names(60_000), 30_000)],
    ['a million members', 'x.tar.gz', () => times(thousandMembers, 1000)],
    ['a gzip within a gzip', 'x.tar.gz', () => gzipSync(times(tenMegabytes, 1000))],
    ['a zip that claims 1.4 GB', 'x.zip', () => zipOfZeros(100e6, 1.4e9)],
    ['a zip that claims little', 'x.zip', () => zipOfZeros(100e6, 1000)],
  ])('%s', async (_, name, make) => {
    const path = stored(make(), name);
    const out = join(temporaryFolder(), 'out');
    const outcome = await outcomeOf(
      startProgram(`
        const { readArchive, unpackArchive } = require('verified-download');
        const path = ${JSON.stringify(path)};
        const name = (error) => error.constructor.name + ' ' + error.reason;
        (async () => {
          const begun = process.cpuUsage();
          const before = process.memoryUsage().rss / 2 ** 20;
          const told = [
            await readArchive(path).then(() => 'read', name),
            await unpackArchive(path, ${JSON.stringify(out)}).then(() => 'unpacked', name),
          ];
          const { user, system } = process.cpuUsage(begun);
          const seconds = (user + system) / 2e6;
          // Beside what Node itself takes, which differs from one version to the next.
          const megabytes = process.resourceUsage().maxRSS / 1024 - before;
          console.log(new Set(told).size === 1 ? told[0] : told.join(),
            seconds < 1 ? 'soon' : seconds, megabytes < 300 ? 'small' : megabytes);
        })();`),
    );
    expect(outcome).toMatch(
      /^ArchiveError (limit|damaged)(,ArchiveError damaged)? soon small \(0\)$/,
    );
    expect(existsSync(out)).toBe(false);
  });

  it('a limit may be set by the caller, and is told', async () => {
    const path = stored(makeTar(entries));
    const members = await failureOf(readArchive(path, { limits: { members: 2 } }));
    expect(members.message).toMatch(/holds more than 2 files.*raise limits\.members/);
    const total = await failureOf(readArchive(path, { limits: { totalBytes: 10_000 } }));
    expect(total.message).toMatch(/more than 10000 bytes.*raise limits\.totalBytes/);
    const one = await failureOf(readArchive(path, { maximumMemberBytes: 10_000 }));
    expect(one).toMatchObject({ reason: 'limit', entry: 'a/b/two.bin' });
  });
});

describe('placeFolder', () => {
  it('keeps what stands in its place', async () => {
    const parent = temporaryFolder();
    const folder = join(parent, 'x');
    mkdirSync(folder);
    writeFileSync(join(folder, 'old'), '');
    mkdirSync(`${folder}.unpacking`);
    writeFileSync(join(`${folder}.unpacking`, 'rest of a killed process'), '');
    await placeFolder(folder, async (unfinished) => writeFileSync(join(unfinished, 'new'), ''));
    expect(readdirSync(parent).sort()).toEqual(['x', 'x.incomplete']);
    expect(readdirSync(folder)).toEqual(['new']);
    expect(readdirSync(`${folder}.incomplete`)).toEqual(['old']);
  });

  it('leaves what stands there where the filling fails', async () => {
    const parent = temporaryFolder();
    const folder = join(parent, 'x');
    mkdirSync(folder);
    const failure = placeFolder(folder, async (unfinished) => {
      writeFileSync(join(unfinished, 'half'), '');
      throw new Error('mine');
    });
    await expect(failure).rejects.toThrow('mine');
    expect(readdirSync(parent)).toEqual(['x']);
  });

  it('in a place that cannot be made is a StorageError', async () => {
    const file = stored(Buffer.from('x'), 'file');
    const failure = placeFolder(join(file, 'x'), async () => undefined);
    await expect(failure).rejects.toMatchObject({ name: 'StorageError', reason: 'storage' });
  });
});
