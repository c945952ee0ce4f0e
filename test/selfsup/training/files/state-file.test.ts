import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { tf } from 'selfsup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  loadCheckpoint,
  saveCheckpoint,
} from '../../../../lib/selfsup/src/training/files/checkpoint';
import { CheckpointError } from '../../../../lib/selfsup/src/training/files/checkpoint-error';
import {
  losslessJson,
  parseLosslessJson,
} from '../../../../lib/selfsup/src/training/files/lossless-json';
import { loadWeights, saveWeights } from '../../../../lib/selfsup/src/training/files/model-weights';
import { partialPath } from '../../../../lib/selfsup/src/training/files/partial-file';
import { replaceFile } from '../../../../lib/selfsup/src/training/files/replace-file';
import { parseSafetensors } from '../../../../lib/selfsup/src/training/files/safetensors';
import { takeWriteLock } from '../../../../lib/selfsup/src/training/files/write-lock';

const FIXTURES = join(__dirname, 'fixtures');

let folder: string;
let file: string;
let variables: tf.Variable[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selfsup-state-'));
  file = join(folder, 'run.safetensors');
  variables = tf.tidy(() => [
    tf.variable(tf.zeros([2, 2])),
    tf.variable(tf.zeros([2], 'int32'), false),
    tf.variable(tf.zeros([2])),
    tf.variable(tf.zeros([2])),
    tf.variable(tf.zeros([2], 'bool'), false),
  ]);
});
afterEach(async () => {
  tf.dispose(variables);
  await rm(folder, { recursive: true });
});

