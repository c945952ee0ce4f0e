import { posix } from 'node:path';

const NOTEBOOKS = 'notebooks/';
const EXERCISES = 'notebooks/exercises/';
const SOLUTIONS = 'notebooks/exercises/solutions/';
const TEACHING = 'teaching/';
/** Texts that speak to those who work on GitHub alone. */
const NO_PAGE = /^(\.github|\.devcontainer|node_modules|test)\//;

/** Sections of the site in reading order, by the paths of their files; what no other section has comes last. */
const SECTIONS = [
  {
    caption: 'Lessons',
    has: (path) => path.startsWith(NOTEBOOKS) && !path.startsWith(EXERCISES),
    first: ['notebooks/README.md'],
  },
  { caption: 'Exercises', has: (path) => path.startsWith(EXERCISES), first: [] },
  {
    caption: 'Accuracy and speed',
    has: (path) => /^(studies|bench)\/.*\.md$/.test(path),
    first: ['studies/SIMCLR-ACCURACY.md', 'bench/RESULTS.md'],
  },
  {
    caption: 'Teach with it',
    has: (path) => path.startsWith(TEACHING),
    first: ['teaching/README.md'],
  },
  {
    caption: 'The library',
    has: (path) => /^lib\/.*\.md$/.test(path),
    first: ['lib/selfsup/README.md'],
  },
  {
    caption: 'Data and licences',
    has: (path) => ['data/README.md', 'LICENSE', 'THIRD-PARTY.md'].includes(path),
    first: [],
  },
  { caption: 'About the project', has: (path) => path.endsWith('.md'), first: ['CONTRIBUTING.md'] },
];

/** @typedef {{ caption: string, paths: string[] }} Section */

/**
 * The pages of the site: which files of the course become one, under which path, in which sections.
 *
 * @param {string[]} files of the course
 * @returns {{ pages: Map<string, string>, sections: Section[], childOf: Map<string, string> }} `pages`: path of the file → path of
 *   its page's source; `sections`: paths of files; `childOf`: solutions, by their exercises
 */
export function pageList(files) {
  const own = files.filter(
    (file) =>
      !NO_PAGE.test(file) &&
      (/\.md$/.test(file) ||
        (/\.ipynb$/.test(file) && file.startsWith(NOTEBOOKS)) ||
        file === 'LICENSE'),
  );
  const pages = new Map(own.map((file) => [file, sourceOf(file)]));
  const childOf = new Map(
    own
      .filter((file) => file.startsWith(SOLUTIONS))
      .map((file) => [EXERCISES + posix.basename(file), file]),
  );
  const children = new Set(
    [...childOf.entries()].filter(([parent]) => pages.has(parent)).map(([, child]) => child),
  );
  const left = new Set(own.filter((file) => file !== 'README.md' && !children.has(file)));
  const sections = SECTIONS.map(({ caption, has, first }) => {
    const mine = [...left].filter(has);
    for (const file of mine) left.delete(file);
    const rank = (file) => (first.includes(file) ? first.indexOf(file) : first.length);
    mine.sort((a, b) => rank(a) - rank(b) || order(a, b));
    return { caption, paths: mine };
  });
  return { pages, sections: sections.filter(({ paths }) => paths.length > 0), childOf };
}

/** Where the page of a file is written, from the root of the site. */
function sourceOf(file) {
  if (file === 'README.md') return 'index.md';
  if (file === 'LICENSE') return 'LICENSE.md';
  return file;
}

/** A folder's README before its other files; else by name. */
function order(a, b) {
  const key = (file) => file.replace(/README\.md$/, '');
  return key(a) < key(b) ? -1 : 1;
}
