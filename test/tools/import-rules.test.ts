import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

/** A small lib/ with one fault of every kind, and sound imports around them. */
const FILES: Record<string, string> = {
  'tsconfig.json': '{ "compilerOptions": { "module": "CommonJS", "moduleResolution": "Node10" } }',
  'lib/selfsup/package.json': '{ "name": "selfsup", "main": "dist/index.js", "dependencies": {} }',
  'lib/selfsup/dist/index.js': '',
  'lib/selfsup-course/package.json': '{ "name": "selfsup-course", "main": "dist/index.js" }',
  'lib/selfsup-course/dist/index.js': '',
  'node_modules/undeclared/package.json': '{ "name": "undeclared", "main": "index.js" }',
  'node_modules/undeclared/index.js': '',
  'test/fixture.ts': 'export const fixture = 1;',

  'lib/selfsup/src/runtime/errors.ts': 'export class Sound extends Error {}',
  'lib/selfsup/src/losses/sound.ts': "export { Sound } from '../runtime/errors';",
  'lib/selfsup/src/training/loop/sound.ts': "export { Sound } from '../../losses/sound';",
  'lib/selfsup-course/src/sound.ts': "export * from 'selfsup';",

  'lib/selfsup/src/losses/upward.ts': "export { Sound } from '../training/loop/sound';",
  'lib/selfsup/src/text/upward-type.ts':
    "import type { Late } from '../evaluation/late';\nexport type Later = Late;",
  'lib/selfsup/src/evaluation/late.ts': 'export interface Late { late: true }',
  'lib/selfsup/src/augment/sideways.ts': "export { Sound } from '../losses/sound';",
  'lib/selfsup/src/models/hen.ts': "import './egg';\nexport const hen = 1;",
  'lib/selfsup/src/models/egg.ts': "import './hen';\nexport const egg = 1;",
  'lib/selfsup/src/data/course.ts': "export * from 'selfsup-course';",
  'lib/selfsup/src/data/fixture.ts': "export * from '../../../../test/fixture';",
  'lib/selfsup/src/data/undeclared.ts': "import 'undeclared';",
  'lib/selfsup/src/data/missing.ts': "import './nowhere';",
  'lib/selfsup/src/cupboard/anything.ts': "export { Sound } from '../runtime/errors';",
  'lib/selfsup-course/src/by-path.ts': "export * from '../../selfsup/src/losses/sound';",
  'lib/newcomer/src/index.ts': "export * from 'selfsup';",
};

let folder: string;
let violations: string[];
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'selfsup-imports-')));
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  for (const name of ['selfsup', 'selfsup-course']) {
    symlinkSync(join(folder, 'lib', name), join(folder, 'node_modules', name));
  }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', 'lib'],
    { cwd: folder, maxBuffer: 1e8 },
  ).catch((error: { stdout: string }) => error);
  const { summary } = JSON.parse(stdout) as ICruiseResult;
  violations = summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the rules of imports', () => {
  it.each([
    ['an upward import', 'selfsup-losses-imports-downwards', 'selfsup/src/losses/upward.ts'],
    [
      'an upward import of a type',
      'selfsup-text-imports-downwards',
      'selfsup/src/text/upward-type.ts',
    ],
    ['a sideways import', 'selfsup-augment-imports-downwards', 'selfsup/src/augment/sideways.ts'],
    [
      'an import of the course by the library',
      'selfsup-imports-downwards',
      'selfsup/src/data/course.ts',
    ],
    ['an import of a test', 'lib-stands-alone', 'selfsup/src/data/fixture.ts'],
    ['an undeclared package', 'declared-dependency', 'selfsup/src/data/undeclared.ts'],
    ['a missing module', 'resolvable', 'selfsup/src/data/missing.ts'],
    ['a folder without a layer', 'selfsup-folder-has-a-layer', 'selfsup/src/cupboard/anything.ts'],
    ['a package by its path', 'packages-by-name', 'selfsup-course/src/by-path.ts'],
    ['a package without a place', 'package-has-a-place', 'newcomer/src/index.ts'],
  ])('refuse %s', (_, rule, file) => {
    expect(violations).toContain(`${rule}: lib/${file}`);
  });

  it('refuse a circle', () => {
    // Named by either of its two modules.
    const circles = violations.filter((one) => one.startsWith('no-circle: '));
    expect(circles).toHaveLength(1);
    expect(circles[0]).toMatch(/models\/(hen|egg)\.ts$/);
  });

  it('let sound imports pass', () => {
    expect(violations.filter((one) => one.includes('sound.ts'))).toEqual([]);
  });
});
