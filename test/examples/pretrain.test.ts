import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(__dirname, '../..');

function pretrain(...args: string[]) {
  const program = [
    '-r',
    'ts-node/register/transpile-only',
    join(root, 'examples/pretrain.ts'),
    ...args,
  ];
  return spawnSync(process.execPath, program, { cwd: root, encoding: 'utf8' });
}

describe('examples/pretrain.ts', () => {
  it('says how it is used', () => {
    const { status, stdout } = pretrain('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('npx ts-node examples/pretrain.ts [options]');
  });

  it.each([
    [['--epochs', 'ten'], '--epochs is "ten"; expected a whole number, 1 or more.'],
    [['--epoch', '3'], "Unknown option '--epoch'"],
    [['--resume', '--out', 'no-such-folder'], '--resume: there is no checkpoint'],
  ])('refuses %j and shows the options', (args, message) => {
    const { status, stderr } = pretrain(...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('--learning-rate X');
    expect(status).toBe(2);
  });

  it('does not train over an earlier run', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pretrain-'));
    try {
      writeFileSync(join(folder, 'checkpoint.safetensors'), '');
      const { status, stderr } = pretrain('--out', folder);
      expect(stderr).toContain('is of an earlier run. Go on with --resume');
      expect(status).toBe(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
