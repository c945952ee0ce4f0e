import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeRecord } from './placed-files.mjs';

/**
 * What is known of one file. All are fingerprints, `beside` with a name.
 *
 * @typedef {object} Given
 * @property {string | undefined} [given] what was put under its name: a file that still has it was not worked in
 * @property {string} [coming] what is about to be put there
 * @property {string} seen the course's version that was last offered: only another is offered again
 * @property {string | undefined} [bytes] of both files as they were when nothing was left to do
 * @property {{ name: string, given: string }} [beside] the course's version that lies beside the learner's
 */

/** The record of what was given to the learner. Without it every file counts as the learner's. */
export class GivenFiles {
  #file;
  /** @type {Record<string, Given>} */
  #files = {};

  /** @param {string} work the folder of the learner's copies */
  constructor(work) {
    this.#file = join(work, '.given.json');
    try {
      this.#files = JSON.parse(readFileSync(this.#file, 'utf8')).files ?? {};
    } catch {
      // None yet, or damaged.
    }
  }

  /** @returns {string[]} */
  paths() {
    return Object.keys(this.#files);
  }

  /** @param {string} path */
  get(path) {
    return this.#files[path];
  }

  /**
   * Kept at once, so that it is never behind by more than the file that is just being placed.
   *
   * @param {string} path
   * @param {Given | undefined} given
   */
  set(path, given) {
    if (JSON.stringify(this.#files[path]) === JSON.stringify(given)) return;
    if (given === undefined) delete this.#files[path];
    else this.#files[path] = given;
    placeRecord(this.#file, Buffer.from(`${JSON.stringify({ files: this.#files }, null, 1)}\n`));
  }
}
