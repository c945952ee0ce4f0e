import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { headings, pictures } from '../notebooks/markdown.mjs';
import { textOf } from '../notebooks/notebook.mjs';
import { lastRun } from './last-run.mjs';
import { LinkPlaces } from './link-places.mjs';
import { withLinks } from './linked-text.mjs';
import { pageList } from './page-list.mjs';
import { openingServices } from './repository-address.mjs';
import { committedOn, repositoryFiles } from './repository-files.mjs';
import { stagedNotebook } from './staged-notebook.mjs';

/**
 * Writes what Sphinx reads: every text and notebook of the course, as it stands, with links and outputs as a site has them.
 *
 * @param {object} site
 * @param {string} site.root of the course
 * @param {string} site.source the folder for what Sphinx makes pages of
 * @param {string} site.extra the folder for what is copied to the site as it is
 * @param {string | undefined} site.repository address of the repository
 * @param {{ title: string, source: string }[]} site.reference pages of the API reference, already in `source`
 * @returns {string[]} links to what the course does not have, a sentence for each
 */
export function stageSite({ root, source, extra, repository, reference }) {
  const files = repositoryFiles(root);
  const { pages, sections, childOf } = pageList(files);
  const places = new LinkPlaces(files, pages);
  const read = (path) => readFileSync(join(root, path), 'utf8');
  const write = (folder, path, content) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  const titles = new Map();

  for (const [path, page] of pages) {
    if (!path.endsWith('.ipynb')) continue;
    const content = JSON.parse(read(path));
    const child = childOf.get(path);
    const staged = stagedNotebook({
      path,
      content,
      solution: child && JSON.parse(read(child)),
      child,
      run: lastRun(content, committedOn(root, path)),
      services: openingServices({ repository, files, path }),
      place: (from, target) => places.place(from, page, target),
    });
    const title = titleOf(textOf(content.cells[0]?.source)) || basename(path, '.ipynb');
    titles.set(path, shortTitle(title));
    write(source, page, JSON.stringify(staged.notebook));
    write(extra, path, read(path));
    for (const [file, bytes] of staged.files) write(extra, file, bytes);
    for (const { cell_type: type, source: text } of content.cells) {
      if (type === 'markdown') copyPictures(path, textOf(text));
    }
  }
  for (const [path, page] of pages) {
    if (path.endsWith('.ipynb') || path === 'README.md') continue;
    const text = path === 'LICENSE' ? licencePage(read(path)) : read(path);
    titles.set(path, pageTitle(path, titleOf(text)));
    copyPictures(path, text);
    write(
      source,
      page,
      withLinks(text, (target) => places.place(path, page, target)),
    );
  }
  const home = withLinks(read('README.md'), (target) =>
    places.place('README.md', 'index.md', target),
  );
  copyPictures('README.md', read('README.md'));
  for (const [path, page] of places.shown) {
    write(source, page, `---\norphan: true\n---\n\n${places.pageThatShows(path, read)}`);
  }
  for (const path of places.handedOut) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    copyFileSync(join(root, path), join(source, path));
  }
  const trees = sections.map(({ caption, paths }) => ({
    caption,
    entries: paths.map(
      (path) => `${titles.get(path)} <${withoutExtension(pages.get(path) ?? path)}>`,
    ),
  }));
  const library = trees.findIndex(({ caption }) => caption === 'The library');
  trees.splice(library + 1, 0, {
    caption: 'API reference',
    entries: reference.map(({ title, source: page }) => `${title} <${withoutExtension(page)}>`),
  });
  write(source, 'index.md', `${home}\n${trees.map(contentsTree).join('\n')}`);
  return places.broken;

  /** Pictures that a text shows stand beside its page as they stand beside the text. */
  function copyPictures(path, text) {
    for (const { target } of pictures(text)) {
      if (/^[a-z]+:/i.test(target)) continue;
      const picture = posix.join(posix.dirname(path), decodeURI(target));
      for (const folder of [source, extra]) {
        mkdirSync(dirname(join(folder, picture)), { recursive: true });
        copyFileSync(join(root, picture), join(folder, picture));
      }
    }
  }
}

/** @param {{ caption: string, entries: string[] }} tree */
function contentsTree({ caption, entries }) {
  return ['```{toctree}', ':hidden:', `:caption: ${caption}`, '', ...entries, '```', ''].join('\n');
}

/** @param {string} path */
function withoutExtension(path) {
  return path.replace(/\.\w+$/, '');
}

/** @param {string} text */
function titleOf(text) {
  return headings(text).find(({ level }) => level === 1)?.text ?? '';
}

/** The name of a notebook without what it explains of it: `03 · NT-Xent, the contrastive loss`. */
function shortTitle(title) {
  return title.split(/[:,]/)[0]?.trim() || title;
}

/** In the table of contents a title has to do without the page's surroundings. */
function pageTitle(path, title) {
  if (path === 'notebooks/README.md') return 'Contents';
  if (basename(path) === 'CHANGELOG.md') return `${basename(dirname(path))}: changes`;
  return title || basename(path, '.md');
}

/** @param {string} text */
function licencePage(text) {
  return `# Apache License 2.0\n\n\`\`\`text\n${text}\n\`\`\`\n`;
}
