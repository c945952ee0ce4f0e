import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as loader from 'cifar10-loader';
import ts from 'typescript';
import * as download from 'verified-download';
import { expect, it } from 'vitest';
import { examplesOf } from '../../tools/test/readme-example.mjs';
import { makeTar } from '../cifar10-loader/synthetic-cifar10';
import { startHttpTestServer } from './http-test-server';
import { outcomeOf, startProgram } from './node-program';
import { temporaryFolder } from './temporary-folder';

/** The TypeScript examples of a package's README, as programs of Node. */
function programsOf(name: string): string[] {
  const readme = join(dirname(require.resolve(`${name}/package.json`)), 'README.md');
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  return examplesOf(readme, ['ts']).map(
    ({ source }) => ts.transpileModule(source, { compilerOptions }).outputText,
  );
}

it("verified-download's README: the examples run", async () => {
  const archive = gzipSync(makeTar([{ path: 'list.txt', content: Buffer.from('one two') }]));
  const { url } = await startHttpTestServer(archive, ['whole'], 'words.tar.gz');
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const [fetching, locking] = programsOf('verified-download') as [string, string];
  const cache = temporaryFolder();
  const program = `
    process.env.XDG_CACHE_HOME = ${JSON.stringify(cache)};
    process.env.LOCALAPPDATA = process.env.HOME = process.env.XDG_CACHE_HOME;
    ${fetching}
    const folder = await fetchWords(${JSON.stringify(url)}, ${JSON.stringify(sha256)});
    const { readFileSync } = await import('node:fs');
    console.log(readFileSync(join(folder, 'list.txt'), 'utf8'));`;
  const outcome = await outcomeOf(startProgram(program, ['--input-type=module']));
  expect(outcome).toMatch(/^Downloading words 0 \/ \d+ bytes\n[\s\S]*\none two \(0\)$/);

  const path = JSON.stringify(join(cache, 'x'));
  const lock = `${locking}\nawait exclusively(${path}); console.log('done');`;
  expect(await outcomeOf(startProgram(lock, ['--input-type=module']))).toBe('done (0)');
});

it("cifar10-loader's README: the example runs", async () => {
  const dir = temporaryFolder();
  for (let batch = 1; batch <= 5; batch++) {
    // Mostly a hole: only the labels are written.
    const file = openSync(join(dir, `data_batch_${batch}.bin`), 'w');
    ftruncateSync(file, 10_000 * 3073);
    for (let i = 0; i < 10_000; i++) writeSync(file, Buffer.from([i % 10]), 0, 1, i * 3073);
    closeSync(file);
  }
  const [loading] = programsOf('cifar10-loader') as [string];
  const program = `
    process.env.CIFAR10_DIR = ${JSON.stringify(dir)};
    ${loading}
    console.log(pixels.length, labels.filter((label) => label === 3).length, labelNames[3], nouns, source.includes(process.env.CIFAR10_DIR));`;
  const outcome = await outcomeOf(startProgram(program, ['--input-type=module']));
  expect(outcome).toBe('3072000 100 cat null true (0)');
});

it.each([
  ['verified-download', Object.keys(download)],
  ['cifar10-loader', Object.keys(loader)],
])('%s gives the same names to require and to import', async (name, keys) => {
  const wanted = keys.filter((key) => key !== 'default').sort();
  expect(wanted.length).toBeGreaterThan(10);
  for (const [program, flags] of [
    [`console.log(Object.keys(require('${name}')).sort().join())`, []],
    [
      `import * as all from '${name}';
       console.log(Object.keys(all).filter((key) => !['default', 'module.exports', '__esModule'].includes(key)).sort().join())`,
      ['--input-type=module'],
    ],
  ] as const) {
    expect(await outcomeOf(startProgram(program, flags))).toBe(`${wanted.join()} (0)`);
  }
});

it.each(['verified-download', 'cifar10-loader'])('%s is a package that stands alone', (name) => {
  const folder = dirname(require.resolve(`${name}/package.json`));
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({ license: 'Apache-2.0', sideEffects: false });
  expect(Object.keys(manifest.exports['.'])[0]).toBe('types');
  expect(manifest.keywords.length).toBeGreaterThan(4);
  expect(manifest.description.length).toBeGreaterThan(30);
  const own = (file: string) => readFileSync(join(folder, file), 'utf8');
  expect(own('LICENSE')).toBe(readFileSync(join(__dirname, '../../LICENSE'), 'utf8'));
  expect(own('CHANGELOG.md')).toContain(`## ${manifest.version}`);
  // Everything that is imported is declared.
  const declared = Object.keys(manifest.dependencies);
  const sources = ts.sys.readDirectory(join(folder, 'src'), ['.ts']);
  const imported = sources.flatMap((file) =>
    ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles.map(({ fileName }) => fileName),
  );
  const foreign = imported.filter((from) => !from.startsWith('.') && !from.startsWith('node:'));
  expect([...new Set(foreign)].sort()).toEqual([...declared].sort());
});
