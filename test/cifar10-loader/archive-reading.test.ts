import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  AbortedError,
  Cifar10Error,
  DamagedDataError,
  loadCifar10,
  UnsafeArchiveError,
} from 'cifar10-loader';
import { describe, expect, it } from 'vitest';
import {
  binaryBatch,
  makeArchive,
  makeTar,
  SMALL_ARCHIVE,
  type TarEntry,
  tarEntries,
} from './synthetic-cifar10';
import { temporaryFolder } from './temporary-folder';

/** Loads from an archive of this content, and checks that nothing was written beside it. */
async function load(content: Buffer, signal?: AbortSignal): Promise<unknown> {
  const folder = temporaryFolder();
  const path = join(folder, 'given.tar.gz');
  writeFileSync(path, content);
  try {
    return await loadCifar10({
      dir: path,
      archive: SMALL_ARCHIVE,
      offline: true,
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    return error;
  } finally {
    expect(readdirSync(folder)).toEqual(['given.tar.gz']);
  }
}

const whole = makeTar(tarEntries('binary'));
const wrongSize = (size: number) =>
  makeTar(
    tarEntries('binary').map((entry) =>
      entry.path.endsWith('data_batch_2.bin') ? { ...entry, content: Buffer.alloc(size) } : entry,
    ),
  );
const flipped = (bytes: Buffer, position: number) => {
  const copy = Buffer.from(bytes);
  copy[position] = (copy[position] ?? 0) ^ 0xff;
  return copy;
};

describe('a damaged archive is refused, and nothing is written', () => {
  it.each<[string, Buffer]>([
    ['a truncated .tar.gz', makeArchive('binary').subarray(0, 2000)],
    ['a .tar.gz without its last bytes', makeArchive('binary').subarray(0, -5)],
    ['a .tar.gz with a flipped byte', flipped(makeArchive('binary'), 1500)],
    ['a truncated .tar', whole.subarray(0, 100_000)],
    ['a .tar with a damaged header', flipped(whole, 512 + 148)],
    ['a .tar with a batch that is too short', wrongSize(61_459)],
    ['a .tar with a batch that is too long', wrongSize(61_461)],
    ['a .tar.gz with a batch that is far too long', gzipSync(wrongSize(5_000_000))],
    ['an archive without the batches', makeTar([{ path: 'x/readme', content: Buffer.from('x') }])],
    [
      'an archive without one batch',
      makeTar(tarEntries('binary').filter(({ path }) => !path.includes('batch_5'))),
    ],
    ['an empty file', Buffer.alloc(0)],
    ['a web page', Buffer.from('<html>Please log in to the network</html>'.repeat(50))],
    ['gzip of something else', gzipSync(Buffer.from('hello '.repeat(1000)))],
  ])('%s', async (_, content) => {
    const error = await load(content);
    expect(error).toBeInstanceOf(DamagedDataError);
    expect(error).toBeInstanceOf(Cifar10Error);
    expect((error as DamagedDataError).path).toContain('given.tar.gz');
    expect((error as Error).message).toMatch(/again|Unpack other formats first/);
  });

  it('the sizes are told', async () => {
    expect(await load(wrongSize(61_459))).toMatchObject({
      message: expect.stringContaining('data_batch_2.bin has 61459 bytes, expected 61460'),
    });
  });
});

describe('an unsafe archive is refused', () => {
  it.each<[string, TarEntry]>([
    ['a path that climbs out', { path: '../../evil.bin', content: Buffer.from('x') }],
    [
      'a climb in the middle',
      { path: 'cifar-10-batches-bin/../../evil', content: Buffer.from('x') },
    ],
    ['an absolute path', { path: '/tmp/evil.bin', content: Buffer.from('x') }],
    ['a drive letter', { path: 'C:\\evil.bin', content: Buffer.from('x') }],
    [
      'a symbolic link',
      { path: 'cifar-10-batches-bin/link', type: 'SymbolicLink', linkpath: '/etc' },
    ],
    ['a hard link', { path: 'cifar-10-batches-bin/link', type: 'Link', linkpath: '/etc/passwd' }],
    ['a device', { path: 'cifar-10-batches-bin/null', type: 'CharacterDevice' }],
    ['a batch that climbs out', { path: '../data_batch_1.bin', content: binaryBatch(0) }],
  ])('with %s', async (_, evil) => {
    for (const entries of [
      [evil, ...tarEntries('binary')],
      [...tarEntries('binary'), evil],
    ]) {
      const error = await load(gzipSync(makeTar(entries)));
      expect(error).toBeInstanceOf(UnsafeArchiveError);
      expect((error as UnsafeArchiveError).entry).toBe(evil.path);
    }
  });
});

it('an abort ends the reading of an archive', async () => {
  const controller = new AbortController();
  const folder = temporaryFolder();
  const path = join(folder, 'given.tar');
  writeFileSync(path, whole);
  const failure = loadCifar10({
    dir: path,
    archive: SMALL_ARCHIVE,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(failure).rejects.toBeInstanceOf(AbortedError);
});
