// What `npm start` does for one learner, done for a learner of the hub: a folder of their own that shows the shared course, with
// their copies of the notebooks. Prints the folder and JupyterLab's options as JSON.
import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bringMyWork } from '../../tools/my-work.mjs';
import { labArguments } from '../../tools/start/lab-options.mjs';

const COURSE = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Read, never written: packages for kernels, the course's texts, and data. */
const SHARED = [
  'README.md',
  'package.json',
  'node_modules',
  'lib',
  'notebooks',
  'examples',
  'data',
];

/** @param {string} link @param {string} target */
function linkTo(link, target) {
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() && readlinkSync(link) === target) return;
  // What a learner put there in its place stays theirs.
  if (there !== undefined && !there.isSymbolicLink()) return;
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

const root = join(homedir(), 'selfsup');
mkdirSync(root, { recursive: true, mode: 0o700 });
for (const name of SHARED) {
  if (existsSync(join(COURSE, name))) linkTo(join(root, name), join(COURSE, name));
}
const env = { ...process.env, SELFSUP_MY_WORK: 'my-work' };
const report = { say: (/** @type {string} */ text) => console.error(text) };
const cache = join(homedir(), '.cache', 'selfsup');
// Nobody is there to be asked: where both changed a notebook, the learner gets both.
const folder = await bringMyWork({ root, env, cache, report, changes: 'both' });
const isTrial = process.env.SELFSUP_HUB_TRY === '1' && process.getuid?.() === 0;
const options = labArguments({
  root,
  folder,
  transport: 'ipc',
  given: isTrial ? ['--ServerApp.allow_root=True'] : [],
  forClass: true,
  env,
  platform: process.platform,
  isRoot: false,
});
// The address is the hub's to give.
const own = options.filter((option) => !/^--(no-browser|ServerApp\.ip=)/.test(option));
console.log(JSON.stringify({ folder: root, options: own }));
