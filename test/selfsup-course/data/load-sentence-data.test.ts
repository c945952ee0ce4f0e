import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertNoHeldOutSentences, InvalidArgumentError, sentenceKey, tokenize } from 'selfsup';
import {
  centurySentences,
  findSst2,
  type LabelledSentences,
  loadSentenceData,
  loadStateOfTheUnion,
  TextDataError,
} from 'selfsup-course';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from './temporary-folder';

beforeEach(() => {
  for (const name of ['SST2_DIR', 'SELFSUP_TEXT']) vi.stubEnv(name, undefined);
  vi.stubEnv('SELFSUP_PROFILE', 'quick');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const shares = ({ labels }: LabelledSentences) =>
  [0, 1].map((label) => labels.filter((one) => one === label).length);

/** A folder with three labelled files, as the Stanford splits are often kept. */
function flatFolder(): string {
  const dir = temporaryFolder();
  const lines = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${index % 2}\t${name} film number ${index} .`);
  const train = [...lines('train', 20), '1\tTest film, number 3!', '0\tdev film number 1 .'];
  writeFileSync(join(dir, 'sst2_train.tsv'), `${train.join('\n')}\n`);
  writeFileSync(join(dir, 'sst2_dev.tsv'), `${lines('dev', 8).join('\n')}\n`);
  writeFileSync(join(dir, 'sst2_test.tsv'), `${lines('test', 10).join('\n')}\n`);
  return dir;
}

/** GLUE's layout: phrases among the training sentences, no labels in the test file. */
function glueFolder(): string {
  const dir = temporaryFolder();
  mkdirSync(join(dir, 'SST-2'));
  const whole = Array.from(
    { length: 40 },
    (_, index) => `film number n${index} is fine \t${index % 2}`,
  );
  const phrases = Array.from({ length: 40 }, (_, index) => `number n${index} \t${index % 2}`);
  const head = 'sentence\tlabel\n';
  writeFileSync(join(dir, 'SST-2/train.tsv'), `${head}${[...phrases, ...whole].join('\n')}\n`);
  writeFileSync(
    join(dir, 'SST-2/dev.tsv'),
    `${head}a good one . \t1\nfilm number n7 is fine ! \t0\n`,
  );
  writeFileSync(join(dir, 'SST-2/test.tsv'), 'index\tsentence\n0\tuneasy .\n');
  return dir;
}

describe('centurySentences', () => {
  const limits = { seed: 1, trainLimit: 2000, validationLimit: 301, testLimit: 1001 };
  const data = centurySentences(limits);
  const speeches = loadStateOfTheUnion({ seed: 1 });
  const splits = [data.train, data.validation, data.test];

  it('has equally many sentences of both centuries in every split', () => {
    expect(shares(data.train)).toEqual([1000, 1000]);
    expect(shares(data.validation)).toEqual([150, 150]);
    expect(shares(data.test)).toEqual([500, 500]);
    // Mixed, not one century after the other.
    expect(new Set(data.train.labels.slice(0, 50)).size).toBe(2);
  });

  it('labels each sentence with the century of its speech', () => {
    const centuryOf = new Map<string, Set<number>>();
    for (const { year, sentences } of [
      ...speeches.train,
      ...speeches.validation,
      ...speeches.test,
    ]) {
      for (const tokens of sentences) {
        const text = tokens.join(' ');
        centuryOf.set(text, (centuryOf.get(text) ?? new Set()).add(year <= 1900 ? 0 : 1));
      }
    }
    for (const { sentences, labels } of splits) {
      sentences.forEach((sentence, index) => {
        expect(centuryOf.get(sentence)).toContain(labels[index]);
        expect(tokenize(sentence)).toHaveLength(sentence.split(' ').length);
      });
    }
  });

  it('has no speech and no sentence in two splits, each sentence once, and none of them to pre-train on', () => {
    const keys = splits.map(({ sentences }) => sentences.map(sentenceKey));
    const all = keys.flat();
    expect(new Set(all).size).toBe(all.length);
    const heldOut = [...data.validation.sentences, ...data.test.sentences];
    assertNoHeldOutSentences(data.unlabelled, heldOut);
    expect(data.unlabelled.length).toBeGreaterThan(20_000);
    const ofTest = new Set(
      speeches.test.flatMap(({ sentences }) => sentences.map((tokens) => tokens.join(' '))),
    );
    for (const sentence of data.test.sentences) expect(ofTest.has(sentence)).toBe(true);
    for (const sentence of data.train.sentences) expect(ofTest.has(sentence)).toBe(false);
  });

  it('tests with the same sentences for every seed', () => {
    const other = centurySentences({ ...limits, seed: 2 });
    expect(other.train).not.toEqual(data.train);
    expect(other.validation).not.toEqual(data.validation);
    expect(other.test).toEqual(data.test);
  });

  it('is what loadSentenceData gives, the same each time', async () => {
    const loaded = await loadSentenceData({ dataDir: temporaryFolder(), ...limits });
    expect(loaded).toMatchObject(data);
    expect(loaded.reason).toMatch(/^Centuries.*quick profile/);
    expect(loaded.labelNames).toEqual(['19th century', '20th century']);
  });
});

describe('loadSentenceData', () => {
  it('takes SST-2 where it is, without training sentences that are held out', async () => {
    const sst2Dir = flatFolder();
    const data = await loadSentenceData({ sst2Dir });
    expect(data.reason).toMatch(/^SST-2, because it is on this machine/);
    expect(data.reason).not.toContain(sst2Dir);
    expect(data.train.sentences).toHaveLength(20);
    expect(shares(data.train)).toEqual([10, 10]);
    expect(data.unlabelled).toEqual(data.train.sentences);
    expect([data.validation, data.test].map(({ labels }) => labels.length)).toEqual([8, 10]);
    assertNoHeldOutSentences(data.unlabelled, [
      ...data.validation.sentences,
      ...data.test.sentences,
    ]);
  });

  it('limits every split, all classes alike, and still pre-trains on all', async () => {
    const limits = { trainLimit: 6, validationLimit: 4, testLimit: 2, seed: 3 };
    const data = await loadSentenceData({ sst2Dir: flatFolder(), ...limits });
    expect([data.train, data.validation, data.test].map(shares)).toEqual([
      [3, 3],
      [2, 2],
      [1, 1],
    ]);
    expect(data.unlabelled).toHaveLength(20);
  });

  it("makes a validation split of GLUE's whole sentences and tests with its validation file", async () => {
    const data = await loadSentenceData({ data: 'sst2', sst2Dir: glueFolder(), seed: 1 });
    expect(data.test.sentences).toEqual(['a good one .', 'film number n7 is fine !']);
    // 40 whole sentences; a tenth of each class for validation; one is spelt as a test sentence.
    expect(data.validation.labels).toHaveLength(4);
    const isHeldOut = data.validation.sentences.includes('film number n7 is fine');
    expect(data.train.labels).toHaveLength(isHeldOut ? 36 : 35);
    expect(data.train.sentences.every((sentence) => sentence.startsWith('film'))).toBe(true);
    assertNoHeldOutSentences(data.unlabelled, [
      ...data.validation.sentences,
      ...data.test.sentences,
    ]);
    expect(shares(data.validation)).toEqual([2, 2]);
  });

  it('falls back to the centuries where the download fails, but not where SST-2 was asked for', async () => {
    vi.stubEnv('SELFSUP_PROFILE', 'standard');
    const sst2Archive = { url: 'http://127.0.0.1:9/SST-2.zip', md5: '0'.repeat(32) };
    const limits = { trainLimit: 100, validationLimit: 50, testLimit: 60 };
    const dataDir = temporaryFolder();
    const data = await loadSentenceData({ dataDir, sst2Archive, ...limits });
    expect(data.reason).toMatch(/^Centuries.*could not be downloaded/);
    const asked = loadSentenceData({ data: 'sst2', dataDir, offline: true });
    await expect(asked).rejects.toThrow(TextDataError);
    await expect(asked).rejects.toThrow('SELFSUP_TEXT=century');
  });

  it.each([
    [{ seed: 0.5 }, 'seed is 0.5'],
    [{ testLimit: 1 }, 'testLimit is 1'],
  ])('refuses %j', async (options, message) => {
    await expect(loadSentenceData(options)).rejects.toThrow(InvalidArgumentError);
    await expect(loadSentenceData(options)).rejects.toThrow(message);
  });

  it('refuses a SELFSUP_TEXT that names nothing', async () => {
    vi.stubEnv('SELFSUP_TEXT', 'reviews');
    await expect(loadSentenceData()).rejects.toThrow('SELFSUP_TEXT is "reviews"');
  });
});

describe('findSst2', () => {
  it('finds a named path, or the files in the data folder', () => {
    expect(findSst2({ dataDir: temporaryFolder() })).toBeNull();
    const glue = glueFolder();
    expect(findSst2({ dataDir: glue })).toBe(join(glue, 'SST-2'));
    const flat = flatFolder();
    expect(findSst2({ dataDir: flat })).toBe(flat);
    vi.stubEnv('SST2_DIR', '/no/such/place');
    expect(findSst2({ dataDir: flat })).toBe('/no/such/place');
    expect(findSst2({ dir: glue, dataDir: flat })).toBe(glue);
  });
});
