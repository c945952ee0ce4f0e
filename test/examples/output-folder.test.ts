import { chmodSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeOutputFolder } from '../../examples/output-folder';
import { folderOf } from '../selfsup/data/image-folder/pictures';

describe('makeOutputFolder', () => {
  it('leaves nothing in a folder that can be written to', async () => {
    const out = folderOf();
    await makeOutputFolder(out);
    expect(readdirSync(out)).toEqual([]);
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
