import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import type { Progress } from 'selfsup';
import { GLUE_SST2_ARCHIVE, type LoadSst2Options, loadSst2, TextDataError } from 'selfsup-course';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, startHttpTestServer } from '../../verified-download/http-test-server';
import { temporaryFolder } from './temporary-folder';

const TRAIN = 'sentence\tlabel\nhide new secretions \t0\na gorgeous , witty film \t1\n';
const DEV = "sentence\tlabel\nit 's a charming journey . \t1\nunflinchingly bleak \t0\n";
const ARCHIVE = Buffer.from(
  zipSync(
    {
      'SST-2/train.tsv': strToU8(TRAIN.repeat(1) + 'x y z \t1\n'.repeat(500)),
      'SST-2/dev.tsv': strToU8(DEV),
      'SST-2/test.tsv': strToU8('index\tsentence\n0\tuneasy mishmash of styles .\n'),
      'SST-2/original/notes.txt': strToU8('not read'),
    },
    { level: 0 },
  ),
);
const md5 = (data: Buffer) => createHash('md5').update(data).digest('hex');

beforeEach(() => {
  for (const name of ['SST2_DIR', 'HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function server(answers: readonly [Answer, ...Answer[]], published = ARCHIVE) {
  const { url, ranges } = await startHttpTestServer(ARCHIVE, answers);
  const dataDir = temporaryFolder();
  const options: LoadSst2Options = {
    dataDir,
    archive: { url: url.replace('cifar-10-binary.tar.gz', 'SST-2.zip'), md5: md5(published) },
    download: { attempts: 3, retryDelay: 5, stallTimeout: 300 },
  };
  return { options, dataDir, ranges };
}

describe('loadSst2 from a folder or archive', () => {
  it("reads GLUE's files, whose test sentences have no labels", async () => {
    const dir = temporaryFolder();
    mkdirSync(join(dir, 'SST-2'));
    writeFileSync(join(dir, 'SST-2/train.tsv'), TRAIN);
    writeFileSync(join(dir, 'SST-2/dev.tsv'), DEV);
    writeFileSync(join(dir, 'SST-2/test.tsv'), 'index\tsentence\n0\tuneasy mishmash .\n');
    const { train, validation, test, labelNames, source } = await loadSst2({ dir });
    expect(train.sentences).toEqual(['hide new secretions', 'a gorgeous , witty film']);
    expect([...train.labels]).toEqual([0, 1]);
    expect([...validation.labels]).toEqual([1, 0]);
    expect([test, labelNames, source]).toEqual([null, ['negative', 'positive'], dir]);
    vi.stubEnv('SST2_DIR', join(dir, 'SST-2'));
    expect((await loadSst2()).train).toEqual(train);
  });

  it('reads flat files with the label first, with labelled test sentences', async () => {
    const dir = temporaryFolder();
    writeFileSync(
      join(dir, 'sst2_train.tsv'),
      '1\ta stirring film\n0\treassembled from the floor\n',
    );
    writeFileSync(join(dir, 'sst2_dev.tsv'), '0\tbleak\n');
    writeFileSync(join(dir, 'sst2_test.tsv'), '1\tfunny\n');
    const { train, validation, test } = await loadSst2({ dir });
    expect(train.sentences).toEqual(['a stirring film', 'reassembled from the floor']);
    expect([...train.labels]).toEqual([1, 0]);
    expect(validation.sentences).toEqual(['bleak']);
    expect(test?.sentences).toEqual(['funny']);
  });

  it('reads an archive without unpacking it to disk', async () => {
    const dir = join(temporaryFolder(), 'SST-2.zip');
    writeFileSync(dir, ARCHIVE);
    const { train, source } = await loadSst2({ dir });
    expect(train.sentences).toHaveLength(502);
    expect(source).toBe(dir);
    expect(readdirSync(join(dir, '..'))).toEqual(['SST-2.zip']);
  });

  it.each([
    ['a label that is none', '2\tgood\n', 'line 1'],
    ['no label', 'sentence\tlabel\ngood\n', 'line 2'],
    ['nothing', '\n', 'holds no sentence'],
  ])('refuses %s, saying where', async (_, content, message) => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'train.tsv'), content);
    writeFileSync(join(dir, 'dev.tsv'), DEV);
    await expect(loadSst2({ dir })).rejects.toThrow(TextDataError);
    await expect(loadSst2({ dir })).rejects.toThrow(message);
  });

  it('says what is expected where there is nothing, or something else', async () => {
    const dir = temporaryFolder();
    await expect(loadSst2({ dir })).rejects.toThrow('does not hold SST-2');
    await expect(loadSst2({ dir: join(dir, 'none') })).rejects.toThrow('does not exist');
    const file = join(dir, 'SST-2.zip');
    writeFileSync(file, 'not a zip');
    await expect(loadSst2({ dir: file })).rejects.toThrow('not a zip archive');
    const offline = loadSst2({ dataDir: temporaryFolder(), offline: true });
    await expect(offline).rejects.toThrow(TextDataError);
    await expect(offline).rejects.toThrow('SST2_DIR');
  });
});

