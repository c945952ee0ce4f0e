import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fileSystem from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import {
  AbortedError,
  ChecksumError,
  type Cifar10Progress,
  DownloadError,
  DownloadStalledError,
  type LoadCifar10Options,
  loadCifar10,
  StorageError,
} from 'cifar10-loader';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Answer, startHttpTestServer } from '../verified-download/http-test-server';
import {
  batchFiles,
  IMAGES_PER_BATCH,
  labelOf,
  makeArchive,
  makeTar,
  md5,
  SMALL_ARCHIVE,
  tarEntries,
} from './synthetic-cifar10';
import { temporaryFolder } from './temporary-folder';

const ARCHIVE = makeArchive('binary');
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];

beforeEach(() => {
  for (const name of [...PROXY_VARIABLES, 'CIFAR10_DIR', 'CIFAR10_FILENAMES']) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function setUp(answers: readonly [Answer, ...Answer[]], archive = ARCHIVE) {
  const server = await startHttpTestServer(archive, answers);
  const dataDir = temporaryFolder();
  const options: LoadCifar10Options = {
    dataDir,
    archive: { url: server.url, md5: md5(ARCHIVE), imagesPerBatch: IMAGES_PER_BATCH },
    download: { attempts: 3, retryDelay: 5, stallTimeout: 300 },
  };
  const part = join(dataDir, 'cifar-10-binary.tar.gz.part');
  return { server, dataDir, options, part };
}

/** The data folder holds the six batches, whole, and nothing else. */
function expectOnlyTheBatches(dataDir: string): void {
  expect(readdirSync(dataDir)).toEqual(['cifar-10-batches-bin']);
  for (const [name, content] of batchFiles('binary')) {
    expect(readFileSync(join(dataDir, 'cifar-10-batches-bin', name)).equals(content)).toBe(true);
  }
}

it('downloads, unpacks, and leaves only the batches', async () => {
  const { server, dataDir, options } = await setUp(['whole']);
  const reports: Cifar10Progress[] = [];
  const { labels, source } = await loadCifar10({
    ...options,
    onProgress: (report) => reports.push(report),
  });
  expect(labels[7]).toBe(labelOf(7));
  expect(source).toContain(server.url);
  expectOnlyTheBatches(dataDir);
  const downloads = reports.filter(({ label }) => label === 'Downloading CIFAR-10');
  expect(downloads[0]).toMatchObject({ done: 0, total: ARCHIVE.length, unit: 'bytes' });
  expect(downloads.at(-1)).toMatchObject({ done: ARCHIVE.length, total: ARCHIVE.length });

  await loadCifar10({ ...options, split: 'test' });
  expect(server.ranges).toHaveLength(1);
});

it('downloads the Python version when told so', async () => {
  const archive = makeArchive('python');
  const { dataDir, options, server } = await setUp(['whole'], archive);
  const { nouns } = await loadCifar10({
    ...options,
    archive: { url: server.url, md5: md5(archive), imagesPerBatch: IMAGES_PER_BATCH },
  });
  expect(nouns?.[0]).toBe('airbus');
  expect(readdirSync(dataDir)).toEqual(['cifar-10-batches-py']);
});

it('resumes a transfer that breaks off with a Range request', async () => {
  const { server, dataDir, options } = await setUp(['truncate', 'truncate', 'whole']);
  await loadCifar10(options);
  const half = Math.ceil(ARCHIVE.length / 2);
  const quarter = half + Math.ceil((ARCHIVE.length - half) / 2);
  expect(server.ranges).toEqual([undefined, `bytes=${half}-`, `bytes=${quarter}-`]);
  expectOnlyTheBatches(dataDir);
});

it('resumes the part an earlier process left', async () => {
  const { server, dataDir, options, part } = await setUp(['whole']);
  writeFileSync(part, ARCHIVE.subarray(0, 1000));
  await loadCifar10(options);
  expect(server.ranges).toEqual(['bytes=1000-']);
  expectOnlyTheBatches(dataDir);
});

it('starts over where the server ignores Range', async () => {
  const { server, dataDir, options, part } = await setUp(['ignore-range']);
  writeFileSync(part, ARCHIVE.subarray(0, 1000));
  await loadCifar10(options);
  expect(server.ranges).toEqual(['bytes=1000-']);
  expectOnlyTheBatches(dataDir);
});

it('starts over where the server sends another range than asked for', async () => {
  const { server, dataDir, options, part } = await setUp(['lie-about-range', 'whole']);
  writeFileSync(part, ARCHIVE.subarray(0, 1000));
  await loadCifar10(options);
  expect(server.ranges).toEqual(['bytes=1000-', undefined]);
  expectOnlyTheBatches(dataDir);
});

it('discards a part that is longer than the archive', async () => {
  const { server, dataDir, options, part } = await setUp(['whole']);
  writeFileSync(part, Buffer.concat([ARCHIVE, Buffer.alloc(10)]));
  await loadCifar10(options);
  expect(server.ranges).toEqual([`bytes=${ARCHIVE.length + 10}-`, undefined]);
  expectOnlyTheBatches(dataDir);
});

it('discards a part that belongs to something else', async () => {
  const { server, dataDir, options, part } = await setUp(['whole']);
  writeFileSync(part, Buffer.alloc(500, 1));
  await loadCifar10(options);
  expect(server.ranges).toEqual(['bytes=500-', undefined]);
  expectOnlyTheBatches(dataDir);
});

it('gives up after the allowed tries without anything new, keeping the part', async () => {
  const { server, dataDir, options, part } = await setUp([
    'truncate',
    'stall-before-headers',
    'stall-before-headers',
  ]);
  await expect(loadCifar10(options)).rejects.toBeInstanceOf(DownloadStalledError);
  expect(server.ranges).toHaveLength(3);
  expect(readdirSync(dataDir)).toEqual(['cifar-10-binary.tar.gz.part']);
  expect(readFileSync(part).equals(ARCHIVE.subarray(0, Math.ceil(ARCHIVE.length / 2)))).toBe(true);
});

it('refuses an archive with a wrong checksum and deletes it', async () => {
  const { server, dataDir, options } = await setUp(['corrupt']);
  const failure = loadCifar10(options);
  await expect(failure).rejects.toBeInstanceOf(ChecksumError);
  await expect(failure).rejects.toMatchObject({ expectedMd5: md5(ARCHIVE), url: server.url });
  expect(server.ranges).toEqual([undefined, undefined]);
  expect(readdirSync(dataDir)).toEqual([]);
});

it('gets over one corrupt transfer', async () => {
  const { dataDir, options } = await setUp(['corrupt', 'whole']);
  await loadCifar10(options);
  expectOnlyTheBatches(dataDir);
});

describe('a server that stalls', () => {
  it.each(['stall-before-headers', 'stall-midway'] as const)(
    '%s, is left after the time-out',
    async (answer) => {
      const { dataDir, options, server } = await setUp([answer]);
      const failure = loadCifar10({ ...options, download: { attempts: 1, stallTimeout: 300 } });
      await expect(failure).rejects.toBeInstanceOf(DownloadStalledError);
      await expect(failure).rejects.toMatchObject({ url: server.url, stallTimeout: 300 });
      await expect(failure).rejects.toThrow(/sent nothing for 0\.3 s.*CIFAR10_DIR/);
      expect(existsSync(join(dataDir, 'cifar-10-batches-bin'))).toBe(false);
    },
  );

  it('is asked again for the rest', async () => {
    const { dataDir, options, server } = await setUp(['stall-midway', 'whole']);
    const messages: string[] = [];
    await loadCifar10({
      ...options,
      onProgress: ({ message }) => message !== undefined && messages.push(message),
    });
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(/sent nothing for 0\.3 s\. Trying again\./);
    expect(server.ranges[1]).toBe(`bytes=${Math.ceil(ARCHIVE.length / 2)}-`);
    expectOnlyTheBatches(dataDir);
  });
});

describe('a server that refuses', () => {
  it('404 ends the download at once', async () => {
    const { options, server, dataDir } = await setUp([404]);
    const failure = loadCifar10(options);
    await expect(failure).rejects.toThrow(/HTTP 404.*CIFAR10_DIR/);
    await expect(failure).rejects.toMatchObject({ status: 404, url: server.url });
    expect(server.ranges).toHaveLength(1);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('500 is tried again', async () => {
    const { options, server, dataDir } = await setUp([500, 500, 'whole']);
    await loadCifar10(options);
    expect(server.ranges).toHaveLength(3);
    expectOnlyTheBatches(dataDir);
  });

  it('500 every time ends with its status', async () => {
    const { options, server } = await setUp([500]);
    const failure = loadCifar10(options);
    await expect(failure).rejects.toBeInstanceOf(DownloadError);
    await expect(failure).rejects.toThrow(/HTTP 500.*after 3 tries/);
    await expect(failure).rejects.toMatchObject({ status: 500 });
    expect(server.ranges).toHaveLength(3);
  });

  it('a redirect is followed', async () => {
    const { options, dataDir } = await setUp(['redirect', 'whole']);
    await loadCifar10(options);
    expectOnlyTheBatches(dataDir);
  });

  it('no server at all is a DownloadError without status', async () => {
    const failure = loadCifar10({
      dataDir: temporaryFolder(),
      archive: SMALL_ARCHIVE,
      download: { attempts: 2, retryDelay: 1 },
    });
    await expect(failure).rejects.toBeInstanceOf(DownloadError);
    await expect(failure).rejects.toMatchObject({ status: null, url: SMALL_ARCHIVE.url });
  });
});

it('goes through the proxy named by HTTP_PROXY', async () => {
  const { options, server, dataDir } = await setUp(['whole']);
  const asked: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    asked.push(incoming.url ?? '');
    httpRequest(incoming.url ?? '', { headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    }).end();
  });
  proxy.on('connect', (incoming, client) => {
    asked.push(incoming.url ?? '');
    const { port } = new URL(server.url);
    const upstream = connect(Number(port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  await loadCifar10(options);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain(new URL(server.url).host);
  expectOnlyTheBatches(dataDir);
});

describe('an abort', () => {
  it('ends the transfer, keeps the part, and the next call resumes', async () => {
    const { options, server, dataDir, part } = await setUp(['stall-midway', 'whole']);
    const controller = new AbortController();
    const failure = loadCifar10({
      ...options,
      download: { stallTimeout: 20_000 },
      signal: controller.signal,
      onProgress: ({ done }) => done >= ARCHIVE.length / 2 && controller.abort(new Error('enough')),
    });
    await expect(failure).rejects.toBeInstanceOf(AbortedError);
    await expect(failure).rejects.toMatchObject({ cause: new Error('enough') });
    expect(existsSync(part)).toBe(true);
    expect(readdirSync(dataDir)).toEqual(['cifar-10-binary.tar.gz.part']);
    await loadCifar10(options);
    expect(server.ranges[1]).toMatch(/^bytes=\d+-$/);
    expectOnlyTheBatches(dataDir);
  });

  it('before the call begins nothing', async () => {
    const { options, server } = await setUp(['whole']);
    await expect(loadCifar10({ ...options, signal: AbortSignal.abort() })).rejects.toBeInstanceOf(
      AbortedError,
    );
    expect(server.ranges).toEqual([]);
  });
});

it('a published archive that lacks a batch leaves no batch folder', async () => {
  const incomplete = makeTar(tarEntries('binary').filter(({ path }) => !path.includes('batch_4')));
  const { options, dataDir, server } = await setUp(['whole'], incomplete);
  const failure = loadCifar10({
    ...options,
    archive: { url: server.url, md5: md5(incomplete), imagesPerBatch: IMAGES_PER_BATCH },
  });
  await expect(failure).rejects.toThrow(/does not hold CIFAR-10's six batches/);
  expect(readdirSync(dataDir)).toEqual(['cifar-10-binary.tar.gz']);
});

it('a data folder that cannot be made is a StorageError', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const { options } = await setUp(['whole']);
  const failure = loadCifar10({ ...options, dataDir: join(file, 'data') });
  await expect(failure).rejects.toBeInstanceOf(StorageError);
  await expect(failure).rejects.toMatchObject({ path: join(file, 'data') });
});

describe('two processes at once', () => {
  function start(options: LoadCifar10Options): ChildProcess {
    const program = `
      require('cifar10-loader').loadCifar10(${JSON.stringify(options)}).then(
        ({ size }) => console.log('loaded', size),
        (error) => { console.error(error); process.exitCode = 1; });`;
    const child = spawn(process.execPath, ['-e', program], { cwd: __dirname });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return child;
  }

  function outcome(child: ChildProcess): Promise<string> {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    return new Promise((resolve) => {
      child.on('close', (code) => resolve(`${output.trim()} (${code})`));
    });
  }

  it('download once and both load', async () => {
    const { options, server, dataDir } = await setUp(['whole']);
    const outcomes = await Promise.all(
      [start(options), start(options), start(options)].map(outcome),
    );
    expect(outcomes).toEqual(new Array(3).fill('loaded 100 (0)'));
    expect(server.ranges).toHaveLength(1);
    expectOnlyTheBatches(dataDir);
  });

  it('the second looks again when the first deletes the archive that it has unpacked', async () => {
    const { options, server, dataDir } = await setUp(['whole']);
    const archive = join(dataDir, 'cifar-10-binary.tar.gz');
    writeFileSync(archive, ARCHIVE);
    const { open } = fileSystem;
    const opened = vi.spyOn(fileSystem, 'open').mockImplementation(async (path, ...rest) => {
      if (path === archive) {
        mkdirSync(join(dataDir, 'cifar-10-batches-bin'));
        for (const [name, content] of batchFiles('binary')) {
          writeFileSync(join(dataDir, 'cifar-10-batches-bin', name), content);
        }
        rmSync(archive);
      }
      return open(path, ...rest);
    });
    // Sources import "open" by name.
    syncBuiltinESMExports();
    onTestFinished(() => {
      opened.mockRestore();
      syncBuiltinESMExports();
    });
    expect((await loadCifar10(options)).size).toBe(100);
    expect(opened.mock.calls.filter(([path]) => path === archive)).toHaveLength(1);
    expect(server.ranges).toHaveLength(0);
  });

  it('one calls twice within itself and downloads once', async () => {
    const { options, server } = await setUp(['whole']);
    const [train, test] = await Promise.all([
      loadCifar10(options),
      loadCifar10({ ...options, split: 'test' }),
    ]);
    expect([train.size, test.size]).toEqual([100, 20]);
    expect(server.ranges).toHaveLength(1);
  });
});
