import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lessonNames } from '../../../tools/course/notebook-list.mjs';
import { makeSlides } from '../../../tools/slides/slide-decks.mjs';
import { openPage } from '../../site/page-visit';
import { CHROMIUM_ARGUMENTS, findChromium } from './chromium-browser';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const executable = findChromium();
const python = path.join(root, '.venv/bin/python');
describe.skipIf(executable === null || !existsSync(python))(
  'slides in Chromium (needs it, and set-up: apt-get install chromium, npm run setup)',
  () => {
    let out: string;
    let files: string[];
    let browser: Browser;

    beforeAll(async () => {
      out = mkdtempSync(path.join(tmpdir(), 'course-slides-'));
      files = await makeSlides(root, { lessons: lessonNames(root), out, python });
      browser = await chromium.launch({
        executablePath: executable as string,
        args: CHROMIUM_ARGUMENTS,
      });
    }, 480_000);
    afterAll(async () => {
      await browser?.close();
      rmSync(out, { recursive: true, force: true });
    });

    it('fit on 16:9, describe their pictures and fetch nothing', async () => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
      const { page, faults } = await openPage(context, 'file:');
      for (const file of files) {
        await page.goto(pathToFileURL(file).href);
        const found = await page.evaluate(`({
          slides: Reveal.getTotalSlides(),
          tooLarge: [...document.querySelectorAll('.slides > section > section')]
            .map((slide) => {
              slide.style.display = 'block';
              const { scrollHeight, scrollWidth, innerText } = slide;
              return { scrollHeight, scrollWidth, text: innerText.slice(0, 60) };
            })
            .filter(({ scrollHeight, scrollWidth }) => scrollHeight > 722 || scrollWidth > 1282),
          undescribed: [...document.images].filter(({ alt }) => alt.length < 10).length,
        })`);
        expect(found, path.basename(file)).toMatchObject({ tooLarge: [], undescribed: 0 });
        expect((found as { slides: number }).slides).toBeGreaterThan(20);
        await page.evaluate('Reveal.next()');
        expect(await page.evaluate('Reveal.getIndices().h')).toBe(1);
      }
      expect(faults).toEqual([]);
    }, 240_000);
  },
);
