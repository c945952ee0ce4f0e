import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isAllowed } from '../../tools/licences/allowed-licences.mjs';
import { nodeLicences } from '../../tools/licences/node-licences.mjs';
import {
  licenceInRecord,
  REQUIREMENTS,
  requiredPackages,
} from '../../tools/licences/python-licences.mjs';
import { PYTHON_RECORDS } from '../../tools/licences/python-records.mjs';
import { isCurrent, thirdPartyDocument } from '../../tools/licences/third-party-document.mjs';

const ROOT = join(__dirname, '../..');

it.each([
  ['MIT', true],
  ['(BSD-3-Clause AND Apache-2.0)', true],
  ['MIT OR GPL-3.0-only', true],
  ['MIT AND Apache-2.0 WITH LLVM-exception', true],
  ['GPL-3.0-only', false],
  ['MIT AND GPL-3.0-only', false],
  ['AGPL-3.0-or-later', false],
  ['SEE LICENSE IN README.md', false],
  ['UNLICENSED', false],
  ['none stated', false],
  ['', false],
])('the licence "%s": allowed is %s', (licence, allowed) => {
  expect(isAllowed(licence)).toBe(allowed);
});

it('a lock file tells each package once, with its versions and what it is for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'selfsup-licences-'));
  try {
    const packages = {
      '': { name: 'root' },
      'lib/own': { version: '1.0.0', license: 'Apache-2.0' },
      'node_modules/own': { link: true, resolved: 'lib/own' },
      'node_modules/a': { version: '2.0.0', license: 'MIT', dev: true },
      'node_modules/b/node_modules/a': { version: '1.0.0', license: 'MIT' },
      'node_modules/@s/c': { version: '3.0.0', dev: true },
      'node_modules/wordwrap': { version: '0.0.2', license: 'MIT/X11' },
    };
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
    expect(nodeLicences(folder)).toEqual([
      { name: '@s/c', versions: ['3.0.0'], licence: 'none stated', forWork: true },
      { name: 'a', versions: ['1.0.0', '2.0.0'], licence: 'MIT', forWork: false },
      { name: 'wordwrap', versions: ['0.0.2'], licence: 'MIT', forWork: false },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.each([
  [['Apache-2.0 OR BSD-2-Clause', 'x', 'y'], 'Apache-2.0 OR BSD-2-Clause'],
  [['', 'BSD 2-Clause License\n\nThe MIT …', ''], 'BSD-2-Clause'],
  [['', 'Copyright (c) Somebody', 'License :: OSI Approved :: BSD License'], 'BSD-3-Clause'],
  [['', 'PSFL', ''], 'PSF-2.0'],
  [['', 'UNKNOWN', 'License :: OSI Approved :: ISC License (ISCL)'], 'ISC'],
  [['', 'GPL', ''], 'none stated'],
])('a record of Python %j is %s', (record, licence) => {
  expect(licenceInRecord(record)).toBe(licence);
});

it('the list is out of date where a package, a version or a licence is another', () => {
  const one = { name: 'a', versions: ['1.0.0'], licence: 'MIT', forWork: false };
  const forPython = { name: 'p', versions: ['2.0.0'], licence: 'MIT', uses: ['course', 'hub'] };
  const text = thirdPartyDocument([one], [forPython]);
  expect(isCurrent(text, [one], [forPython])).toBe(true);
  expect(isCurrent(text, [{ ...one, licence: 'ISC' }], [forPython])).toBe(false);
  expect(isCurrent(text, [{ ...one, versions: ['1.0.1'] }], [forPython])).toBe(false);
  expect(isCurrent(text, [one], [forPython, { ...forPython, name: 'q' }])).toBe(false);
  expect(isCurrent(text, [one], [{ ...forPython, uses: ['course'] }])).toBe(false);
  expect(isCurrent(text, [one], [])).toBe(false);
});

it('every file that pins packages of Python is read', () => {
  const pins = execFileSync('git', ['ls-files', '*requirements*.txt', '*/wheels/*.txt'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const read = REQUIREMENTS.map(({ file }) => file).sort();
  expect(pins.trim().split('\n').sort()).toEqual(read);
});

it('every package of Python has its line, with a licence that is allowed', () => {
  const required = [...requiredPackages(ROOT).keys()].sort();
  const [, text = ''] = readFileSync(join(ROOT, 'THIRD-PARTY.md'), 'utf8').split('## Python');
  const lines = [...text.matchAll(/^\| (\S+) \| [\w, ]+ \| \d\S*.* \| ([^|]+) \|$/gm)];
  expect(lines.map(([, name]) => name)).toEqual(required);
  for (const [line, , licence = ''] of lines) expect(isAllowed(licence), line).toBe(true);
  // What is no longer required needs no record.
  for (const name of Object.keys(PYTHON_RECORDS)) expect(required).toContain(name);
});
