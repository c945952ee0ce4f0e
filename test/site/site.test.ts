/// <reference lib="dom" />
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHROMIUM_ARGUMENTS, findChromium } from '../notebooks/browser/chromium-browser';
import { firstLook, type OpenedPage, openPage, violations } from './page-visit';
import { brokenLinks, elementsOf, pagesOf } from './site-pages';
import { StaticServer } from './static-server';

const root = fileURLToPath(new URL('../..', import.meta.url));
const executable = findChromium();
/** Of tools/site.mjs: the site's Python packages are not there and cannot be fetched. */
const SET_UP_FAILED = 3;
/** For a visit to every page: seconds on a machine of its own, many times that on a busy one. */
const PATIENCE = 3_600_000;
/** For what a browser shows a moment later. */
const WAIT = { timeout: 60_000 };
/** What a page may weigh before its pictures. */
const PAGE_BYTES = 1.5e6;
const LESSON = 'notebooks/03-nt-xent.html';

/** What a reader of a phone, or of a desk's screen, sees at once. */
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 400, height: 800 };

/** The site of another folder, where one is being worked on: it is tested as it is. */
const made = process.env.SITE_FOLDER;
const site = made ?? path.join(mkdtempSync(path.join(tmpdir(), 'selfsup-site-test-')), 'site');

/** `npm run site`: its exit status and the lines it printed. */
function siteBuild(): Promise<{ status: number; text: string[] }> {
  const program = path.join(root, 'tools/site.mjs');
  return new Promise((resolve) => {
    execFile(process.execPath, [program, '--out', site], (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ status, text: `${stdout}${stderr}`.trim().split('\n') });
    });
  });
}

const sizeOf = (page: string) => statSync(path.join(site, page)).size;

/** Of each folder the page that comes first. */
function firstOfEachFolder(pages: readonly string[]): string[] {
  const first = new Map<string, string>();
  for (const page of pages) {
    const folder = path.dirname(page);
    if (!first.has(folder)) first.set(folder, page);
  }
  return [...first.values()];
}

