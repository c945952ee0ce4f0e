import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeApiReference } from './api-reference.mjs';
import { finishedPage } from './finished-page.mjs';
import { assertMayHoldSite } from './site-options.mjs';
import { removeSourceMaps, withoutSourceMap } from './source-maps.mjs';
import { stageSite } from './staged-site.mjs';

const SPHINX = fileURLToPath(new URL('./sphinx', import.meta.url));

/** What Sphinx leaves that only Sphinx reads, and what no page loads: see finished-page.mjs for the icons. */
const LEFTOVERS = [
  ...['.buildinfo', '.doctrees', '_sources', 'objects.inv'],
  '_static/scripts/fontawesome.js',
];

/**
 * Makes the site.
 *
 * @param {object} site
 * @param {string} site.root of the course
 * @param {string} site.python an interpreter with `tools/site/requirements.txt`
 * @param {string} site.out the folder it goes to; an earlier site there is replaced when the new one is whole
 * @param {string | undefined} site.repository
 * @param {(text: string) => void} site.say progress
 * @returns {Promise<{ pages: number, warnings: string[], seconds: number }>} `warnings` of Sphinx: links that lead nowhere and the like
 */
export async function buildSite({ root, python, out, repository, say }) {
  const started = performance.now();
  assertMayHoldSite(out);
  const work = mkdtempSync(join(tmpdir(), 'selfsup-site-'));
  const source = join(work, 'source');
  const extra = join(work, 'extra');
  const html = join(work, 'html');
  for (const folder of [source, extra]) mkdirSync(folder);
  try {
    say('API reference …');
    const reference = writeApiReference({ root, source });
    say('Lessons, exercises and texts …');
    const broken = stageSite({ root, source, extra, repository, reference });
    stageLibraries(root, join(extra, '_static'));
    const sphinx = await runSphinx({ python, source, extra, html, repository });
    const pages = finishPages(html);
    replaceFolder(html, out);
    return {
      pages,
      warnings: [...broken, ...sphinx],
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What pages load from their own site: Vega, and the style and fonts of formulas. */
function stageLibraries(root, folder) {
  const vega = join(folder, 'vega');
  mkdirSync(vega, { recursive: true });
  for (const name of ['vega', 'vega-lite', 'vega-embed']) {
    const file = join(root, 'node_modules', name, 'build', `${name}.min.js`);
    writeFileSync(join(vega, `${name}.min.js`), withoutSourceMap(readFileSync(file, 'utf8')));
  }
  const katex = join(root, 'node_modules/katex/dist');
  mkdirSync(join(folder, 'katex', 'fonts'), { recursive: true });
  cpSync(join(katex, 'katex.min.css'), join(folder, 'katex', 'katex.min.css'));
  for (const font of readdirSync(join(katex, 'fonts')).filter((name) => name.endsWith('.woff2'))) {
    cpSync(join(katex, 'fonts', font), join(folder, 'katex', 'fonts', font));
  }
}

/** @returns {Promise<string[]>} its warnings, a line each */
function runSphinx({ python, source, extra, html, repository }) {
  const log = join(dirname(html), 'warnings.txt');
  const args = ['-m', 'sphinx', '-b', 'html', '-q', '-j', 'auto', '--keep-going'];
  const child = spawn(
    python,
    [...args, '-w', log, '-c', SPHINX, '-d', join(dirname(html), 'doctrees'), source, html],
    {
      env: {
        ...process.env,
        SITE_EXTRA: extra,
        SITE_REPOSITORY: repository ?? '',
        PYTHONUTF8: '1',
        PYTHONNOUSERSITE: '1',
        PYTHONDONTWRITEBYTECODE: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) {
        reject(new Error(`Sphinx failed (exit status ${code}):\n${text.slice(-8000)}`));
        return;
      }
      const warnings = existsSync(log)
        ? readFileSync(log, 'utf8').replaceAll(`${source}/`, '')
        : '';
      resolve(warnings.split('\n').filter((line) => line.trim() !== ''));
    });
  });
}

/** @returns {number} how many pages there are */
function finishPages(folder) {
  for (const name of LEFTOVERS) rmSync(join(folder, name), { recursive: true, force: true });
  // GitHub Pages would leave out folders that begin with an underscore.
  writeFileSync(join(folder, '.nojekyll'), '');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  removeSourceMaps(join(folder, '_static'));
  const pages = files.filter((name) => name.endsWith('.html') && !name.startsWith('_static'));
  for (const page of pages) {
    const file = join(folder, page);
    writeFileSync(file, finishedPage(readFileSync(file, 'utf8'), page));
  }
  return pages.length;
}

/** Puts one folder in the place of another, so that no half-written site is ever seen. */
function replaceFolder(from, to) {
  const next = join(dirname(to), `.${basename(to)}-${process.pid}`);
  rmSync(next, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, next, { recursive: true });
  rmSync(to, { recursive: true, force: true });
  renameSync(next, to);
}