const values = (): number[][] => variables.map((one) => Array.from(one.dataSync()));
const untouched = [
  [0, 0, 0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
];

/** Changes the header of a file of ours and makes its digest fit again. */
function withHeader(bytes: Buffer, change: (header: string) => string): Buffer {
  const size = Number(bytes.readBigUInt64LE());
  const header = change(bytes.toString('utf8', 8, 8 + size));
  const text = Buffer.from(header.replace(/("sha256":")[^"]*/, `$1${'0'.repeat(64)}`));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const changed = Buffer.concat([length, text, bytes.subarray(8 + size)]);
  const digest = createHash('sha256').update(changed).digest('hex');
  const position = changed.indexOf('"sha256":"');
  if (position >= 0) changed.write(digest, position + '"sha256":"'.length);
  return changed;
}

describe('files of other programs', () => {
  it('are read where their names give the order: Python’s, with 16-bit numbers widened', async () => {
    await loadWeights(join(FIXTURES, 'positioned.safetensors'), variables);
    expect(values()).toEqual([
      [1, 2, 3, 4],
      [7, -7],
      [0.5, -0.5],
      [0.333984375, 3],
      [1, 0],
    ]);
  });

  it('are described and not read where nothing tells which tensor belongs where', async () => {
    const load = loadWeights(join(FIXTURES, 'named.safetensors'), variables);
    await expect(load).rejects.toThrow(CheckpointError);
    await expect(load).rejects.toThrow(/another program: 2 tensors \(.*"encoder\..*F32 \[2/);
    expect(values()).toEqual(untouched);
  });

  it.each<[string, Buffer, RegExp]>([
    ['a PyTorch file', Buffer.from('PK\x03\x04zip'), /is a ZIP archive, such as a \.pt/],
    ['an HDF5 file', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), /is an HDF5 file/],
    ['a pickle', Buffer.from('\x80\x04\x95', 'latin1'), /is a Python pickle/],
    ['an array', Buffer.from('\x93NUMPY\x01\x00', 'latin1'), /is a NumPy array/],
    ['JSON', Buffer.from('{"modelTopology": {}}'), /is JSON text/],
    ['nothing', Buffer.alloc(0), /is an empty file/],
    ['noise', Buffer.alloc(64, 1), /no safetensors file, or one that is damaged/],
  ])(
    'are said to be what they are, and nobody is told to delete them: %s',
    async (_what, bytes, message) => {
      await writeFile(file, bytes);
      for (const load of [
        () => loadWeights(file, variables),
        () => loadCheckpoint(file, { seed: 1, batchSize: 2, examples: 3 }, variables),
      ]) {
        await expect(load()).rejects.toThrow(CheckpointError);
        await expect(load()).rejects.toThrow(message);
        await expect(load()).rejects.not.toThrow(/delete/i);
      }
      expect(await readFile(file)).toEqual(bytes);
    },
  );

  it('Python’s files are no checkpoints, and are not to be deleted', async () => {
    const load = loadCheckpoint(
      join(FIXTURES, 'positioned.safetensors'),
      { seed: 1, batchSize: 2, examples: 3 },
      variables,
    );
    await expect(load).rejects.toThrow(/says nothing about the run's identity/);
    await expect(load).rejects.not.toThrow(/delete/i);
    expect(values()).toEqual(untouched);
  });

  it('read what saveWeights writes: the format and no more', async () => {
    await saveWeights(file, variables);
    const { tensors, metadata } = parseSafetensors(await readFile(file));
    expect(tensors.map(({ dtype }) => dtype)).toEqual(['F32', 'I32', 'F32', 'F32', 'BOOL']);
    expect(metadata.format).toBe('selfsup-weights');
  });
});

describe('checkpoints', () => {
  const identity = { seed: 1, batchSize: 2, examples: 3 };
  const progress = {
    stepsDone: 1,
    history: {
      steps: [
        {
          step: 1,
          epoch: 0,
          loss: -0,
          learningRate: 0.1,
          metrics: { up: Infinity, none: NaN, down: -Infinity, tiny: 5e-324 },
          seconds: 0.5,
        },
      ],
      epochs: [],
      diagnostics: [],
    },
  };

  it('keep every number of the history, also those that JSON does not have', async () => {
    await saveCheckpoint(file, identity, progress, variables);
    expect(await loadCheckpoint(file, identity, variables)).toEqual(progress);
  });

  it('of version 1 are read: their null was a number that is not finite', async () => {
    await saveCheckpoint(file, identity, progress, variables);
    const old = withHeader(await readFile(file), (header) =>
      header
        .replace('"version":"2"', '"version":"1"')
        .replace(/\{\\"\$number\\":\\"-?(NaN|Infinity)\\"\}/g, 'null'),
    );
    await writeFile(file, old);
    const read = await loadCheckpoint(file, identity, variables);
    expect(read?.history.steps[0]?.metrics).toEqual({
      up: NaN,
      none: NaN,
      down: NaN,
      tiny: 5e-324,
    });
  });

  it('of a newer version say so', async () => {
    await saveCheckpoint(file, identity, progress, variables);
    const newer = withHeader(await readFile(file), (header) =>
      header.replace('"version":"2"', '"version":"3"'),
    );
    await writeFile(file, newer);
    await expect(loadCheckpoint(file, identity, variables)).rejects.toThrow(/version 3 of/);
  });

  it('with any damage to the header, digest made to fit, give one kind of error and assign nothing', async () => {
    tf.tidy(() => {
      for (const one of variables) one.assign(tf.onesLike(one));
    });
    await saveCheckpoint(file, identity, progress, variables);
    const whole = await readFile(file);
    const size = Number(whole.readBigUInt64LE());
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(size - 1),
        fc.integer({ min: 0, max: 12 }),
        fc.string({ maxLength: 3 }),
        async (from, length, inserted) => {
          const damaged = withHeader(
            whole,
            (header) => header.slice(0, from) + inserted + header.slice(from + length),
          );
          await writeFile(file, damaged);
          tf.tidy(() => {
            for (const one of variables) one.assign(tf.zerosLike(one));
          });
          try {
            await loadCheckpoint(file, identity, variables);
            expect(values()).toEqual([
              [1, 1, 1, 1],
              [1, 1],
              [1, 1],
              [1, 1],
              [1, 1],
            ]);
          } catch (error) {
            expect(error).toBeInstanceOf(CheckpointError);
            expect(values()).toEqual(untouched);
            refused++;
          }
        },
      ),
      { numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(200);
  });

  it.each(['null', '3', '[]', '{}', '{"stepsDone":-1}', '{"stepsDone":1,"history":{"steps":[1]}}'])(
    'whose progress is %s are refused before anything is assigned',
    async (text) => {
      await saveCheckpoint(file, identity, progress, variables);
      const damaged = withHeader(await readFile(file), (header) => {
        const parsed = JSON.parse(header);
        parsed.__metadata__.progress = text;
        return JSON.stringify(parsed);
      });
      await writeFile(file, damaged);
      await expect(loadCheckpoint(file, identity, variables)).rejects.toThrow(CheckpointError);
    },
  );
});

describe('losslessJson', () => {
  it('keeps every number', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (numbers) => {
        expect(parseLosslessJson(losslessJson({ numbers }))).toEqual({ numbers });
      }),
    );
  });
});

