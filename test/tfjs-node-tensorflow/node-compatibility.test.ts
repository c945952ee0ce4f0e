import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(__dirname, '..', '..');

function run(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
}

const VALUES = '[undefined, null, 0, "", [], {}]';
const EXPECTED = [true, true, false, false, false, false];

it('puts back what Node 23 removed, without a warning where Node has it', () => {
  const program = `
    const util = require('node:util');
    delete util.isNullOrUndefined;
    delete util.isArray;
    require('tfjs-node-tensorflow/node-compatibility');
    console.log(JSON.stringify([
      ${VALUES}.map(require('util').isNullOrUndefined), require('util').isArray([]), util.isArray({}),
    ]));`;
  expect(JSON.parse(run('--throw-deprecation', '-e', program))).toEqual([EXPECTED, true, false]);
});

it('serves programs that cannot be changed, by --require and by import', () => {
  const program = `console.log(JSON.stringify(${VALUES}.map(require('util').isNullOrUndefined)))`;
  const args = ['--throw-deprecation', '-r', 'tfjs-node-tensorflow/node-compatibility', '-e'];
  expect(JSON.parse(run(...args, program))).toEqual(EXPECTED);
  const module = `
    import 'tfjs-node-tensorflow/node-compatibility';
    import util from 'node:util';
    console.log(JSON.stringify(${VALUES}.map(util.isNullOrUndefined)));`;
  expect(JSON.parse(run('--throw-deprecation', '--input-type=module', '-e', module))).toEqual(
    EXPECTED,
  );
});
