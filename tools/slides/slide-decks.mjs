import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withMathml } from '../course/mathml.mjs';
import { withoutSourceMap } from '../site/source-maps.mjs';
import { slideNotebook } from './slide-notebook.mjs';

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
      // Inside a script, its end must not be written.
      const content = withoutSourceMap(readFileSync(file, 'utf8')).replace(
        /<\/(script)/gi,
        '<\\/$1',
      );
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
