import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { GivenFiles } from './given-files.mjs';
import { fingerprint, learnerCopy } from './learner-copy.mjs';
import {
  moveAside,
  nameOrBeside,
  namesBeside,
  placeNew,
  recover,
  removeUntouched,
  replaceUntouched,
} from './placed-files.mjs';

/** @typedef {'keep' | 'new' | 'both'} Choice what becomes of a file that both the course and the learner changed */

/**
 * @typedef {object} Changed a file that both changed
 * @property {string} path
 * @property {Choice} choice
 * @property {string} [other] where the version lies that does not have the name
 */

/**
 * What was done.
 *
 * @typedef {object} Refreshed
 * @property {string[]} made
 * @property {string[]} renewed nobody had worked in them
 * @property {string[]} removed the course has them no more and nobody had worked in them
 * @property {Changed[]} changed
 */

const RENDERING = readFileSync(new URL('./learner-copy.mjs', import.meta.url));

/** Files below a folder, hidden ones and Jupyter's checkpoints left out. */
function filesOf(folder, below = '') {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? filesOf(folder, path) : [path];
    });
}

/** The folder of learners' copies, one file after another brought to the course's version. */
class Refresh {
  /** @type {Refreshed} */
  done = { made: [], renewed: [], removed: [], changed: [] };

  constructor(notebooks, work) {
    this.notebooks = notebooks;
    this.work = work;
    this.given = new GivenFiles(work);
  }

  recover() {
    recover(this.work, (file, bytes) => {
      const path = relative(this.work, file);
      return this.given.get(path)?.given === fingerprint(path, bytes);
    });
  }

  /** Does what needs no choice. @returns {string[]} the files that both changed */
  bringUpToDate() {
    const paths = filesOf(this.notebooks);
    const clashes = paths.filter((path) => !this.#bring(path));
    for (const path of this.given.paths().filter((one) => !paths.includes(one))) this.#drop(path);
    return clashes;
  }

  #course(path) {
    const bytes = learnerCopy(path, readFileSync(join(this.notebooks, path)));
    return { bytes, print: fingerprint(path, bytes) };
  }

  /** @returns {boolean} false where the learner has to say what becomes of it */
  #bring(path) {
    const file = join(this.work, path);
    // Most often nothing has changed since the last call; reading megabytes of JSON to see that takes a second.
    const known = this.given.get(path);
    if (known?.bytes !== undefined && known.bytes === this.#bothBytes(path)) return true;
    if (!this.#compare(path, file)) return false;
    this.#remember(path);
    return true;
  }

  /** As they are, so that the next call sees at once whether anything changed. */
  #remember(path) {
    const known = this.given.get(path);
    if (known !== undefined) this.given.set(path, { ...known, bytes: this.#bothBytes(path) });
  }

  /** Of both files and of what makes a copy of the one. @returns {string | undefined} */
  #bothBytes(path) {
    const mine = join(this.work, path);
    if (!existsSync(mine)) return undefined;
    const hash = createHash('sha256').update(RENDERING);
    for (const file of [join(this.notebooks, path), mine]) {
      const bytes = readFileSync(file);
      hash.update(`${bytes.length}\n`).update(bytes);
    }
    return hash.digest('hex');
  }

  #compare(path, file) {
    const { bytes, print } = this.#course(path);
    const known = this.given.get(path);
    const whole = { given: print, seen: print };
    // Killed between the placing and the record of it, the next call still knows that nobody worked in it: neither in what
    // comes nor in what lies there now, which may itself have come in a call that was killed.
    const announce = (present = known?.given) =>
      this.given.set(path, { ...known, given: present, seen: known?.seen ?? '', coming: print });
    if (!existsSync(file)) {
      announce();
      if (!placeNew(file, bytes)) return false;
      this.done.made.push(path);
      this.given.set(path, whole);
      return true;
    }
    const mine = fingerprint(path, readFileSync(file));
    if (mine === print) {
      this.given.set(path, whole);
      return true;
    }
    if (known?.seen === print) return true;
    if (known?.given !== mine && known?.coming !== mine) return false;
    announce(mine);
    const kept = replaceUntouched(file, bytes, (old) => fingerprint(path, old) === mine);
    this.given.set(path, whole);
    if (kept === undefined) this.done.renewed.push(path);
    else this.done.changed.push({ path, choice: 'new', other: relative(this.work, kept) });
    return true;
  }

  /** The course has it no more. */
  #drop(path) {
    const file = join(this.work, path);
    const given = this.given.get(path)?.given;
    const isUntouched = (bytes) => fingerprint(path, bytes) === given;
    if (existsSync(file) && isUntouched(readFileSync(file))) {
      removeUntouched(file, isUntouched);
      this.done.removed.push(path);
    }
    this.given.set(path, undefined);
  }

  /** @param {string} path @param {Choice} choice */
  settle(path, choice) {
    this.#settle(path, choice);
    this.#remember(path);
  }

  #settle(path, choice) {
    const { bytes, print } = this.#course(path);
    const file = join(this.work, path);
    const known = this.given.get(path);
    if (choice === 'keep') {
      this.given.set(path, { ...known, seen: print });
      this.done.changed.push({ path, choice });
      return;
    }
    if (choice === 'both') {
      const name = this.#placeBeside(path, bytes, known?.beside);
      this.given.set(path, { ...known, seen: print, beside: { name, given: print } });
      this.done.changed.push({ path, choice, other: name });
      return;
    }
    const aside = join(this.work, 'set-aside', path);
    const kept = moveAside(file, nameOrBeside(aside, 'older'));
    placeNew(file, bytes);
    this.given.set(path, { given: print, seen: print });
    this.done.changed.push({ path, choice, other: relative(this.work, kept) });
  }

  /** An earlier version that lies there untouched is replaced. */
  #placeBeside(path, bytes, before) {
    if (before !== undefined) {
      const old = join(this.work, before.name);
      const isUntouched = (one) => fingerprint(path, one) === before.given;
      if (existsSync(old) && isUntouched(readFileSync(old))) {
        replaceUntouched(old, bytes, isUntouched);
        return before.name;
      }
    }
    for (const name of namesBeside(path, 'new')) {
      const file = join(this.work, name);
      if (placeNew(file, bytes)) return name;
      // By a call that was killed before it could record it.
      if (fingerprint(path, readFileSync(file)) === fingerprint(path, bytes)) return name;
    }
    throw new Error(`no name is free beside ${path}`);
  }
}

/**
 * Makes the learner's copies of the notebooks, or brings them to the course's version. A file that nobody worked in is
 * replaced, one that is missing is made again, and of one that both changed `choose` says what becomes; none of its
 * answers loses a file. Killed at any moment, it loses nothing and goes on at the next call.
 *
 * @param {string} notebooks the course's folder
 * @param {string} work the learner's folder
 * @param {(paths: string[]) => Promise<Map<string, Choice>>} choose asked once, and only if there are such files; what it
 *   leaves out is `both`
 * @returns {Promise<Refreshed>}
 */
export async function refresh(notebooks, work, choose) {
  const refreshing = new Refresh(notebooks, work);
  refreshing.recover();
  const clashes = refreshing.bringUpToDate();
  if (clashes.length > 0) {
    const choices = await choose(clashes);
    for (const path of clashes) refreshing.settle(path, choices.get(path) ?? 'both');
  }
  return refreshing.done;
}
