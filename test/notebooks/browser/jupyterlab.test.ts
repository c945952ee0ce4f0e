import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM_ARGUMENTS, findChromium } from './chromium-browser';
import { CourseServer } from './course-server';
import { NotebookPage } from './notebook-page';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const executable = findChromium();
const kernel = existsSync(path.join(root, '.venv/share/jupyter/kernels/tslab'));

const EXERCISE = 'exercises/4-text-to-sentiment';
const WITH_SLIDERS = [
  '01-augmentation',
  '03-nt-xent',
  '04-training-loop',
  '06-transfer-learning',
] as const;

/** Their figures are looked at in the dark theme: charts, grids of pictures, maps and matrices. */
const IN_THE_DARK = ['00-introduction', ...WITH_SLIDERS, '05-visualization', '07-simclr'] as const;

/** How long the page may take to draw the outputs of a kernel that is idle again. */
const DRAWING = { timeout: 20_000, interval: 100 };

/** Asserts on the outputs of a code cell, once the page has drawn them. */
const textOf = (notebook: NotebookPage, index: number) =>
  expect.poll(() => notebook.outputText(index), DRAWING);
const picturesOf = (notebook: NotebookPage, index: number) =>
  expect.poll(() => notebook.pictures(index), DRAWING);

interface Content {
  cells: {
    cell_type: string;
    source: string | string[];
    outputs?: { data?: Record<string, unknown> }[];
  }[];
}

/** The code cells of a notebook file. */
function codeOf(file: string): string[] {
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as Content;
  return cells
    .filter(({ cell_type }) => cell_type === 'code')
    .map(({ source }) => [source].flat().join(''));
}

/** The kinds of marks that a specification draws. */
function marksOf(spec: unknown): string[] {
  if (typeof spec !== 'object' || spec === null) return [];
  return Object.entries(spec).flatMap(([key, value]) => {
    if (key === 'data' || key === 'datasets') return [];
    return key === 'mark' ? [String((value as { type: string }).type)] : marksOf(value);
  });
}

/** The figures of each code cell that has some, as committed: whether they are pictures, and no charts. */
function figuresOf(file: string): [index: number, arePictures: boolean[]][] {
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as Content;
  return cells
    .filter(({ cell_type }) => cell_type === 'code')
    .map(({ outputs = [] }, index): [number, boolean[]] => {
      const specs = outputs.flatMap(({ data }) => data?.['application/vnd.vegalite.v5+json'] ?? []);
      return [index, specs.map((spec) => marksOf(spec).every((mark) => mark === 'image'))];
    })
    .filter(([, arePictures]) => arePictures.length > 0);
}

/** The place of the first code cell that fits. */
function placeOf(sources: readonly string[], ...patterns: RegExp[]): number {
  const place = sources.findIndex((source) => patterns.every((pattern) => pattern.test(source)));
  expect(place, `a code cell with ${patterns.join(' and ')}`).toBeGreaterThan(-1);
  return place;
}