describe('loadSst2 by download', () => {
  it('downloads, checks, unpacks, leaves the folder alone, and does not download again', async () => {
    const { options, dataDir, ranges } = await server(['whole']);
    const reports: Progress[] = [];
    const { validation } = await loadSst2({ ...options, onProgress: (one) => reports.push(one) });
    expect([...validation.labels]).toEqual([1, 0]);
    expect(readdirSync(dataDir)).toEqual(['SST-2']);
    expect(readdirSync(join(dataDir, 'SST-2')).sort()).toEqual([
      'dev.tsv',
      'test.tsv',
      'train.tsv',
    ]);
    expect(reports.at(-1)).toMatchObject({ label: 'Downloading SST-2', done: ARCHIVE.length });
    await loadSst2(options);
    expect(ranges).toHaveLength(1);
  });

  it('replaces a folder that holds a part of it, keeps that part, and does not download again', async () => {
    const { options, dataDir, ranges } = await server(['whole']);
    mkdirSync(join(dataDir, 'SST-2'));
    writeFileSync(join(dataDir, 'SST-2/train.tsv'), TRAIN);
    for (const _ of [1, 2]) expect((await loadSst2(options)).train.sentences).toHaveLength(502);
    expect(ranges).toHaveLength(1);
    expect(readdirSync(dataDir).sort()).toEqual(['SST-2', 'SST-2.incomplete']);
    expect(readFileSync(join(dataDir, 'SST-2.incomplete/train.tsv'), 'utf8')).toBe(TRAIN);
  });

  it('refuses an archive with a member that leads out of it, and writes nothing', async () => {
    const dataDir = temporaryFolder();
    const zip = { 'SST-2/train.tsv': strToU8(TRAIN), 'SST-2/dev.tsv': strToU8(DEV) };
    const evil = Buffer.from(zipSync({ ...zip, '../escape.tsv': strToU8('not written') }));
    const { url } = await startHttpTestServer(evil, ['whole'], 'SST-2.zip');
    const failure = loadSst2({ dataDir, archive: { url, md5: md5(evil) } });
    await expect(failure).rejects.toThrow(TextDataError);
    await expect(failure).rejects.toThrow('its entry "../escape.tsv" leads out of the archive');
    expect(readdirSync(dataDir)).toEqual(['SST-2.zip']);
    expect(existsSync(join(dataDir, '../escape.tsv'))).toBe(false);
  });

  it('refuses a small archive that unpacks large', async () => {
    const dir = join(temporaryFolder(), 'SST-2.zip');
    writeFileSync(dir, zipSync({ 'SST-2/train.tsv': new Uint8Array(20_000_000) }));
    await expect(loadSst2({ dir })).rejects.toThrow(/unpacks to more than 200/);
  });

  it('resumes a broken transfer', async () => {
    const { options, ranges } = await server(['truncate', 'whole']);
    expect((await loadSst2(options)).train.sentences).toHaveLength(502);
    expect(ranges[0]).toBeUndefined();
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('refuses what is not the published archive and leaves nothing', async () => {
    const { options, dataDir } = await server(['whole'], Buffer.from('another'));
    await expect(loadSst2(options)).rejects.toThrow(TextDataError);
    await expect(loadSst2(options)).rejects.toThrow(`its MD5 is ${md5(ARCHIVE)}`);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('says what to do when there is no way to the server', async () => {
    const { options } = await server([404]);
    await expect(loadSst2(options)).rejects.toThrow(/HTTP 404.*name it with SST2_DIR/);
  });

  it('expects the archive whose checksum data/README.md gives', () => {
    const readme = readFileSync(join(__dirname, '../../../data/README.md'), 'utf8');
    expect(readme).toContain(GLUE_SST2_ARCHIVE.md5);
  });
});

const SHARED = join(__dirname, '../../../../shared/data/text');
it.runIf(existsSync(join(SHARED, 'sst2_train.tsv')))(
  'reads the whole data set, where it is',
  async () => {
    const { train, validation, test } = await loadSst2({ dir: SHARED });
    expect([train, validation, test].map((part) => part?.sentences.length)).toEqual([
      6920, 872, 1821,
    ]);
  },
);
