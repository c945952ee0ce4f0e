import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as augment from 'selfsup/augment';
import * as evaluation from 'selfsup/evaluation';
import * as losses from 'selfsup/losses';
import * as models from 'selfsup/models';
import * as training from 'selfsup/training';
import * as compiled from 'tfjs-compile';
import { describe, expect, test } from 'vitest';
import { FIXTURES, type FixtureName, readFixture } from './fixture';
import { agreements, DOCUMENT } from './table';

const ROOT = join(__dirname, '../..');
const fixtures = join(__dirname, 'fixtures');
const requirements = new Map(
  readFileSync(join(__dirname, 'requirements.txt'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('==') as [string, string]),
);
const testSources = readdirSync(__dirname)
  .filter((file) => file.endsWith('.test.ts') && file !== 'table.test.ts')
  .map((file) => readFileSync(join(__dirname, file), 'utf8'))
  .join('\n');

describe('the table of PEERS.md', () => {
  test('has a row for every row of every fixture, and a fixture for every row', () => {
    const inFixtures = FIXTURES.flatMap((fixture) =>
      Object.keys(readFixture(fixture).rows).map((name) => `${fixture}: ${name}`),
    );
    const inTable = agreements()
      .filter(({ fixture }) => FIXTURES.includes(fixture as FixtureName))
      .map(({ fixture, name }) => `${fixture}: ${name}`);
    // Values that are only compared where we differ have no tolerance.
    const differing = ['augmentations: adjustColor hue', 'augmentations: colorJitter'];
    expect(new Set([...inTable, ...differing])).toEqual(new Set(inFixtures));
    expect(new Set(inTable).size).toBe(inTable.length);
  });

  test('names files that exist where the peer has written files', () => {
    const files = agreements().filter(({ fixture }) => !FIXTURES.includes(fixture as FixtureName));
    expect(files.length).toBeGreaterThan(0);
    for (const { fixture } of files) expect(existsSync(join(ROOT, fixture)), fixture).toBe(true);
  });

  test('has a test for every row', () => {
    for (const { name, fixture } of agreements()) {
      if (!FIXTURES.includes(fixture as FixtureName)) continue;
      const general = name.replace(
        /^adjustColor (brightness|contrast|saturation)$/,
        'adjustColor ',
      );
      expect(testSources.includes(`'${name}'`) || testSources.includes(`\`${general}$`), name).toBe(
        true,
      );
    }
  });

  test('gives tolerances of rounding, or exact', () => {
    for (const { name, tolerance } of agreements()) {
      expect(tolerance, name).toBeLessThanOrEqual(5e-4);
      expect(tolerance, name).toBeGreaterThanOrEqual(0);
    }
  });

  test('names every loss, model with a loss, augmentation, measure, optimizer, schedule and layer of the libraries', () => {
    const text = readFileSync(DOCUMENT, 'utf8');
    const functions = [
      ...[losses, augment, evaluation].flatMap((module) =>
        Object.entries(module)
          .filter(([, value]) => typeof value === 'function')
          .map(([name]) => name),
      ),
      // A class that computes a loss of its own is none of the losses' functions.
      ...Object.entries(models)
        .filter(([, value]) => typeof value === 'function' && 'loss' in (value.prototype ?? {}))
        .map(([name]) => name),
      ...Object.keys(training).filter((name) => /Schedule$|^Adam|^Lars|^Sgd/.test(name)),
      ...Object.keys(compiled).filter((name) => /[lL]stm$|Normalization$|Entropy$/.test(name)),
    ];
    expect(functions).toEqual(
      expect.arrayContaining([
        'ntXentLoss',
        'MaskedAutoencoder',
        'AdamW',
        'cosineSchedule',
        'lstm',
      ]),
    );
    const missing = functions.filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
    expect(missing).toEqual([]);
  });
});

describe('the fixtures', () => {
  test('were made by the versions that requirements.txt asks for', () => {
    for (const fixture of FIXTURES) {
      const { python, ...packages } = readFixture(fixture).made;
      expect(python, fixture).toMatch(/^3\.\d+\.\d+$/);
      for (const [name, version] of Object.entries(packages)) {
        expect(requirements.get(name), `${name} of ${fixture}`).toBe(version);
      }
    }
  });

  test('take less than 5 MB together', () => {
    const bytes = readdirSync(fixtures).map((file) => statSync(join(fixtures, file)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(5e6);
  });

  test('have a script each, which one command runs', () => {
    const command = readFileSync(join(ROOT, 'tools/peers.mjs'), 'utf8');
    for (const fixture of FIXTURES) {
      const script = `test/peers/python/${fixture.replace('-', '_')}.py`;
      expect(existsSync(join(ROOT, script)), script).toBe(true);
      expect(command).toContain(script);
    }
  });

  test('of a name that there is none of, the command says which there are, and installs nothing', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(ROOT, 'tools/peers.mjs'), 'losses', 'nonsense'],
      { encoding: 'utf8', env: { ...process.env, PEERS_ENVIRONMENT: '/nowhere' } },
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/no fixture named nonsense; there are losses, augmentations/);
  });
});
