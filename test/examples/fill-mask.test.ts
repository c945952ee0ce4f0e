import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'fill-mask-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fillMask(...args: string[]) {
  const program = [
    '-r',
    'ts-node/register/transpile-only',
    join(root, 'examples/fill-mask.ts'),
    ...args,
  ];
  return spawnSync(process.execPath, program, { cwd: root, encoding: 'utf8' });
}

describe('examples/fill-mask.ts', () => {
  it('trains once, keeps the model, and fills every gap', () => {
    const sentence = 'We have kept the [MASK] with all [MASK].';
    const options = ['--model', folder, '--steps', '3', '--guesses', '2', sentence];
    const first = fillMask(...options);
    expect(first.stderr).not.toContain('rror');
    expect(first.status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['model.safetensors', 'vocabulary.json']);
    const guesses = (output: string) => output.match(/^ +\d+\.\d % {2}\S+$/gm);
    expect(guesses(first.stdout)).toHaveLength(4);
    const second = fillMask(...options);
    expect(second.stdout).toContain('Model read from');
    expect(guesses(second.stdout)).toEqual(guesses(first.stdout));

    writeFileSync(join(folder, 'vocabulary.json'), '{');
    const damaged = fillMask(...options);
    expect(damaged.status).toBe(2);
    expect(damaged.stderr).toContain('Use --retrain.');
  });

  it.each([
    [['no gap here'], '"no gap here" has no gap'],
    [['--steps', 'many', '[MASK]'], '--steps is "many"'],
  ])('refuses %j and shows the options', (args, message) => {
    const { status, stderr } = fillMask(...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('--retrain');
    expect(status).toBe(2);
  });
});
