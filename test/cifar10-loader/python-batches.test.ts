import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, inflateSync } from 'node:zlib';
import { Cifar10Error, DamagedDataError, loadCifar10 } from 'cifar10-loader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeOf, startProgram } from '../verified-download/node-program';
import {
  BATCH_NAMES,
  IMAGES_PER_BATCH,
  makeTar,
  pythonBatch,
  SMALL_ARCHIVE,
} from './synthetic-cifar10';
import { temporaryFolder } from './temporary-folder';

interface Made {
  readonly python: string;
  readonly numpy: string;
  readonly pickles: Readonly<Record<string, string>>;
}

/** Pickles of real Pythons, see pickles/make.py. */
const MADE = ['python2', 'python3'].flatMap((name) => {
  const made = JSON.parse(readFileSync(join(__dirname, 'pickles', `${name}.json`), 'utf8')) as Made;
  return Object.entries(made.pickles).map(([kind, text]): [string, Buffer] => [
    `Python ${made.python}, NumPy ${made.numpy}, ${kind}`,
    inflateSync(Buffer.from(text, 'base64')),
  ]);
});
const archive = { ...SMALL_ARCHIVE, imagesPerBatch: 10 };

function expectTheImages({ pixels, labels, nouns }: Awaited<ReturnType<typeof loadCifar10>>): void {
  const expected = new Uint8Array(10 * 3072);
  for (let i = 0; i < 10; i++) {
    for (let j = 0; j < 3072; j++) {
      const value = (i * 7 + j * 31) % 256;
      expected[i * 3072 + (j % 1024) * 3 + Math.floor(j / 1024)] = value;
    }
  }
  expect(Buffer.compare(pixels.subarray(0, 10 * 3072), expected)).toBe(0);
  expect([...labels.subarray(0, 10)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(new Set(nouns)).toEqual(new Set(['tipper_truck']));
}

describe.each(MADE)('%s', (_, pickle) => {
  it('is read from a folder', async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'test_batch'), pickle);
    expectTheImages(await loadCifar10({ dir, archive, split: 'test' }));
  });

  it('is read from an archive', async () => {
    const entries = BATCH_NAMES.map((name) => ({ path: `x/${name}`, content: pickle }));
    const dir = join(temporaryFolder(), 'given.tar.gz');
    writeFileSync(dir, gzipSync(makeTar(entries)));
    expectTheImages(await loadCifar10({ dir, archive }));
  });
});

async function load(content: Buffer): Promise<unknown> {
  const dir = temporaryFolder();
  writeFileSync(join(dir, 'test_batch'), content);
  return loadCifar10({ dir, archive: SMALL_ARCHIVE, split: 'test' }).then(
    () => null,
    (error: unknown) => error,
  );
}

const bytes = (...parts: readonly (string | Buffer)[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  );
const repeated = (text: string, count: number) => Buffer.alloc(text.length * count, text, 'latin1');
const uint64 = (value: bigint) => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(value);
  return buffer;
};

/** A list within a list, to a depth whose text has 2^60 characters. */
const EXPONENTIAL = bytes('\x80\x02', '(l', repeated('2\x86', 60));
/** The state of an array whose shape is what lies on the stack before. */
const array = (shape: Buffer) =>
  bytes(
    '\x80\x02}(U\x04data',
    'cnumpy.core.multiarray\n_reconstruct\n(tR(K\x01',
    shape,
    'cnumpy\ndtype\n(U\x02u1tR\x89U\x01xtbu.',
  );

