import { chmodSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeOutputFolder } from '../../examples/output-folder';
import { folderOf } from '../selfsup/data/image-folder/pictures';

describe('makeOutputFolder', () => {
  it('leaves nothing in a folder that can be written to', async () => {
    const out = folderOf();
    await makeOutputFolder(out);
    expect(readdirSync(out)).toEqual([]);
  });

  it.each([
    ['is a link to it', 'link', 'pictures'],
    ['is to be made behind a link to it', 'link/found/now', 'pictures'],
    ['is to be made behind a link to one of its subfolders', 'deeper/found', 'pictures'],
    ['lies in it, where a link names what is read', 'pictures/found', 'link'],
  ])('refuses one that %s', async (_, out, read) => {
    const base = folderOf();
    mkdirSync(join(base, 'pictures/below'), { recursive: true });
    symlinkSync(join(base, 'pictures'), join(base, 'link'));
    symlinkSync(join(base, 'pictures/below'), join(base, 'deeper'));
    const around = join(base, read);
    await expect(makeOutputFolder(join(base, out), [folderOf(), around])).rejects.toThrow(
      `--out is "${join(base, out)}", which leads into ${around}: the pictures written there`,
    );
    expect(readdirSync(join(base, 'pictures'))).toEqual(['below']);
  });

  it('makes one beside the folder that is read, and behind a link that leads elsewhere', async () => {
    const base = folderOf();
    mkdirSync(join(base, 'pictures'));
    symlinkSync(folderOf(), join(base, 'link'));
    for (const out of ['pictures found', 'link/found']) {
      await makeOutputFolder(join(base, out), [join(base, 'pictures')]);
      expect(readdirSync(join(base, out))).toEqual([]);
    }
  });

  it('refuses one that cannot be written to, before any work is done for it', async () => {
    const out = folderOf();
    chmodSync(out, 0o555);
    // Root may write everywhere.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      await expect(makeOutputFolder(out)).rejects.toThrow(
        `--out is "${out}", which cannot be written to (EACCES); name another.`,
      );
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});
