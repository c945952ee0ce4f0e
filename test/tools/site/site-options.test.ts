import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../tools/command-line.mjs';
import { openingServices } from '../../../tools/site/repository-address.mjs';
import { siteOptions } from '../../../tools/site/site-options.mjs';

describe('options of npm run site', () => {
  it('knows the repository from the command line, a variable, or the action it runs in', () => {
    const given = ['--repository', 'https://github.com/a/b.git'];
    expect(siteOptions(given, {}).repository).toBe('https://github.com/a/b');
    expect(siteOptions([], { SITE_REPOSITORY: 'https://github.com/a/c/' }).repository).toBe(
      'https://github.com/a/c',
    );
    const action = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'a/d' };
    expect(siteOptions([], action).repository).toBe('https://github.com/a/d');
    expect(siteOptions([], {}).repository).toBeUndefined();
  });

  it('writes where it is told', () => {
    expect(siteOptions([], {}).out).toBe(path.resolve('site-output'));
    expect(siteOptions(['--out', 'x'], {}).out).toBe(path.resolve('x'));
  });

  it.each([[['--nonsense']], [['--repository', 'b']]])('refuses %j', (args) => {
    expect(() => siteOptions(args, {})).toThrow(UsageError);
  });
});

describe('services that open a notebook', () => {
  const notebook = {
    files: ['binder/start', '.devcontainer/devcontainer.json'],
    path: 'notebooks/a.ipynb',
  };

  it('are offered where the course has their configuration and the repository is known', () => {
    const repository = 'https://github.com/a/b';
    expect(openingServices({ ...notebook, repository }).map(({ address }) => address)).toEqual([
      'https://mybinder.org/v2/gh/a/b/HEAD?urlpath=lab/tree/notebooks/a.ipynb',
      'https://codespaces.new/a/b',
    ]);
    expect(openingServices({ ...notebook, files: [], repository })).toEqual([]);
    expect(openingServices(notebook)).toEqual([]);
  });
});
