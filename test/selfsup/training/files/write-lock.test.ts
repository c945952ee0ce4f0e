import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { takeWriteLock } from '../../../../lib/selfsup/src/training/files/write-lock';

/** What a waiter does last before each step, so that a test decides who is how far. */
const before = vi.hoisted(() => ({
  stat: async () => {},
  rename: async () => {},
  link: async () => {},
}));
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  return {
    ...fs,
    stat: async (path: string) => {
      await before.stat();
      return fs.stat(path);
    },
    rename: async (from: string, to: string) => {
      await before.rename();
      return fs.rename(from, to);
    },
    link: async (from: string, to: string) => {
      await before.link();
      return fs.link(from, to);
    },
  };
});

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selfsup-lock-'));
  file = join(folder, 'run.safetensors');
});
afterEach(async () => {
  before.stat = async () => {};
  before.rename = async () => {};
  before.link = async () => {};
  await rm(folder, { recursive: true });
});

/** Lets the first caller go on at once, and the second one when the first has had time to take the lock. */
function secondComesLater(): () => Promise<void> {
  let callers = 0;
  return () => {
    callers += 1;
    return callers === 2 ? wait(100) : Promise.resolve();
  };
}

it.each(['stat', 'rename'] as const)(
  'the lock of a killed writer goes to one of two waiters that both saw it, the slower one held up before its %s',
  async (step) => {
    const gone = { pid: 2 ** 22 + 1, started: '1', host: hostname() };
    await writeFile(`${file}.lock`, JSON.stringify(gone));
    before[step] = secondComesLater();
    let holders = 0;
    const most: number[] = [];
    const use = async () => {
      const release = await takeWriteLock(file);
      holders += 1;
      most.push(holders);
      await wait(300);
      holders -= 1;
      await release();
    };
    await Promise.all([use(), use()]);
    expect(most).toEqual([1, 1]);
    expect(await readdir(folder)).toEqual([]);
  },
);

it('the lock of a writer that was faster is put back where the file system has no hard links', async () => {
  const lock = `${file}.lock`;
  const faster = JSON.stringify({ pid: process.ppid, started: null, host: hostname() });
  await writeFile(lock, JSON.stringify({ pid: 2 ** 22 + 1, started: '1', host: hostname() }));
  before.rename = async () => {
    before.rename = async () => {};
    await writeFile(lock, faster);
  };
  before.link = async () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  };
  await expect(takeWriteLock(file, 200)).rejects.toThrow(`process ${process.ppid} on`);
  expect(await readFile(lock, 'utf8')).toBe(faster);
  expect(await readdir(folder)).toEqual(['run.safetensors.lock']);
});
