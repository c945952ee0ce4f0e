import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A package of others.
 *
 * @typedef {{ name: string, versions: string[], licence: string, forWork: boolean }} LicensedPackage
 *   `forWork`: it is used to test, build or document alone, and no user of the libraries gets it
 */

/**
 * Licences that a package's record does not say in the words of SPDX: read in the file of the package that is named.
 *
 * @type {Readonly<Record<string, string>>}
 */
const READ_IN_PACKAGE = {
  'dejavu-fonts-ttf@2.37.3': 'Bitstream-Vera', // LICENSE
  'duplexer2@0.0.2': 'BSD-3-Clause', // LICENSE.md
  'escodegen@1.3.3': 'BSD-2-Clause', // LICENSE.BSD
  'esprima@1.1.1': 'BSD-2-Clause', // README.md
  'esprima@1.2.5': 'BSD-2-Clause', // LICENSE.BSD
  'estraverse@1.5.1': 'BSD-2-Clause', // LICENSE.BSD
  'esutils@1.0.0': 'BSD-2-Clause', // README.md
  'source-map@0.1.43': 'BSD-3-Clause', // LICENSE
  'window-size@0.1.0': 'MIT', // LICENSE-MIT
  'wordwrap@0.0.2': 'MIT', // package.json: MIT/X11
  'xtend@2.1.2': 'MIT', // LICENCE
};

/**
 * The packages in a lock file, of every platform, whether they are installed here or not.
 *
 * @param {string} root the folder of package-lock.json
 * @returns {LicensedPackage[]} ordered by name
 */
export function nodeLicences(root) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  /** @type {Map<string, LicensedPackage>} */
  const found = new Map();
  for (const [path, entry] of Object.entries(lock.packages)) {
    const [, name] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (name === undefined || entry.link) continue;
    const licence = READ_IN_PACKAGE[`${name}@${entry.version}`] ?? entry.license ?? 'none stated';
    const key = `${name} ${licence}`;
    const { versions, forWork } = found.get(key) ?? { versions: [], forWork: true };
    found.set(key, {
      name,
      versions: [...new Set([...versions, entry.version])].sort(),
      licence,
      forWork: forWork && entry.dev === true,
    });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