describe('replaceFile', () => {
  it('leaves one whole content when several processes write at once, and nothing beside it', async () => {
    const script = `
      const { replaceFile } = require(${JSON.stringify(join(__dirname, '../../../../lib/selfsup/dist/training/files/replace-file'))});
      (async () => {
        for (let round = 0; round < 40; round++) {
          await replaceFile(process.argv[1], Buffer.alloc(200_000 + 1000 * Number(process.argv[2]), process.argv[2]));
        }
      })().catch((error) => { console.error(error); process.exit(1); });`;
    let writing = true;
    const writers = Promise.all(
      [1, 2, 3].map((writer) =>
        promisify(execFile)(process.execPath, ['-e', script, file, String(writer)]),
      ),
    ).finally(() => {
      writing = false;
    });
    let looks = 0;
    while (writing) {
      const bytes = await readFile(file).catch(() => null);
      if (bytes !== null) {
        const writer = Number(String.fromCharCode(bytes[0] as number));
        expect(bytes.equals(Buffer.alloc(200_000 + 1000 * writer, String(writer)))).toBe(true);
        looks++;
      }
      await new Promise((done) => setTimeout(done, 1));
    }
    await writers;
    expect(looks).toBeGreaterThan(10);
    expect(await readdir(folder)).toEqual(['run.safetensors']);
  });

  it('clears away what a killed writer left: its lock and its partial file, but no other file', async () => {
    const gone = { pid: 2 ** 22 + 1, started: '1', host: hostname() };
    const neighbours = ['run.safetensors.old', 'run.safetensors.note.partial', 'other.safetensors'];
    await writeFile(`${file}.lock`, JSON.stringify(gone));
    await writeFile(`${file}.${gone.pid}-${gone.started}-0123456789ab.partial`, 'half');
    for (const one of neighbours) await copyFile(`${file}.lock`, join(folder, one));
    await replaceFile(file, Buffer.from('whole'));
    expect((await readdir(folder)).sort()).toEqual([...neighbours, 'run.safetensors'].sort());
    expect(await readFile(file, 'utf8')).toBe('whole');
  });

  it('leaves the partial file of a writer that lives, whoever holds the lock', async () => {
    const other = partialPath(file);
    await writeFile(other, 'half');
    await replaceFile(file, Buffer.from('whole'));
    expect(await readFile(other, 'utf8')).toBe('half');
    await rm(other);
  });

  it('takes a process that began at another time for another one', async () => {
    await writeFile(
      `${file}.lock`,
      JSON.stringify({ pid: process.pid, started: '1', host: hostname() }),
    );
    await replaceFile(file, Buffer.from('whole'));
    expect(await readFile(file, 'utf8')).toBe('whole');
  });

  it('waits for a writer that lives, then says who it is', async () => {
    const release = await takeWriteLock(file);
    await expect(takeWriteLock(file, 100)).rejects.toThrow(
      new RegExp(`process ${process.pid} on ${hostname()} has been writing it`),
    );
    const waiting = takeWriteLock(file);
    await release();
    await (await waiting)();
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves nothing where it cannot write', async () => {
    await expect(replaceFile(folder, Buffer.from('x'))).rejects.toThrow();
    await rm(`${folder}.lock`, { force: true });
    expect(await readdir(folder)).toEqual([]);
  });
});
