#!/usr/bin/env node
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkNotebooks } from './notebooks/check.mjs';
import { readNotebooks } from './notebooks/notebook.mjs';
import { counted } from './setup/counted.mjs';

const HELP = `Checks the notebooks: types, texts and links, tslab's traps, figures and outputs.

  node tools/check-notebooks.mjs [--notebooks DIR] [--no-outputs]

  --notebooks DIR   the folder of notebooks (default: notebooks)
  --no-outputs      while writing: outputs need not be there`;

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function options() {
  try {
    return parseArgs({
      options: {
        notebooks: { type: 'string', default: join(root, 'notebooks') },
        'no-outputs': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${HELP}`);
    process.exit(2);
  }
}

/** @param {import('./notebooks/notebook.mjs').Finding} finding */
function describe({ notebook, cell, line, what, fix }) {
  const place = [
    relative(process.cwd(), notebook),
    ...(cell === undefined ? [] : [`cell ${cell}`]),
    ...(line === undefined ? [] : [`line ${line}`]),
  ];
  return `${place.join(', ')}: ${what}\n    → ${fix}`;
}

const { notebooks: folder, 'no-outputs': noOutputs, help } = options();
if (help) {
  console.log(HELP);
} else {
  const notebooks = readNotebooks(resolve(folder));
  const findings = checkNotebooks(notebooks, { root, requireOutputs: !noOutputs });
  for (const finding of findings) console.log(describe(finding));
  const count = counted(notebooks.length, 'notebook');
  if (notebooks.length === 0) {
    console.log(`There are no notebooks in ${folder}.`);
    process.exitCode = 1;
  } else if (findings.length === 0) {
    console.log(`${count} checked, nothing to fix.`);
  } else {
    console.log(`\n${count} checked, ${findings.length} to fix.`);
    process.exitCode = 1;
  }
}
