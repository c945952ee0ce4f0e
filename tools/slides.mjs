// Slides of the lessons, for a beamer and without a network: `npm run slides`, `npm run slides -- 03 07 --out slides`.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { withMathml } from './course/mathml.mjs';
import { notebookNames } from './course/notebook-list.mjs';
import { ensureSetupOrExit } from './setup.mjs';
import { slideNotebook } from './slides/slide-notebook.mjs';

const HELP = `npm run slides [-- LESSON … --out FOLDER]

Makes slides (reveal.js) of the lessons with their committed outputs, one HTML file each that needs no network: open it in a
browser; F is the full screen, the arrow keys turn the slides. Without a LESSON (03, 07 …): of all.

  --out FOLDER   where they are written. Default: slides
`;

/**
 * The lessons that are meant: names such as `03` or `03-nt-xent`; all where none is given.
 *
 * @param {string[]} all
 * @param {string[]} wanted
 * @returns {string[]}
 */
function chosen(all, wanted) {
  const lessons = all.filter((name) => !name.startsWith('exercises/'));
  const unknown = wanted.filter((one) => !lessons.some((name) => name.startsWith(one)));
  if (unknown.length > 0) {
    console.error(`No lesson is called ${unknown.join(', ')}. There are: ${lessons.join(', ')}.`);
    process.exit(2);
  }
  return wanted.length === 0
    ? lessons
    : lessons.filter((name) => wanted.some((one) => name.startsWith(one)));
}

/** What the template leaves open: reveal.js and the looks of the slides. */
function withReveal(page, root) {
  const require = createRequire(join(root, 'package.json'));
  const reveal = dirname(require.resolve('reveal.js/package.json'));
  const files = {
    '/* reveal.css */': join(reveal, 'dist/reveal.css'),
    '/* reveal.js */': join(reveal, 'dist/reveal.js'),
    '/* slides.css */': join(root, 'tools/slides/slides.css'),
  };
  return Object.entries(files).reduce(
    (text, [mark, file]) => {
      // Inside a script, its end must not be written; a comment would ask for a map that is not there.
      const content = readFileSync(file, 'utf8')
        .replace(/<\/(script)/gi, '<\\/$1')
        .replace(/^\/\/# sourceMappingURL.*$/m, '');
      return text.replace(mark, () => content);
    },
    page.replace(/<link\b[^>]*\bhref="reveal\/[^>]*>/g, ''),
  );
}

/** Pictures beside the notebooks are written into the page. */
function withFigures(page, folder) {
  return page.replace(/(<img\b[^>]*\bsrc=")(figures\/[^"]+\.svg)"/g, (_, before, path) => {
    const svg = readFileSync(join(folder, path)).toString('base64');
    return `${before}data:image/svg+xml;base64,${svg}"`;
  });
}

/**
 * Makes the slides.
 *
 * @param {string} root folder of the course
 * @param {{ lessons: string[], out: string, python: string }} options
 * @returns {Promise<string[]>} the files
 * @throws Error with what nbconvert says
 */
export async function makeSlides(root, { lessons, out, python }) {
  const work = mkdtempSync(join(tmpdir(), 'selfsup-slides-'));
  try {
    const decks = lessons.map((name) => {
      const notebook = JSON.parse(readFileSync(join(root, 'notebooks', `${name}.ipynb`), 'utf8'));
      const file = join(work, `${basename(name)}.ipynb`);
      writeFileSync(file, JSON.stringify(slideNotebook(notebook)));
      return file;
    });
    const template = [
      '--template=slide-deck',
      `--TemplateExporter.extra_template_basedirs=${join(root, 'tools/slides')}`,
      // Taken out below: what it holds is written into the page.
      '--SlidesExporter.reveal_url_prefix=reveal',
    ];
    const args = ['-m', 'nbconvert', '--to', 'slides', ...template, '--log-level=ERROR', ...decks];
    await promisify(execFile)(python, args, { cwd: work });
    mkdirSync(out, { recursive: true });
    return decks.map((deck) => {
      const page = readFileSync(deck.replace(/\.ipynb$/, '.slides.html'), 'utf8');
      const file = join(out, `${basename(deck, '.ipynb')}.html`);
      const whole = withReveal(withFigures(withMathml(page), join(root, 'notebooks')), root);
      writeFileSync(file, whole);
      return file;
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string', default: 'slides' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const { root, python } = await ensureSetupOrExit();
  const lessons = chosen(notebookNames(join(root, 'notebooks')), positionals);
  const files = await makeSlides(root, { lessons, out: resolve(values.out), python });
  console.log(
    `${files.length} decks of slides in ${resolve(values.out)}. Open one in a browser; F is the full screen.`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
