import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const program = fileURLToPath(
  new URL('../../../tools/course/data-preparation.mjs', import.meta.url),
);
const { loadersIn } = (await import(pathToFileURL(program).href)) as {
  loadersIn(texts: string[]): string[];
};

const run = (loaders: string[], env: NodeJS.ProcessEnv) =>
  execFileSync(process.execPath, [program, ...loaders], {
    cwd: path.dirname(program),
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });

describe('data preparation', () => {
  it('finds the loaders that notebooks call', () => {
    expect(loadersIn(['tf.zeros([1])'])).toEqual([]);
    expect(loadersIn(['await loadSentenceData({})', 'await loadImageData({})', ''])).toEqual([
      'loadImageData',
      'loadSentenceData',
    ]);
  });

  it('loads and says what was chosen', () => {
    expect(run(['loadSentenceData'], { SELFSUP_TEXT: 'century' })).toMatch(/centur.*\.\n$/is);
  });

  it('says what is wrong with each and goes on to the next', () => {
    let printed = '';
    try {
      run(['loadImageData', 'loadSentenceData'], {
        SELFSUP_DATA: 'cifar10',
        CIFAR10_DIR: '/nowhere',
        SELFSUP_TEXT: 'century',
      });
    } catch (error) {
      printed = (error as { stdout: string }).stdout;
    }
    expect(printed).toMatch(/loadImageData could not prepare its data: .*\/nowhere/);
    expect(printed).toMatch(/centur/i);
  });
});
