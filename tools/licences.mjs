// The licences of everything that others wrote: `npm run licences` writes THIRD-PARTY.md, `--check` only looks. Both fail where a
// licence is not allowed. It needs no network.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine, UsageError } from './command-line.mjs';
import { isAllowed } from './licences/allowed-licences.mjs';
import { nodeLicences } from './licences/node-licences.mjs';
import { pythonLicences } from './licences/python-licences.mjs';
import { isCurrent, thirdPartyDocument } from './licences/third-party-document.mjs';
import { ensureSetupOrExit } from './setup.mjs';

const HELP = `Writes THIRD-PARTY.md: the packages of others, each with its licence. Fails where a licence is not allowed.

  npm run licences -- [options]

  --check   only look whether it is up to date
  --help    this text`;

function readOptions() {
  try {
    return readCommandLine('npm run licences -- --help', {
      options: {
        check: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

const { check, help } = readOptions();
if (help) {
  console.log(HELP);
  process.exit(0);
}
const { root, python } = await ensureSetupOrExit();
const node = nodeLicences(root);
const forPython = pythonLicences(root, python);
const refused = [...node, ...forPython].filter(({ licence }) => !isAllowed(licence));
for (const { name, versions, licence } of refused) {
  console.error(
    `${name} ${versions.join(', ')}: "${licence}" is not allowed. Use another package, or add the licence to ` +
      'tools/licences/allowed-licences.mjs; where the record is wrong, say what the package says in tools/licences/.',
  );
}
const file = join(root, 'THIRD-PARTY.md');
if (!check) writeFileSync(file, thirdPartyDocument(node, forPython));
const current = existsSync(file) && isCurrent(readFileSync(file, 'utf8'), node, forPython);
if (!current) console.error('THIRD-PARTY.md is out of date: run "npm run licences".');
const ok = refused.length === 0 && current;
if (ok) console.log(`${node.length + forPython.length} packages, every licence allowed.`);
process.exitCode = ok ? 0 : 1;
