import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const PROGRAM = join(__dirname, 'programs/lock-where-nothing-fits.cjs');

// As on a full disk: a file can be made, its name needs no block, but holds nothing. The lock of a holder without a name would
// hold up the next writer.
describe('a lock on a full disk', () => {
  it.each(['checkpoint', 'download', 'setup'])('of a %s: an error, and no file', (kind) => {
    const folder = mkdtempSync(join(tmpdir(), 'selfsup-lock-'));
    try {
      const limited = 'ulimit -f 0; exec "$@"';
      const command = ['-c', limited, 'sh', process.execPath, PROGRAM, kind, folder];
      const told = JSON.parse(execFileSync('sh', command, { encoding: 'utf8' }));
      expect(told).toEqual({ message: expect.stringMatching(/EFBIG|too large/i), left: [] });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
