import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PROBE = `
import json, re
from importlib.metadata import distributions
found = {}
for distribution in distributions():
    data = distribution.metadata
    name = re.sub(r"[-_.]+", "-", data["Name"]).lower()
    classifiers = [one for one in data.get_all("Classifier", []) if one.startswith("License")]
    found[name] = [data.get("License-Expression") or "", data.get("License") or "", " ".join(classifiers)]
print(json.dumps(found))
`;

/** Packages that only other systems or older Pythons need, by what their records on the package index say. */
const ELSEWHERE = {
  appnope: 'BSD-2-Clause',
  colorama: 'BSD-3-Clause',
  decorator: 'BSD-2-Clause',
  exceptiongroup: 'MIT',
  'importlib-metadata': 'Apache-2.0',
  'nest-asyncio': 'BSD-3-Clause',
  pywin32: 'PSF-2.0',
  pywinpty: 'MIT',
  tomli: 'MIT',
  zipp: 'MIT',
};

/** What records that are no SPDX expression say, the more exact first. BSD alone is taken for the stricter of its two. */
const WORDS = [
  [/\bMPL\b|Mozilla Public License/, 'MPL-2.0'],
  [/BSD[- ]2/, 'BSD-2-Clause'],
  [/BSD/, 'BSD-3-Clause'],
  [/Apache/, 'Apache-2.0'],
  [/\bMIT\b/, 'MIT'],
  [/\bISC\b/, 'ISC'],
  [/\bPSFL?\b|Python Software Foundation/, 'PSF-2.0'],
];

/**
 * @param {string[]} record the licence as an expression, as a text and as classifiers
 * @returns {string} an SPDX expression
 */
export function licenceInRecord([expression = '', text = '', classifiers = '']) {
  if (expression !== '') return expression;
  // The texts of whole licences hold the names of others; their first line is the name.
  const [line = ''] = text.split('\n');
  for (const said of [line, classifiers]) {
    const word = WORDS.find(([pattern]) => /** @type {RegExp} */ (pattern).test(said));
    if (word !== undefined) return `${word[1]}`;
  }
  return 'none stated';
}

/**
 * The packages of tools/requirements.txt, of every platform and Python.
 *
 * @param {string} root of the course
 * @param {string} python of its `.venv`
 * @returns {import('./node-licences.mjs').LicensedPackage[]} ordered by name
 */
export function pythonLicences(root, python) {
  const { stdout, status, stderr } = spawnSync(python, ['-c', PROBE], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The packages of ${python} cannot be listed: ${stderr}`);
  const installed = JSON.parse(stdout);
  /** @type {Map<string, string[]>} */
  const wanted = new Map();
  const requirements = readFileSync(join(root, 'tools', 'requirements.txt'), 'utf8');
  for (const [, name = '', version = ''] of requirements.matchAll(/^([\w.-]+)==([\w.]+)/gm)) {
    const key = name.replace(/[-_.]+/g, '-').toLowerCase();
    wanted.set(key, [...(wanted.get(key) ?? []), version]);
  }
  return [...wanted].sort().map(([name, versions]) => ({
    name,
    versions: [...new Set(versions)],
    licence:
      name in installed ? licenceInRecord(installed[name]) : (ELSEWHERE[name] ?? 'none stated'),
    forWork: false,
  }));
}
