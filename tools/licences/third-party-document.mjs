/** @typedef {import('./node-licences.mjs').LicensedPackage} LicensedPackage */

const PYTHON_HEADING = '## Python: JupyterLab and what runs notebooks';

/** @param {LicensedPackage[]} packages */
function table(packages) {
  return [
    '| package | versions | licence |',
    '| --- | --- | --- |',
    ...packages.map(
      ({ name, versions, licence }) => `| ${name} | ${versions.join(', ')} | ${licence} |`,
    ),
  ].join('\n');
}

/** @param {LicensedPackage[]} packages */
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
 * @param {LicensedPackage[]} python
 */
export function thirdPartyDocument(node, python) {
  const used = node.filter(({ forWork }) => !forWork);
  const forWork = node.filter((each) => each.forWork);
  return `# Licences of others

Made by \`npm run licences\` from \`package-lock.json\` and \`tools/requirements.txt\`; \`npm test\` checks that it is up to date and
that each licence is one of \`tools/licences/allowed-licences.mjs\`. None of these packages is in this repository: npm and pip
fetch them, unchanged, and each brings the text of its licence.

Beside them, set-up fetches TensorFlow's libraries (Apache-2.0) from the Python package \`tensorflow-cpu\` or \`tensorflow\`.
Data sets and drawings: \`data/README.md\`. The site (\`npm run site\`) is made by Sphinx (BSD-2-Clause) with the packages of
\`tools/site/requirements.txt\`; its pages carry the theme of the Executable Books and PyData projects (BSD-3-Clause) with Bootstrap (MIT)
and Font Awesome Free (MIT, CC BY 4.0, OFL-1.1), Vega (BSD-3-Clause), and KaTeX (MIT) with its fonts (OFL-1.1).

Licences that ask for more than a notice:

- **LGPL-3.0** (\`@saehrimnir/druidjs\`, t-SNE; libvips, in \`sharp\`): used as a library of its own, which
  anyone may replace by another version.
- **MPL-2.0** (\`@resvg/resvg-js\`, drawing; \`zeromq\`, the kernel; \`certifi\` and others on Python's side): changes to its files would stay under MPL.
- **CC BY 4.0 and CC BY-SA 4.0** (Twemoji, EmojiOne, OpenMoji): the artists are named; pictures made from OpenMoji stay under its licence.

## npm: what the course and its libraries use

${used.length} packages: ${counts(used)}.

${table(used)}

## npm: what builds, tests and documents them

${forWork.length} packages: ${counts(forWork)}.

${table(forWork)}

${PYTHON_HEADING}

${python.length} packages: ${counts(python)}.

${table(python)}
`;
}

/**
 * Whether a document is up to date. What Python's packages say of themselves differs a little between their versions for
 * older and newer Pythons, so that of those only the names count.
 *
 * @param {string} text
 * @param {LicensedPackage[]} node
 * @param {LicensedPackage[]} python
 */
export function isCurrent(text, node, python) {
  const [forNode, forPython = ''] = text.split(PYTHON_HEADING);
  const [wanted] = thirdPartyDocument(node, python).split(PYTHON_HEADING);
  const names = [...forPython.matchAll(/^\| ([\w.-]+) \| [\d]/gm)].map(([, name]) => name);
  return forNode === wanted && names.join() === python.map(({ name }) => name).join();
}