describe('F10: a pickle that loops, nests or lies is refused at once, as damaged', () => {
  it.each<[string, Buffer]>([
    ['reads itself again by a negative length', bytes('\x80\x03B\xfb\xff\xff\xff.')],
    ['nests 200,000 marks', bytes('\x80\x02', repeated('(', 200_000), '.')],
    ['nests lists within lists', bytes('\x80\x02', repeated(']', 90_000), '.')],
    ['claims 2^60 bytes', bytes('\x80\x04\x8e', uint64(1n << 60n), '.')],
    ['claims a text of 4 GB', bytes('\x80\x02T\xff\xff\xff\xff', 'short.')],
    [
      'holds an integer of 200 kB',
      bytes('\x80\x02\x8b', Buffer.from([0, 0, 3, 0]), Buffer.alloc(196_608, 1), '.'),
    ],
    ['doubles a list sixty times', bytes(EXPONENTIAL, '.')],
    ['has a shape that doubles', array(bytes('(l', repeated('2\x86', 60)))],
    ['has a shape that holds itself', array(bytes(']q\x01h\x01a'))],
    ['takes from an empty stack', bytes('\x80\x02', 'uuuu.')],
    ['builds upon nothing', bytes('\x80\x02', 'Nb.')],
    ['sets properties of a function', bytes('\x80\x02cnumpy\ndtype\n}U\x09prototype]sb.')],
    ['sets the prototype of all objects', bytes('\x80\x02}}U\x09__proto__}U\x08pollutedK\x01ssb.')],
    ['asks for a buffer from elsewhere', bytes('\x80\x05\x97.')],
    ['names an object that is kept elsewhere', bytes('\x80\x02Q.')],
    ['names a function by nothing', bytes('\x80\x02\x93.')],
    ['names a function by a list that doubles', bytes(EXPONENTIAL, 'U\x01x\x93.')],
    ['is of a protocol to come', bytes('\x80\x09.')],
    ['ends nowhere', bytes('\x80\x02}')],
  ])('that %s', async (_, content) => {
    const begun = process.cpuUsage();
    const error = await load(content);
    const { user, system } = process.cpuUsage(begun);
    expect(error).toBeInstanceOf(DamagedDataError);
    expect((error as Error).message).toMatch(/version: .*npx cifar10-loader --data-dir/);
    expect((error as Error).message).not.toMatch(/undefined|properties|iterable|function\b/);
    expect((user + system) / 1e6).toBeLessThan(2);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('in a hundred megabytes of opcodes takes no gigabytes', async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'test_batch'), bytes('\x80\x02', repeated('(', 1e8)));
    const outcome = await outcomeOf(
      startProgram(`
        require('cifar10-loader').loadCifar10({ dir: ${JSON.stringify(dir)}, split: 'test' }).catch((error) =>
          console.log(error.name, process.resourceUsage().maxRSS < 400 * 1024));`),
    );
    expect(outcome).toBe('DamagedDataError true (0)');
  });

  it('of any other bytes is read or refused as damaged', async () => {
    const whole = pythonBatch(5);
    const changes = fc.array(
      fc.record({
        // The opcodes lie at both ends; between them are the pixels.
        at: fc.oneof(
          fc.integer({ min: 0, max: 700 }),
          fc.integer({ min: 1, max: 900 }).map((i) => -i),
        ),
        byte: fc.integer({ min: 0, max: 255 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(changes, fc.integer({ min: 0, max: whole.length }), async (list, cut) => {
        const copy = Buffer.from(whole);
        for (const { at, byte } of list) copy[at < 0 ? copy.length + at : at] = byte;
        const error = await load(cut % 4 === 0 ? copy.subarray(0, cut) : copy);
        expect(error === null || error instanceof DamagedDataError).toBe(true);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe('what is no batch is told by what it is', () => {
  it.each<[string, Buffer, RegExp]>([
    ['gzip', gzipSync(pythonBatch(5)), /it is a gzip file: unpack it first/],
    ['a web page', bytes('<html>'), /it is a web page/],
    ['a NumPy file', bytes('\x93NUMPY\x01\x00'), /it is a NumPy file; expected a pickle/],
    [
      'another type',
      pythonBatch(5, { type: 'f4' }),
      /"data" is f4 \[20, 3072\], expected u1 \[20, 3072\]/,
    ],
    ['a list', bytes('\x80\x02].'), /does not hold a dictionary/],
  ])('%s', async (_, content, told) => {
    const error = await load(content);
    expect(error).toBeInstanceOf(Cifar10Error);
    expect((error as Error).message).toMatch(told);
    expect((error as Error).message).not.toMatch(/[Dd]elete/);
  });

  it('a batch of another size', async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'test_batch'), pythonBatch(5));
    const failure = loadCifar10({ dir, archive, split: 'test' });
    await expect(failure).rejects.toThrow(
      `"data" is u1 [${IMAGES_PER_BATCH}, 3072], expected u1 [10, 3072]`,
    );
  });
});
