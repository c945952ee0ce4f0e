import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  describeHolder,
  LockError,
  type LockHolder,
  StorageError,
  withLock,
} from 'verified-download';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { outcomeOf, startProgram, written } from './node-program';
import { temporaryFolder } from './temporary-folder';

const nothing = async () => 'done';

/** What a lock taken now by this process says. */
async function ownRecord(): Promise<LockHolder> {
  const path = join(temporaryFolder(), 'x');
  return withLock(path, { purpose: 'testing' }, async () =>
    JSON.parse(readFileSync(`${path}.lock`, 'utf8')),
  );
}

describe('the lock', () => {
  it('names its holder and is gone afterwards, also after a failure', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'x');
    const record = await ownRecord();
    expect(record).toMatchObject({ pid: process.pid, host: hostname(), purpose: 'testing' });
    if (process.platform === 'linux') expect(record.started).toMatch(/^\d+$/);
    const failure = withLock(path, {}, async () => {
      expect(readdirSync(folder)).toEqual(['x.lock']);
      throw new Error('mine');
    });
    await expect(failure).rejects.toThrow('mine');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('lets one call at a time in, within a process', async () => {
    const path = join(temporaryFolder(), 'x');
    let inside = 0;
    const most: number[] = [];
    await Promise.all(
      Array.from({ length: 5 }, () =>
        withLock(path, {}, async () => {
          most.push(++inside);
          await delay(5);
          inside -= 1;
        }),
      ),
    );
    expect(most).toEqual([1, 1, 1, 1, 1]);
  });

  it('lets one process at a time in', async () => {
    const folder = temporaryFolder();
    const program = `
      const { withLock } = require('verified-download');
      const fs = require('node:fs');
      const inside = ${JSON.stringify(join(folder, 'inside'))};
      (async () => {
        for (let i = 0; i < 5; i++) await withLock(${JSON.stringify(join(folder, 'x'))}, {}, async () => {
          fs.mkdirSync(inside);
          await new Promise((resolve) => setTimeout(resolve, 10));
          fs.rmdirSync(inside);
        });
        console.log('done');
      })();`;
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, () => outcomeOf(startProgram(program))),
    );
    expect(outcomes).toEqual(new Array(4).fill('done (0)'));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('tells who holds it, and gives up after a time-out', async () => {
    const path = join(temporaryFolder(), 'x');
    const child = startProgram(`
      require('verified-download').withLock(${JSON.stringify(path)}, { purpose: 'building' }, () => {
        console.log('inside');
        return new Promise(() => setInterval(() => {}, 1000));
      });`);
    await written(child, 'inside');
    const waiting = vi.fn();
    const failure = withLock(path, { timeout: 300, onWaiting: waiting }, nothing);
    await expect(failure).rejects.toBeInstanceOf(LockError);
    await expect(failure).rejects.toMatchObject({ reason: 'locked', path: `${path}.lock` });
    await expect(failure).rejects.toThrow(
      new RegExp(
        `held by process ${child.pid} on ${hostname()}, building since \\d\\d:\\d\\d:\\d\\d`,
      ),
    );
    expect(waiting).toHaveBeenCalledTimes(1);
    expect(waiting.mock.calls[0]?.[0]).toMatchObject({ pid: child.pid, purpose: 'building' });
  });

  it('of a process that was killed is taken over at once', async () => {
    const path = join(temporaryFolder(), 'x');
    const child = startProgram(`
      require('verified-download').withLock(${JSON.stringify(path)}, {}, () => {
        console.log('inside');
        return new Promise(() => setInterval(() => {}, 1000));
      });`);
    await written(child, 'inside');
    const begun = performance.now();
    const waited = withLock(path, {}, nothing);
    child.kill('SIGKILL');
    expect(await waited).toBe('done');
    expect(performance.now() - begun).toBeLessThan(3000);
  });

  it('an abort ends the waiting', async () => {
    const path = join(temporaryFolder(), 'x');
    await withLock(path, {}, async () => {
      const controller = new AbortController();
      const waiting = withLock(path, { signal: controller.signal }, nothing);
      setTimeout(() => controller.abort(), 50);
      await expect(waiting).rejects.toBeInstanceOf(AbortedError);
    });
  });

  it('that cannot be made is a StorageError', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const failure = withLock(join(file, 'x'), {}, nothing);
    await expect(failure).rejects.toBeInstanceOf(StorageError);
    await expect(failure).rejects.toMatchObject({ reason: 'storage' });
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'x.lock'));
    await expect(withLock(join(folder, 'x'), {}, nothing)).rejects.toBeInstanceOf(StorageError);
  });

  it('that is taken away ends the work', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const path = join(temporaryFolder(), 'x');
    const other = { ...(await ownRecord()), token: 'another' };
    const failure = withLock(path, {}, async (signal) => {
      writeFileSync(`${path}.lock`, JSON.stringify(other));
      vi.advanceTimersByTime(10_000);
      signal.throwIfAborted();
    });
    await expect(failure).rejects.toMatchObject({ name: 'LockError', reason: 'lock-lost' });
    expect(JSON.parse(readFileSync(`${path}.lock`, 'utf8')).token).toBe('another');
  });
});

