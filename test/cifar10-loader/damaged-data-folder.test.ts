import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DamagedDataError, loadCifar10 } from 'cifar10-loader';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startHttpTestServer } from '../verified-download/http-test-server';
import {
  IMAGES_PER_BATCH,
  labelOf,
  makeArchive,
  md5,
  SMALL_ARCHIVE,
  writeBatchFolder,
} from './synthetic-cifar10';
import { temporaryFolder } from './temporary-folder';

beforeEach(() => {
  vi.stubEnv('CIFAR10_DIR', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** What an unpacking leaves that was cancelled: batch 1 whole, batch 2 cut, no more. */
function cutFolder(parent: string, format: 'binary' | 'python'): string {
  const folder = writeBatchFolder(parent, format);
  const extension = format === 'binary' ? '.bin' : '';
  truncateSync(join(folder, `data_batch_2${extension}`), 30_000);
  for (const name of ['data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch']) {
    rmSync(join(folder, name + extension));
  }
  return folder;
}

describe.each(['binary', 'python'] as const)(
  'a cancelled unpacking of the %s version',
  (format) => {
    const bytes = makeArchive(format);
    const folderName = format === 'binary' ? 'cifar-10-batches-bin' : 'cifar-10-batches-py';

    it('in the data folder is downloaded again, and kept aside', async () => {
      const dataDir = temporaryFolder();
      cutFolder(dataDir, format);
      const { url, ranges } = await startHttpTestServer(bytes, ['whole']);
      const archive = { url, md5: md5(bytes), imagesPerBatch: IMAGES_PER_BATCH };
      const messages: string[] = [];
      const { labels, source } = await loadCifar10({
        dataDir,
        archive,
        onProgress: ({ message }) => message !== undefined && messages.push(message),
      });
      expect(labels[99]).toBe(labelOf(99));
      expect(source).toContain(url);
      expect(messages[0]).toMatch(/data_batch_2.*Getting it again\./);
      expect(readdirSync(dataDir).sort()).toEqual([folderName, `${folderName}.incomplete`]);
      expect((await loadCifar10({ dataDir, archive, offline: true, split: 'test' })).size).toBe(20);
      expect(ranges).toHaveLength(1);
    });

    it('is unpacked again from the archive beside it, without a network', async () => {
      const dataDir = temporaryFolder();
      cutFolder(dataDir, format);
      const beside = join(dataDir, `cifar-10-${format}.tar.gz`);
      writeFileSync(beside, bytes);
      const { size } = await loadCifar10({ dataDir, archive: SMALL_ARCHIVE, offline: true });
      expect(size).toBe(100);
      expect(readFileSync(beside).equals(bytes)).toBe(true);
      expect((await loadCifar10({ dataDir, archive: SMALL_ARCHIVE, split: 'test' })).size).toBe(20);
    });

    it('without an archive and a network names the one command', async () => {
      const dataDir = temporaryFolder();
      cutFolder(dataDir, format);
      const failure = loadCifar10({ dataDir, archive: SMALL_ARCHIVE, offline: true });
      await expect(failure).rejects.toBeInstanceOf(DamagedDataError);
      await expect(failure).rejects.toThrow(
        `"npx cifar10-loader --data-dir ${dataDir}" repairs it`,
      );
      expect(readdirSync(dataDir)).toEqual([folderName]);
    });

    it('where it cannot be downloaded, the damage is told, and why not', async () => {
      const dataDir = temporaryFolder();
      cutFolder(dataDir, format);
      const failure = loadCifar10({
        dataDir,
        archive: SMALL_ARCHIVE,
        download: { attempts: 1 },
      });
      await expect(failure).rejects.toThrow(
        /data_batch_2.*Getting it again failed: .*could not be fetched/,
      );
      await expect(failure).rejects.toMatchObject({ reason: 'damaged' });
      expect(readdirSync(dataDir)).toEqual([folderName]);
    });

    it('in a folder of the caller is left alone, and the way out is told', async () => {
      const dir = cutFolder(temporaryFolder(), format);
      const before = readdirSync(dir);
      const failure = loadCifar10({ dir, archive: SMALL_ARCHIVE });
      await expect(failure).rejects.toThrow(/data_batch_2.*npx cifar10-loader --data-dir FOLDER/);
      expect(readdirSync(dir)).toEqual(before);
    });
  },
);

it('a damaged archive in the data folder is downloaded again', async () => {
  const dataDir = temporaryFolder();
  const bytes = makeArchive('binary');
  writeFileSync(join(dataDir, 'cifar-10-binary.tar.gz'), bytes.subarray(0, 900));
  const { url } = await startHttpTestServer(bytes, ['whole']);
  const archive = { url, md5: md5(bytes), imagesPerBatch: IMAGES_PER_BATCH };
  expect((await loadCifar10({ dataDir, archive })).size).toBe(100);
  expect(readdirSync(dataDir)).toEqual(['cifar-10-batches-bin']);
});

it('works in a folder with commas, colons and spaces in its name', async () => {
  const dataDir = join(temporaryFolder(), 'a,b:c d');
  mkdirSync(dataDir);
  const bytes = makeArchive('binary');
  const { url } = await startHttpTestServer(bytes, ['truncate', 'whole']);
  const archive = { url, md5: md5(bytes), imagesPerBatch: IMAGES_PER_BATCH };
  const { size } = await loadCifar10({ dataDir, archive, download: { retryDelay: 1 } });
  expect(size).toBe(100);
});