describe.skipIf(executable === null)(
  'the site in Chromium (needs it: apt-get install chromium)',
  () => {
    let missing: string | undefined;
    let server: StaticServer;
    let browser: Browser;
    let pages: string[] = [];

    beforeAll(async () => {
      if (made === undefined) {
        const { status, text } = await siteBuild();
        // Where packages cannot be had, a learner's machine goes without the site; CI does not.
        if (status === SET_UP_FAILED && !process.env.CI) {
          missing = text.at(-1) ?? 'the site cannot be set up';
          console.log(`skipped: ${missing}`);
          // Sphinx's warnings, a link that leads nowhere for one, are the text of the failure.
        } else
          expect(text.slice(-20), 'npm run site').toEqual(status === 0 ? expect.anything() : []);
      }
      if (missing !== undefined) return;
      pages = pagesOf(site);
      server = await StaticServer.start(site);
      browser = await chromium.launch({
        executablePath: executable as string,
        args: CHROMIUM_ARGUMENTS,
      });
    }, PATIENCE);
    beforeEach(({ skip }) => {
      if (missing !== undefined) skip(missing);
    });
    afterAll(async () => {
      await browser?.close();
      await server?.stop();
      if (made === undefined) rmSync(path.dirname(site), { recursive: true, force: true });
    });

    async function withPage<T>(
      options: Parameters<Browser['newContext']>[0],
      work: (opened: OpenedPage) => Promise<T>,
    ): Promise<T> {
      const context = await browser.newContext(options);
      try {
        return await work(await openPage(context, server.address));
      } finally {
        await context.close();
      }
    }

    it('has an index, every notebook, the API reference, the tables of accuracy and speed, and licences', () => {
      for (const page of [
        ...['index.html', 'search.html', LESSON, 'notebooks/exercises/3-moco.html'],
        ...[
          'notebooks/exercises/solutions/3-moco.html',
          'bench/RESULTS.html',
          'studies/SIMCLR-ACCURACY.html',
        ],
        ...['LICENSE.html', 'THIRD-PARTY.html', 'api/selfsup/src/losses.html'],
      ]) {
        expect(pages).toContain(page);
      }
    });

    it('has no link, picture, script or anchor that leads nowhere', () => {
      const elements = new Map(pages.map((page) => [page, elementsOf(site, page)]));
      expect(brokenLinks(site, elements)).toEqual([]);
      const links = [...elements.values()]
        .flat()
        .filter(({ attributes }) => attributes.href?.endsWith('.html'));
      expect(links.length).toBeGreaterThan(pages.length);
      expect(links.filter(({ attributes }) => /\.ipynb(#|$)/.test(attributes.href ?? ''))).toEqual(
        [],
      );
    });

    it('loads pictures only when they come into view, and describes each', () => {
      const images = pages.flatMap((page) =>
        elementsOf(site, page)
          .filter(({ name }) => name === 'img')
          .map(({ attributes }) => ({ page, ...attributes }) as Record<string, string | undefined>),
      );
      expect(images.length).toBeGreaterThan(50);
      expect(images.filter(({ loading }) => loading !== 'lazy')).toEqual([]);
      expect(images.filter(({ alt }) => !alt?.trim())).toEqual([]);
      expect(images.filter(({ src }) => src?.startsWith('data:') && src.length > 5000)).toEqual([]);
    });

    it('finds a word, and leads from the find to its page', async () => {
      await withPage({ viewport: DESK }, async ({ page, faults }) => {
        await page.goto(server.address);
        await page.keyboard.press('Control+K');
        await page.keyboard.type('temperature');
        await page.keyboard.press('Enter');
        const results = page.locator('#search-results .search li a');
        await results.first().waitFor();
        await expect
          .poll(() => results.allTextContents(), WAIT)
          .toContainEqual(expect.stringContaining('NT-Xent'));
        await results.filter({ hasText: 'NT-Xent' }).first().click();
        await page.waitForURL(/03-nt-xent|nt-xent|losses/);
        expect(faults).toEqual([]);
      });
    });

    it('leads from page to page: contents, previous and next, headings, and links between notebooks', async () => {
      await withPage({ viewport: DESK }, async ({ page }) => {
        await page.goto(server.address + LESSON);
        await page.locator('.bd-toc-nav a, .page-toc a').first().waitFor();
        await page.locator('a.right-next').click();
        expect(new URL(page.url()).pathname).toContain('/notebooks/04-training-loop.html');
        await page.locator('a.left-prev').click();
        expect(new URL(page.url()).pathname).toContain('/notebooks/03-nt-xent.html');
        await page.locator('article a', { hasText: '02 Encoder' }).first().click();
        expect(new URL(page.url()).pathname).toContain('/notebooks/02-encoder.html');
        await page.locator('.bd-sidebar-primary a', { hasText: 'Exercise 3' }).first().click();
        expect(new URL(page.url()).pathname).toContain('/notebooks/exercises/3-moco.html');
      });
    });

    it('draws a chart in the place of its picture, with the same description', async () => {
      await withPage({ viewport: DESK }, async ({ page, faults }) => {
        await page.goto(`${server.address}notebooks/04-training-loop.html`);
        const figure = page.locator('figure[data-chart]').first();
        await figure.scrollIntoViewIfNeeded();
        const canvas = figure.locator('canvas');
        await canvas.waitFor();
        expect(await figure.locator('img').isHidden()).toBe(true);
        expect((await canvas.getAttribute('aria-label'))?.length).toBeGreaterThan(20);
        expect(faults).toEqual([]);
      });
    });

    it('draws a chart as narrow as the screen of a phone', async () => {
      await withPage({ viewport: PHONE }, async ({ page, faults }) => {
        await page.goto(server.address + LESSON);
        const figure = page.locator('figure[data-chart]').first();
        const desk = Number(await figure.locator('img').getAttribute('width'));
        expect(desk).toBeGreaterThan(PHONE.width);
        await figure.scrollIntoViewIfNeeded();
        await page.locator('figure.is-drawn').first().waitFor();
        expect(
          await figure.evaluate((element) => element.scrollWidth - element.clientWidth),
        ).toBeLessThanOrEqual(0);
        expect(faults).toEqual([]);
      });
    });

    it('keeps sliders alive', async () => {
      await withPage({ viewport: DESK }, async ({ page, faults }) => {
        await page.goto(server.address + LESSON);
        // A chart of our own in the page's place for one: the lessons' sliders are theirs to change.
        await page.evaluate(() => {
          const figure = document.querySelector<HTMLElement>('figure[data-chart]');
          if (figure === null) throw new Error('the page has no chart');
          const spec = {
            data: { values: [{ x: 1, y: 1 }] },
            params: [
              { name: 'height', value: 1, bind: { input: 'range', min: 0, max: 10, step: 1 } },
            ],
            transform: [{ calculate: 'height', as: 'y2' }],
            mark: 'bar',
            encoding: {
              x: { field: 'x' },
              y: { field: 'y2', type: 'quantitative', scale: { domain: [0, 10] } },
            },
          };
          const source = `selfsupChart(${JSON.stringify(figure.dataset.chart)}, ${JSON.stringify(spec)})`;
          figure.dataset.source = URL.createObjectURL(
            new Blob([source], { type: 'text/javascript' }),
          );
          figure.scrollIntoView();
        });
        const figure = page.locator('figure.is-drawn').first();
        const slider = figure.locator('input[type=range]');
        await slider.waitFor();
        const canvas = figure.locator('canvas');
        const before = await canvas.screenshot();
        await slider.focus();
        for (let press = 0; press < 6; press++) await page.keyboard.press('ArrowRight');
        await expect.poll(async () => (await canvas.screenshot()).equals(before), WAIT).toBe(false);
        expect([...faults, ...(await violations(page, 'figure.is-drawn'))]).toEqual([]);
      });
    });

    it('can be read without JavaScript: text, formulas, pictures, contents', async () => {
      await withPage({ viewport: DESK, javaScriptEnabled: false }, async ({ page }) => {
        await page.goto(server.address + LESSON);
        expect(await page.locator('article h1').textContent()).toContain('NT-Xent');
        const text = (await page.locator('article').textContent()) ?? '';
        expect(text.length).toBeGreaterThan(5000);
        expect(text).not.toMatch(/\\(frac|sum|mathrm)\b.*\\\)|\$\$/);
        expect(await page.locator('article .katex').count()).toBeGreaterThan(10);
        const picture = page.locator('figure.chart img').first();
        await picture.scrollIntoViewIfNeeded();
        expect(await picture.isVisible()).toBe(true);
        await page.locator('a.right-next').click();
        expect(await page.locator('article h1').textContent()).toMatch(/training loop/i);
      });
    });

    it('copies code by a click', async () => {
      await withPage(
        { viewport: DESK, permissions: ['clipboard-read', 'clipboard-write'] },
        async ({ page }) => {
          await page.goto(server.address + LESSON);
          const cell = page.locator('.cell_input').first();
          await cell.hover();
          await cell.locator('button.copybtn').click();
          const copied = await page.evaluate(() => navigator.clipboard.readText());
          expect(copied.trim()).toBe((await cell.locator('pre').textContent())?.trim());
        },
      );
    });

    it('changes between light and dark', async () => {
      await withPage({ viewport: DESK, colorScheme: 'light' }, async ({ page }) => {
        await page.goto(server.address + LESSON);
        const background = () =>
          page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await background();
        await page.locator('button.theme-switch-button:visible').click();
        await page.locator('button.theme-change-button[data-mode=dark]').click();
        await expect
          .poll(() => page.evaluate(() => document.documentElement.dataset.theme), WAIT)
          .toBe('dark');
        await expect.poll(background, WAIT).not.toBe(light);
      });
    });

    it('folds a solution under each open task of an exercise', async () => {
      await withPage({ viewport: DESK }, async ({ page }) => {
        await page.goto(`${server.address}notebooks/exercises/3-moco.html`);
        const folded = page.locator('details', { hasText: 'Show a solution' });
        expect(await folded.count()).toBe(5);
        const answer = folded.first().locator('pre');
        expect(await answer.isVisible()).toBe(false);
        await folded.first().locator('summary').click();
        expect(await answer.textContent()).toContain('momentum');
        expect(await page.locator('.cell_output').count()).toBe(0);
      });
    });

    it('says on each executed page how to open it, and what run its outputs are of', async () => {
      const executed = pages.filter((page) =>
        /^notebooks\/(\d\d-|exercises\/solutions\/)/.test(page),
      );
      expect(executed.length).toBeGreaterThan(12);
      for (const page of executed) {
        const html = readFileSync(path.join(site, page), 'utf8');
        expect(html, page).toContain(
          `npm start -- ${page.replace(/^notebooks/, 'my-work').replace(/html$/, 'ipynb')}`,
        );
        expect(html, page).toMatch(/Last run:<\/strong> \w/);
        expect(statSync(path.join(site, page.replace(/html$/, 'ipynb'))).size).toBeGreaterThan(
          10_000,
        );
      }
    });

    it('opens from a disk, charts included', async () => {
      await withPage({ viewport: DESK }, async ({ page }) => {
        await page.goto(pathToFileURL(path.join(site, 'notebooks/04-training-loop.html')).href);
        const figure = page.locator('figure[data-chart]').first();
        await figure.scrollIntoViewIfNeeded();
        await figure.locator('canvas').waitFor();
      });
    });

    for (const { name, viewport, colorScheme } of [
      { name: 'in the light, on a desk', viewport: DESK, colorScheme: 'light' },
      { name: 'in the dark, on a phone', viewport: PHONE, colorScheme: 'dark' },
    ] as const) {
      it(
        `opens every page ${name}: nothing asked of others, nothing missing, no wider than the screen, accessible`,
        async () => {
          const found: string[] = [];
          // The longest first, so that no visitor ends much later than the other.
          const waiting = [...pages].sort((a, b) => sizeOf(b) - sizeOf(a));
          // axe takes most of the time. All pages of a folder have one make, so in the dark the largest of each is enough.
          const askedByAxe =
            colorScheme === 'light' ? new Set(waiting) : new Set(firstOfEachFolder(waiting));
          const visitor = () =>
            withPage({ viewport, colorScheme }, async ({ page, faults, bytes, reset }) => {
              for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
                reset();
                await page.goto(server.address + one, { waitUntil: 'load' });
                const weight = bytes();
                const faultsOfPage = [
                  ...(weight > PAGE_BYTES ? [`${weight} bytes before its pictures`] : []),
                  ...(await firstLook(page)),
                  ...(askedByAxe.has(one) ? await violations(page) : []),
                  ...faults,
                ];
                found.push(...faultsOfPage.map((fault) => `${one}: ${fault}`));
              }
            });
          await Promise.all([visitor(), visitor()]);
          expect(found).toEqual([]);
        },
        PATIENCE,
      );
    }
  },
);
