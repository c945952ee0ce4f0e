import { posix } from 'node:path';

/** In these languages a file is shown highlighted. */
const LANGUAGES = {
  cjs: 'javascript',
  json: 'json',
  mjs: 'javascript',
  py: 'python',
  sh: 'sh',
  ts: 'typescript',
  yaml: 'yaml',
  yml: 'yaml',
};

/** Files that no page can show as text; a reader gets them as they are. */
const BINARY =
  /\.(ipynb|png|jpe?g|gif|webp|svg|pdf|npz|npy|bin|pkl|gz|xz|tar|zip|safetensors|woff2?)$/i;

const PAGE = /\.(md|ipynb)$/;

/**
 * The anchor of a heading as Sphinx writes it: as GitHub does, in small letters and without punctuation. JupyterLab keeps both.
 *
 * @param {string} anchor with its `#`, or empty
 */
function slugOf(anchor) {
  return anchor === ''
    ? ''
    : `#${decodeURIComponent(anchor.slice(1))
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_-]/gu, '')}`;
}

/**
 * Where the links of the course's texts lead on the site. A link to a text or a notebook leads to its page, one to a folder to its
 * README; a file or folder that has no page of its own gets one that shows it, so that no link leaves the site.
 */
export class LinkPlaces {
  #pages;
  #files;
  #folders;
  /** @type {Map<string, string>} pages that show a file or a folder, by its path */
  #shown = new Map();
  /** @type {Set<string>} */
  #handedOut = new Set();
  /** @type {string[]} */
  #broken = [];

  /**
   * @param {string[]} files all files of the course
   * @param {Map<string, string>} pages path in the course → path of its page's source
   */
  constructor(files, pages) {
    this.#files = new Set(files);
    this.#pages = pages;
    this.#folders = new Set(
      files.flatMap((file) => {
        const names = file.split('/').slice(0, -1);
        return names.map((_, index) => names.slice(0, index + 1).join('/'));
      }),
    );
  }

  /** Files and folders that are to be shown, each with the path of its page's source. */
  get shown() {
    return this.#shown;
  }

  /** Links to what the course does not have, a sentence for each. */
  get broken() {
    return this.#broken;
  }

  /** Files that are linked to and no text: they stand beside the pages as they are. */
  get handedOut() {
    return this.#handedOut;
  }

  /**
   * The link as it is written on a page.
   *
   * @param {string} from path in the course of the file that holds the link
   * @param {string} page path of the page's source
   * @param {string} target as the file has it
   */
  place(from, page, target) {
    const [, path = '', anchor = ''] = /^([^#?]*)(.*)$/.exec(target) ?? [];
    const wanted = posix.normalize(posix.join(posix.dirname(from), decodeURI(path)));
    const found = this.#find(wanted.replace(/\/$/, ''));
    if (found === undefined) {
      this.#broken.push(
        `${from} links to "${target}": the course has no ${wanted}; correct the link.`,
      );
      // To the page itself, so that nobody is led nowhere.
      return posix.basename(page);
    }
    const way = posix.relative(posix.dirname(page), found);
    return way + (PAGE.test(found) ? slugOf(anchor) : anchor);
  }

  /** @param {string} path */
  #find(path) {
    const page = this.#pages.get(path) ?? this.#pages.get(posix.join(path, 'README.md'));
    if (page !== undefined) return page;
    if (path === '.') return this.#pages.get('README.md');
    if (!this.#files.has(path) && !this.#folders.has(path)) return undefined;
    if (BINARY.test(path)) {
      this.#handedOut.add(path);
      return path;
    }
    const shown = `files/${path.replace(/[^\w/-]/g, '-').replace(/^-/, '')}.md`;
    this.#shown.set(path, shown);
    return shown;
  }

  /**
   * The source of a page that shows a file or a folder.
   *
   * @param {string} path
   * @param {(file: string) => string} read
   */
  pageThatShows(path, read) {
    if (this.#files.has(path)) {
      const language = LANGUAGES[posix.extname(path).slice(1)] ?? 'text';
      return `# ${posix.basename(path)}\n\n\`${path}\`\n\n\`\`\`\`\`\`${language}\n${read(path)}\n\`\`\`\`\`\`\n`;
    }
    const page = this.#shown.get(path) ?? '';
    const items = [...this.#files]
      .filter((file) => file.startsWith(`${path}/`))
      .map((file) => {
        const name = file.slice(path.length + 1);
        const target = this.#pages.get(file);
        if (target === undefined) return `- \`${name}\``;
        return `- [\`${name}\`](${posix.relative(posix.dirname(page), target)})`;
      });
    return `# ${posix.basename(path)}/\n\n\`${path}/\` holds:\n\n${items.join('\n')}\n`;
  }
}
