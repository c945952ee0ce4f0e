import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PYTHON_RECORDS } from './python-records.mjs';

/**
 * A package of others from Python's index.
 *
 * @typedef {{ name: string, versions: string[], licence: string, uses: string[] }} LicensedPythonPackage
 *   `uses`: what it is installed for
 */

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

/**
 * What installs packages from Python's index, and what for. Each is a file of requirements.
 *
 * @type {readonly { file: string, use: string }[]}
 */
export const REQUIREMENTS = [
  { file: 'tools/requirements.txt', use: 'course' },
  { file: 'lib/tfjs-node-tensorflow/wheels/tensorflow-darwin-arm64.txt', use: 'TensorFlow' },
  { file: 'lib/tfjs-node-tensorflow/wheels/tensorflow-linux-arm64.txt', use: 'TensorFlow' },
  { file: 'lib/tfjs-node-tensorflow/wheels/tensorflow-linux-x64.txt', use: 'TensorFlow' },
  { file: 'lib/tfjs-node-tensorflow/wheels/tensorflow-linux-x64-cuda.txt', use: 'GPU' },
  { file: 'teaching/nbgrader/requirements.txt', use: 'grading' },
  { file: 'teaching/jupyterhub/requirements.txt', use: 'hub' },
  { file: 'tools/site/requirements.txt', use: 'site' },
  { file: 'studies/requirements-dask.txt', use: 'Dask' },
  { file: 'test/peers/requirements.txt', use: 'peers' },
];

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
 * The packages of all files of requirements, of every platform and Python.
 *
 * @param {string} root of the course
 * @param {string} python of its `.venv`
 * @returns {LicensedPythonPackage[]} ordered by name
 */
export function pythonLicences(root, python) {
  const { stdout, status, stderr } = spawnSync(python, ['-c', PROBE], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The packages of ${python} cannot be listed: ${stderr}`);
  const installed = JSON.parse(stdout);
  return [...requiredPackages(root)].sort().map(([name, { versions, uses }]) => ({
    name,
    versions: [...versions].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
    uses: [...uses],
    licence:
      name in installed
        ? licenceInRecord(installed[name])
        : (PYTHON_RECORDS[name] ?? 'none stated'),
  }));
}

/**
 * @param {string} root of the course
 * @returns {Map<string, { versions: Set<string>, uses: Set<string> }>} by name, as the index writes it
 */
export function requiredPackages(root) {
  /** @type {Map<string, { versions: Set<string>, uses: Set<string> }>} */
  const wanted = new Map();
  for (const { file, use } of REQUIREMENTS) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, written = '', version = ''] of text.matchAll(/^([\w.-]+)==([\w.]+)/gm)) {
      const name = written.replace(/[-_.]+/g, '-').toLowerCase();
      const one = wanted.get(name) ?? { versions: new Set(), uses: new Set() };
      one.versions.add(version);
      one.uses.add(use);
      wanted.set(name, one);
    }
  }
  return wanted;
}
