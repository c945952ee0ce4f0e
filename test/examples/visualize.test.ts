import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(__dirname, '../..');

function visualize(...args: string[]) {
  const program = [
    '-r',
    'ts-node/register/transpile-only',
    join(root, 'examples/visualize.ts'),
    ...args,
  ];
  return spawnSync(process.execPath, program, { cwd: root, encoding: 'utf8' });
}

describe('examples/visualize.ts', () => {
  it('says how it is used', () => {
    const { status, stdout } = visualize('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('npx ts-node examples/visualize.ts [options]');
  });

  it.each([
    [['--points', '3'], '--points is "3"; expected a whole number, 4 or more.'],
    [['--implementation', 'umap'], '--implementation is "umap"; expected druid or tsne-js.'],
    [['--encoder', 'no-such-file'], 'a file that examples/pretrain.ts has saved'],
    [['--encoder', 'pixels'], '--encoder is "pixels", which has no weights; expected'],
    [['--data', 'mnist'], '--data is "mnist"; expected auto, cifar10 or emoji.'],
    [['--perplexity', 'some'], '--perplexity is "some"; expected a number above 0.'],
    [
      ['--points', '30', '--perplexity', '10'],
      'is "10" with 30 points; expected more than 1 and less',
    ],
  ])('refuses %j and shows the options', (args, message) => {
    const { status, stderr } = visualize(...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('--perplexity X');
    expect(status).toBe(2);
  });
});
