import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withLock } from '../../lib/verified-download/src/lock';
import { thisProcess } from '../../lib/verified-download/src/process-identity';

/** What happens just before a lock is moved aside. */
const before = vi.hoisted(() => ({ rename: () => {} }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    // As on exFAT and some network shares.
    linkSync: () => {
      throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
    },
    renameSync: (from: string, to: string) => {
      before.rename();
      fs.renameSync(from, to);
    },
  };
});

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-without-links-'));
  path = join(folder, 'set.tar');
});
afterEach(() => {
  before.rename = () => {};
  rmSync(folder, { recursive: true });
});

const holder = (token: string, pid: number, started: string | null) =>
  JSON.stringify({
    ...{ ...thisProcess(), pid, started },
    ...{ token, host: 'here', since: new Date().toISOString(), purpose: '' },
  });
const gone = () => holder('gone', 2 ** 22 + 1, '1');

it('is held by one at a time, where a file system has no hard links', async () => {
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    order.push(`${name} ends`);
  };
  await Promise.all([withLock(path, {}, work('one')), withLock(path, {}, work('two'))]);
  expect(order).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
  expect(readdirSync(folder)).toEqual([]);
});

it('is taken over from a process that is gone, and put back where another was faster', async () => {
  const lock = `${path}.lock`;
  const { pid, started } = thisProcess();
  const faster = holder('faster', pid, started);
  writeFileSync(lock, gone());
  before.rename = () => {
    before.rename = () => {};
    writeFileSync(lock, faster);
  };
  const waiting = withLock(path, {}, async () => 'done');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(readFileSync(lock, 'utf8')).toBe(faster);
  rmSync(lock);
  expect(await waiting).toBe('done');
  expect(readdirSync(folder)).toEqual([]);
});