describe('a lock that was left behind', () => {
  async function leave(change: Partial<LockHolder>): Promise<string> {
    const path = join(temporaryFolder(), 'x');
    writeFileSync(
      `${path}.lock`,
      JSON.stringify({ ...(await ownRecord()), token: 'old', ...change }),
    );
    return path;
  }

  it.runIf(process.platform === 'linux')(
    'with the number of a process that lives, but began at another time, is taken over',
    async () => {
      const sleeper = spawn('sleep', ['60']);
      onTestFinished(() => {
        sleeper.kill('SIGKILL');
      });
      const path = await leave({ pid: sleeper.pid as number, started: '1' });
      expect(await withLock(path, { timeout: 2000 }, nothing)).toBe('done');
    },
  );

  it('with the number of a process that is gone is taken over', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => gone.on('close', resolve));
    const path = await leave({ pid: gone.pid as number });
    expect(await withLock(path, { timeout: 2000 }, nothing)).toBe('done');
  });

  it.each([
    ['of another machine', { machine: 'elsewhere', host: 'elsewhere' }],
    ['that tells no start', { started: null }],
  ])(
    '%s holds while it is renewed, and is taken over after a minute of silence',
    async (_, change) => {
      const path = await leave({ pid: process.pid, ...change });
      const now = vi.spyOn(performance, 'now');
      onTestFinished(() => now.mockRestore());
      let clock = 0;
      now.mockImplementation(() => clock);
      let taken = false;
      const waiting = withLock(path, {}, nothing).then(() => {
        taken = true;
      });
      for (let beat = 1; beat <= 3; beat++) {
        await delay(300);
        clock += 50_000;
        utimesSync(`${path}.lock`, new Date(beat), new Date(beat));
      }
      await delay(300);
      expect(taken).toBe(false);
      clock += 61_000;
      await waiting;
      expect(taken).toBe(true);
    },
  );

  it.each(['', 'nonsense', '{"pid":1}', '{"token":1,"pid":"x"}', 'null'])(
    'that says "%s" is not trusted for ever',
    async (text) => {
      const path = join(temporaryFolder(), 'x');
      writeFileSync(`${path}.lock`, text);
      const now = vi.spyOn(performance, 'now');
      onTestFinished(() => now.mockRestore());
      let clock = 0;
      now.mockImplementation(() => clock);
      const waiting = withLock(path, {}, nothing);
      await delay(300);
      clock = 61_000;
      expect(await waiting).toBe('done');
    },
  );

  it('is taken over by one of many that wait for it', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'x');
    const record = { ...(await ownRecord()), started: '1', token: 'old' };
    for (let round = 0; round < 5; round++) {
      writeFileSync(`${path}.lock`, JSON.stringify(record));
      let inside = 0;
      await Promise.all(
        Array.from({ length: 5 }, () =>
          withLock(path, {}, async () => {
            expect(++inside).toBe(1);
            await delay(1);
            inside -= 1;
          }),
        ),
      );
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});

it('a holder is told in one line', () => {
  const holder = {
    pid: 4711,
    started: '1',
    machine: 'm',
    token: 't',
    host: 'lab-3',
    purpose: 'downloading SST-2',
    since: new Date(2026, 0, 2, 14, 3, 22).toISOString(),
  };
  expect(describeHolder(holder)).toBe('process 4711 on lab-3, downloading SST-2 since 14:03:22');
  expect(describeHolder({ ...holder, purpose: '' })).toBe('process 4711 on lab-3 since 14:03:22');
});
