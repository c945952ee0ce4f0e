/** @typedef {import('./node-licences.mjs').LicensedPackage} LicensedPackage */
/** @typedef {import('./python-licences.mjs').LicensedPythonPackage} LicensedPythonPackage */

const PYTHON_HEADING = '## Python';

/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
function table(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param {LicensedPackage[]} packages */
const nodeTable = (packages) =>
  table(
    ['package', 'versions', 'licence'],
    packages.map(({ name, versions, licence }) => [name, versions.join(', '), licence]),
  );

/** @param {LicensedPythonPackage[]} packages */
const pythonTable = (packages) =>
  table(
    ['package', 'for', 'versions', 'licence'],
    packages.map(({ name, versions, licence, uses }) => [
      name,
      uses.join(', '),
      versions.join(', '),
      licence,
    ]),
  );

/** @param {{ licence: string }[]} packages */
function counts(packages) {
  /** @type {Map<string, number>} */
  const counted = new Map();
  for (const { licence } of packages) counted.set(licence, (counted.get(licence) ?? 0) + 1);
  return [...counted]
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .map(([licence, count]) => `${licence} (${count})`)
    .join(', ');
}

/**
 * `THIRD-PARTY.md`.
 *
 * @param {LicensedPackage[]} node
 * @param {LicensedPythonPackage[]} python
 */
export function thirdPartyDocument(node, python) {
  const used = node.filter(({ forWork }) => !forWork);
  const forWork = node.filter((each) => each.forWork);
  return `# Licences of others

Made by \`npm run licences\` from \`package-lock.json\` and the files that pin Python's packages; \`npm test\` checks that it is up to date and
that each licence is one of \`tools/licences/allowed-licences.mjs\`. None of these packages is in this repository: npm and pip
fetch them, unchanged, and each brings the text of its licence.

Data sets and drawings: \`data/README.md\`. The pages of the site (\`npm run site\`) carry the theme of the Executable Books and PyData
projects (BSD-3-Clause) with Bootstrap (MIT) and Font Awesome Free (MIT, CC BY 4.0, OFL-1.1), Vega (BSD-3-Clause), and KaTeX (MIT) with its fonts (OFL-1.1).

Licences that ask for more than a notice:

- **LGPL-3.0** (\`@saehrimnir/druidjs\`, t-SNE; libvips, in \`sharp\`): used as a library of its own, which
  anyone may replace by another version.
- **MPL-2.0** (\`@resvg/resvg-js\`, drawing; \`zeromq\`, the kernel; \`certifi\` and others on Python's side): changes to its files would stay under MPL.
- **NVIDIA's own licence** (the CUDA libraries, \`nvidia-…\`): not open source. Set-up fetches them on a machine with an NVIDIA GPU alone.
- **CC BY 4.0 and CC BY-SA 4.0** (Twemoji, EmojiOne, OpenMoji): the artists are named; pictures made from OpenMoji stay under its licence.

## npm: what the course and its libraries use

${used.length} packages: ${counts(used)}.

${nodeTable(used)}

## npm: what builds, tests and documents them

${forWork.length} packages: ${counts(forWork)}.

${nodeTable(forWork)}

${PYTHON_HEADING}

What each is installed for: the *course* (JupyterLab and what runs notebooks), *TensorFlow*'s libraries, the same for a *GPU*, *grading* by nbgrader
(\`npm run teach\`), the *hub* of a class (\`npm run hub\`), the *site* (\`npm run site\`), studies on a cluster by *Dask*, and the *peers* whose values
tests compare with (\`npm run peers\`; named are those that are asked for, not what they bring).

${python.length} packages: ${counts(python)}.

${pythonTable(python)}
`;
}

/**
 * Whether a document is up to date. What Python's packages say of themselves differs a little between their versions for
 * older and newer Pythons, so that of those only the names and what they are for count.
 *
 * @param {string} text
 * @param {LicensedPackage[]} node
 * @param {LicensedPythonPackage[]} python
 */
export function isCurrent(text, node, python) {
  const [forNode, forPython = ''] = text.split(PYTHON_HEADING);
  const [wanted] = thirdPartyDocument(node, python).split(PYTHON_HEADING);
  const rows = [...forPython.matchAll(/^\| ([\w.-]+ \| [\w, ]+) \| \d/gm)].map(([, row]) => row);
  const wantedRows = python.map(({ name, uses }) => `${name} | ${uses.join(', ')}`);
  return forNode === wanted && rows.join('\n') === wantedRows.join('\n');
}
