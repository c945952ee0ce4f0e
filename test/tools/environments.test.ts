// The environments that others start the course in: their files name commands and versions that this repository must have.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { scripts } = JSON.parse(read('package.json'));
const devContainer = JSON.parse(read('.devcontainer/devcontainer.json'));

it.each([
  ['.devcontainer/devcontainer.json', devContainer.postCreateCommand],
  ['binder/prepare.sh', read('binder/prepare.sh')],
])('%s runs commands that package.json has', (_, commands) => {
  const names = [...commands.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name as string);
  expect(names).toContain('setup');
  expect(names.filter((name) => !(name in scripts))).toEqual([]);
});

it.each(['.devcontainer/Dockerfile', 'binder/Dockerfile', 'teaching/jupyterhub/Dockerfile'])(
  '%s has the Node of .nvmrc, a compiler and Python with venv',
  (path) => {
    const text = read(path);
    const version = read('.nvmrc').trim().replace(/^v/, '').split('.')[0];
    expect(text).toMatch(new RegExp(`^FROM node:${version}-bookworm`, 'm'));
    for (const needed of ['g++', 'git', 'python3-venv']) expect(text).toContain(needed);
  },
);

it('Binder starts the notebook server of the minor version that goes with JupyterLab', () => {
  const [, major, minor] = /notebook==(\d+)\.(\d+)\./.exec(read('binder/prepare.sh')) ?? [];
  const labs = [...read('tools/requirements.txt').matchAll(/^jupyterlab==4\.(\d+)\./gm)];
  expect(major).toBe('7');
  expect(labs.map(([, lab]) => lab)).toContain(minor);
});

describe('VS Code', () => {
  it('is recommended the same extensions inside a container and outside', () => {
    const { recommendations } = JSON.parse(read('.vscode/extensions.json'));
    expect(devContainer.customizations.vscode.extensions).toEqual(recommendations);
  });

  it('looks for kernels where set-up puts them', () => {
    const settings = JSON.parse(read('.vscode/settings.json'));
    expect(settings['python.defaultInterpreterPath']).toMatch(/\/\.venv\/bin\/python$/);
  });
});
