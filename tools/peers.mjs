// Makes the fixtures of test/peers again, with the libraries this one is compared with: `npm run peers` for all, or by name:
// `npm run peers -- losses layers`. Python's packages come into an environment of their own, outside of the repository.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { findPython } from './setup/python-interpreter.mjs';
import { setupContext } from './setup/setup-context.mjs';

const context = setupContext();
const folder = join(context.root, 'test/peers');
const written = join(folder, 'fixtures/written-by-selfsup.safetensors');

/** Each fixture's script, and the folder that it is run in. */
const SCRIPTS = {
  losses: 'test/peers/python/losses.py',
  augmentations: 'test/peers/python/augmentations.py',
  metrics: 'test/peers/python/metrics.py',
  training: 'test/peers/python/training.py',
  layers: 'test/peers/python/layers.py',
  transformer: 'test/peers/python/transformer.py',
  models: 'test/peers/python/models.py',
  'file-formats': 'test/peers/python/file_formats.py',
  safetensors: 'test/selfsup/training/files/fixtures/make-fixtures.py',
  pickles: 'test/cifar10-loader/pickles/make.py',
};

/** @param {string} message */
function fail(message) {
  console.error(message);
  process.exit(1);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} [cwd]
 */
function run(command, args, cwd = context.root) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status !== 0)
    fail(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}.`);
}

/** The Python of an environment that holds exactly test/peers/requirements.txt; made where it is missing or other. */
function python() {
  const environment =
    process.env.PEERS_ENVIRONMENT ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'selfsup-peers');
  const interpreter = join(environment, 'bin/python');
  const requirements = join(folder, 'requirements.txt');
  const stamp = join(environment, 'installed.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return interpreter;
  console.log(
    `Installing ${requirements} into ${environment} (about 6 GB; remove the folder when you are done).`,
  );
  const { program } = findPython(context);
  if (!existsSync(interpreter)) run(program, ['-m', 'venv', environment]);
  run(interpreter, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  writeFileSync(stamp, wanted);
  return interpreter;
}

/** What Python shall read: numbers of several types, their extremes, text beside them, written by this library. */
async function writeSafetensors() {
  const library = await import('selfsup/training').catch(() => undefined);
  if (library === undefined) fail('The library is not compiled; run "npm run build" first.');
  const { encodeSafetensors } = /** @type {typeof import('selfsup/training')} */ (library);
  const bytes = encodeSafetensors({
    tensors: [
      {
        name: 'weights',
        dtype: 'F32',
        shape: [2, 3],
        values: Float32Array.of(1, -0.5, 1e-38, 3.4e38, -0, 7),
      },
      { name: 'half', dtype: 'F16', shape: [4], values: Float32Array.of(1, 65504, 6e-8, -2.5) },
      {
        name: 'steps',
        dtype: 'I64',
        shape: [2],
        values: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
      },
      { name: 'bytes', dtype: 'U8', shape: [3], values: Uint8Array.of(0, 127, 255) },
      { name: 'größe/Ω "quoted"', dtype: 'I32', shape: [1], values: Int32Array.of(-5) },
      { name: 'empty', dtype: 'F32', shape: [0, 3], values: new Float32Array(0) },
      { name: 'scalar', dtype: 'F64', shape: [], values: Float64Array.of(Math.PI) },
    ],
    metadata: { note: 'two\nlines, "quotes" and Ω' },
  });
  writeFileSync(written, bytes);
}

const names = process.argv.slice(2);
if (names.includes('--help') || names.includes('-h')) {
  console.log(`Makes the fixtures of test/peers again, with the libraries this one is compared with; about 6 GB of Python's packages.

  npm run peers -- [NAME …]

  NAME   which of them (default: all):
         ${Object.keys(SCRIPTS).join(', ')}`);
  process.exit(0);
}
const unknown = names.filter((name) => !(name in SCRIPTS));
if (unknown.length > 0) {
  fail(
    `There is no fixture named ${unknown.join(', ')}; there are ${Object.keys(SCRIPTS).join(', ')}.`,
  );
}
const interpreter = python();
for (const [name, script] of Object.entries(SCRIPTS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  if (name === 'file-formats') await writeSafetensors();
  const path = join(context.root, script);
  run(interpreter, [path], dirname(path));
}