describe.skipIf(executable === null || !kernel)(
  'JupyterLab in Chromium (needs both: apt-get install chromium, npm run setup)',
  () => {
    let copies: string;
    let screenshots: string;
    let server: CourseServer;
    let browser: Browser;
    let page: Page;
    const complaints: string[] = [];
    const foreign: string[] = [];
    const addressOf = (name: string) =>
      server.pageOf(path.relative(root, path.join(copies, `${name}.ipynb`)));
    const shoot = (name: string) =>
      page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true });

    beforeAll(async () => {
      // Copies, for the learner's notebooks must not change; inside the course, where the kernel finds the packages.
      mkdirSync(path.join(root, 'course-output'), { recursive: true });
      copies = mkdtempSync(path.join(root, 'course-output', 'browser-'));
      screenshots = mkdtempSync(path.join(tmpdir(), 'course-in-jupyterlab-'));
      for (const name of new Set([...IN_THE_DARK, ...WITH_SLIDERS, EXERCISE])) {
        const copy = path.join(copies, `${name}.ipynb`);
        mkdirSync(path.dirname(copy), { recursive: true });
        cpSync(path.join(root, 'notebooks', `${name}.ipynb`), copy);
      }
      cpSync(path.join(root, 'notebooks/figures'), path.join(copies, 'figures'), {
        recursive: true,
      });
      server = await CourseServer.start(root, {
        SELFSUP_PROFILE: 'quick',
        SELFSUP_DATA: 'emoji',
        JUPYTERLAB_WORKSPACES_DIR: path.join(copies, 'workspaces'),
        JUPYTERLAB_SETTINGS_DIR: path.join(copies, 'settings'),
      });
      browser = await chromium.launch({
        executablePath: executable as string,
        args: CHROMIUM_ARGUMENTS,
      });
      page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('request', (request) => {
        const url = new URL(request.url());
        if (/^(https?|wss?):$/.test(url.protocol) && url.host !== server.address.host) {
          foreign.push(request.url());
        }
      });
    }, 480_000);

    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') await shoot(`failed-${task.id}`);
    });
    afterAll(async () => {
      await browser?.close();
      await server?.stop();
      rmSync(copies, { recursive: true, force: true });
      console.log(`Screenshots: ${screenshots}`);
    }, 60_000);

    it('runs 01-augmentation whole and shows its figures with their descriptions', async () => {
      const sources = codeOf(path.join(copies, '01-augmentation.ipynb'));
      const notebook = new NotebookPage(page);
      await notebook.open(addressOf('01-augmentation'));
      await notebook.runAll();
      await shoot('01-run-all');
      expect(await notebook.executionCounts()).toEqual(sources.map((_, index) => `${index + 1}`));
      for (const [index, source] of sources.entries()) {
        if (!/^await show\(/m.test(source)) continue;
        await picturesOf(notebook, index).not.toEqual([]);
        const pictures = await notebook.pictures(index);
        expect(await notebook.textAlternatives(index)).toHaveLength(pictures.length);
        for (const text of await notebook.textAlternatives(index)) {
          expect(text.length).toBeGreaterThan(20);
        }
      }
    }, 480_000);

    it('shows another picture after an augmentation was changed and the cell rerun', async () => {
      const sources = codeOf(path.join(copies, '01-augmentation.ipynb'));
      const place = placeOf(sources, /✏️/, /\bcompose\(/);
      const notebook = new NotebookPage(page);
      const before = await notebook.pictures(place);
      const source = sources[place] as string;
      // A learner's own augmentation, first of all: the negative.
      const negative = '(all) => tf.sub(1, all) as tf.Tensor4D';
      await notebook.rewrite(place, source.replace(/\bcompose\(/, `compose(${negative}, `));
      await notebook.run(place);
      await notebook.untilIdle();
      // The old figures stay until the new ones come.
      await picturesOf(notebook, place).toSatisfy(
        (after: string[]) =>
          after.length === before.length && after.some((one, nth) => one !== before[nth]),
      );
      await shoot('01-changed');
      expect(await notebook.outputText(place)).not.toMatch(/error|\d+:\d+ - /i);
    }, 480_000);

    it('interrupts a training in 04-training-loop under Run All: a sentence, and no cell after it runs', async () => {
      const file = path.join(copies, '04-training-loop.ipynb');
      const sources = codeOf(file);
      const place = placeOf(sources, /\bawait train\(/, /\.reason\b/);
      const notebook = new NotebookPage(page);
      await notebook.open(addressOf('04-training-loop'));
      // Longer than anybody waits, so that there is something to interrupt.
      const endless = (sources[place] as string).replace(
        /\b(epochs|steps): (byProfile\([^)]*\)|[^,\n]+)/,
        '$1: 100_000',
      );
      await notebook.rewrite(place, endless);
      await notebook.startAll();
      await notebook.untilProgress(place);
      await shoot('04-training');
      await notebook.interrupt();
      await notebook.untilIdle();
      await shoot('04-interrupted');
      await textOf(notebook, place).toMatch(
        /Interrupted after \d+ of \d+ steps\. The weights are kept/,
      );
      expect(await notebook.outputText(place)).not.toMatch(
        /Interrupted asynchronously|^ +at |tslab/m,
      );
      expect(place).toBeLessThan(sources.length - 1);
      expect(await notebook.executionCounts()).toEqual(
        sources.map((_, index) => (index <= place ? `${index + 1}` : '')),
      );
    }, 480_000);

    it('takes a learner through an exercise: unsolved, a wrong answer, a right one', async () => {
      const file = path.join(copies, `${EXERCISE}.ipynb`);
      const sources = codeOf(file);
      const notebook = new NotebookPage(page);
      await notebook.open(addressOf(EXERCISE));
      await notebook.runAll();
      await shoot('exercise-unsolved');
      expect(await notebook.executionCounts()).toEqual(sources.map((_, index) => `${index + 1}`));
      for (const [index, source] of sources.entries()) {
        if (!/^check\./m.test(source)) continue;
        await textOf(notebook, index).toContain('Not attempted yet');
      }

      const task = placeOf(sources, /notAttempted\(\)/, /yourRemoval/);
      const check = placeOf(sources, /check\.heldOutSentences/);
      const answer = async (body: string): Promise<void> => {
        await notebook.rewrite(
          task,
          `function yourRemoval(sentences: string[], heldOutSentences: string[]): string[] {\n${body}\n}`,
        );
        await notebook.run(task);
        await notebook.untilIdle();
        await notebook.run(check);
        await notebook.untilIdle();
      };
      await answer('return sentences.filter((sentence) => !heldOutSentences.includes(sentence));');
      await textOf(notebook, check).toContain('✗');
      await shoot('exercise-wrong');
      expect(await notebook.outputText(check)).not.toContain('Everything that was examined holds');
      await answer(`const words = (sentence: string) =>
  sentence.toLowerCase().replace(/[^\\p{L}\\p{N}]/gu, '');
const heldOut = new Set(heldOutSentences.map(words));
heldOut.delete('');
return sentences.filter((sentence) => !heldOut.has(words(sentence)));`);
      await textOf(notebook, check).toContain('Everything that was examined holds');
      await shoot('exercise-right');
    }, 300_000);

    it.each(WITH_SLIDERS)(
      'moves each slider of %s as it came, without a kernel',
      async (name) => {
        const sources = codeOf(path.join(copies, `${name}.ipynb`));
        const places = [...sources.keys()].filter((at) => /\bslider\(\{/.test(sources[at] ?? ''));
        expect(places).not.toEqual([]);
        const notebook = new NotebookPage(page);
        await notebook.open(addressOf(name));
        await notebook.shutDownKernel();
        for (const place of places) {
          await notebook.moveSlider(place, 'first');
          await picturesOf(notebook, place).not.toEqual([]);
          const [first] = await notebook.pictures(place);
          await notebook.moveSlider(place, 'last');
          await picturesOf(notebook, place).not.toContain(first);
          await shoot(`${name}-slider-${place}`);
        }
      },
      240_000,
    );

    describe('in the dark theme', () => {
      // As a learner chooses it under Settings; a page that is opened reads it.
      beforeAll(() => {
        const folder = path.join(copies, 'settings/@jupyterlab/apputils-extension');
        mkdirSync(folder, { recursive: true });
        const theme = JSON.stringify({ theme: 'JupyterLab Dark' });
        writeFileSync(path.join(folder, 'themes.jupyterlab-settings'), theme);
      });

      it.each(IN_THE_DARK)(
        'shows the figures of %s whole in a window of 1,024 pixels, its charts dark in the dark theme',
        async (name) => {
          await page.setViewportSize({ width: 1024, height: 768 });
          const notebook = new NotebookPage(page);
          await notebook.open(addressOf(name));
          expect(await notebook.isDark()).toBe(true);
          await notebook.hideSideBar();
          for (const [index, arePictures] of figuresOf(path.join(copies, `${name}.ipynb`))) {
            await notebook.codeCell(index).scrollIntoViewIfNeeded();
            await expect
              .poll(async () => (await notebook.pictures(index)).length, DRAWING)
              .toBe(arePictures.length);
            await shoot(`${name}-dark-${index}`);
            expect(await notebook.hiddenWidth(index), `cell ${index}`).toBe(0);
            // Pictures are on white paper, with their texts.
            expect(await notebook.corners(index), `cell ${index}`).toEqual(
              arePictures.map((isPicture) => [...Array(3).fill(isPicture ? 255 : 51), 255]),
            );
          }
        },
        240_000,
      );
    });

    it('leaves the browser’s console without errors and the network alone', () => {
      expect(complaints).toEqual([]);
      expect(foreign).toEqual([]);
    });
  },
);
