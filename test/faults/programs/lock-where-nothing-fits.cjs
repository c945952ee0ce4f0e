// lock-where-nothing-fits.cjs LOCK FOLDER: takes a lock where files can be made and nothing can be written into them, and prints the
// error's message and what is left in the folder.
const { readdirSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const [, , kind, folder] = process.argv;
const root = join(__dirname, '../../..');
const LOCKS = {
  checkpoint: () => {
    const file = 'lib/selfsup/dist/training/files/write-lock.js';
    return require(join(root, file)).takeWriteLock(join(folder, 'run.safetensors'));
  },
  download: () => {
    const { withLock } = require(join(root, 'lib/verified-download/dist/lock.js'));
    return withLock(join(folder, 'data'), {}, async () => {});
  },
  setup: async () => {
    const { withLock } = await import(pathToFileURL(join(root, 'tools/setup/setup-lock.mjs')));
    return withLock(join(folder, 'setup.lock'), { say() {} }, async () => {});
  },
};

LOCKS[kind]().then(
  () => console.log(JSON.stringify({ message: 'no error', left: readdirSync(folder) })),
  ({ message }) => console.log(JSON.stringify({ message, left: readdirSync(folder) })),
);
