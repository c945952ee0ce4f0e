import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withLock } from '../../../tools/setup/setup-lock.mjs';

/** What happens just before a lock is moved aside, and in place of a hard link. */
const before = vi.hoisted(() => ({ rename: () => {}, link: () => {} }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    renameSync: (from: string, to: string) => {
      before.rename();
      fs.renameSync(from, to);
    },
    linkSync: (from: string, to: string) => {
      before.link();
      fs.linkSync(from, to);
    },
  };
});

const report = { say: () => {} };
const gone = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: '1' });
/** Of a process that lives for as long as this test. */
const living = JSON.stringify({ pid: process.ppid, host: hostname(), started: null });
let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'setup-lock-'));
  lock = join(folder, 'course.lock');
});
afterEach(() => {
  before.rename = () => {};
  before.link = () => {};
  rmSync(folder, { recursive: true });
});

it('takes over the lock of a set-up that was killed, and leaves nothing', async () => {
  writeFileSync(lock, gone);
  const held = await withLock(lock, report, async () => readFileSync(lock, 'utf8'));
  expect(JSON.parse(held).pid).toBe(process.pid);
  expect(readdirSync(folder)).toEqual([]);
});

it.each([
  ['', () => {}],
  [
    ', where the file system has no hard links',
    () => {
      throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
    },
  ],
])('puts back the lock of a set-up that was faster, and waits for it%s', async (_, link) => {
  before.link = link;
  writeFileSync(lock, gone);
  before.rename = () => {
    writeFileSync(lock, living);
    before.rename = () => {};
  };
  const order: string[] = [];
  const waiting = withLock(lock, report, async () => order.push('this set-up'));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(readFileSync(lock, 'utf8')).toBe(living);
  order.push('the faster set-up');
  rmSync(lock);
  await waiting;
  expect(order).toEqual(['the faster set-up', 'this set-up']);
  expect(existsSync(lock)).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});

it('leaves alone the lock of a set-up that took it over while this one slept', async () => {
  await withLock(lock, report, async () => writeFileSync(lock, living));
  expect(readFileSync(lock, 'utf8')).toBe(living);
});

it('gives the lock back after a failure as well', async () => {
  const failing = withLock(lock, report, async () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(readdirSync(folder)).toEqual([]);
});
