/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';

/** A page that notes what it asks others for, what it does not get and what goes wrong on it. */
export interface OpenedPage {
  readonly page: Page;
  readonly faults: string[];
  /** What it has loaded but for pictures. */
  readonly bytes: () => number;
  readonly reset: () => void;
}

/** Opens an empty page; `address` is that of the site. */
export async function openPage(context: BrowserContext, address: string): Promise<OpenedPage> {
  const page = await context.newPage();
  // Long, so that a busy machine fails no test.
  page.setDefaultTimeout(150_000);
  const faults: string[] = [];
  let bytes = 0;
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(data|blob|file):/.test(url)) faults.push(`asks ${url}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
    if (response.request().resourceType() === 'image') return;
    bytes += Number(response.headers()['content-length'] ?? 0);
  });
  page.on('pageerror', (error) => faults.push(`${error}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  const reset = () => {
    bytes = 0;
    faults.length = 0;
  };
  return { page, faults, bytes: () => bytes, reset };
}

/** What a reader would miss at once: a heading, or text in the place of raw JSON; and how much wider than the screen the page is. */
export async function firstLook(page: Page): Promise<string[]> {
  const { wide, heading, raw } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth - window.innerWidth,
    heading: document.querySelector('h1')?.textContent ?? '',
    raw: /^\s*\{\s*"(cells|nbformat|metadata|\$schema)"/.test(
      document.querySelector('article')?.textContent ?? '',
    ),
  }));
  return [
    ...(wide > 0 ? [`${wide} pixels wider than the screen`] : []),
    ...(heading.trim() === '' ? ['no heading'] : []),
    ...(raw ? ['shows raw JSON'] : []),
  ];
}

/**
 * What axe finds, a line for each rule that is broken. Highlighted code is thousands of words in a dozen colours, and axe takes its time
 * for each: of every colour on every background one word is kept for it, the others lose their colour and stay.
 *
 * @param within a selector: only what it holds is looked at
 */
export async function violations(page: Page, within?: string): Promise<string[]> {
  await page.evaluate(() => {
    const seen = new Set<string>();
    for (const block of document.querySelectorAll('div.highlight pre')) {
      const background = getComputedStyle(block).backgroundColor;
      for (const word of block.querySelectorAll('span[class]')) {
        const kind = `${word.className} ${background}`;
        if (seen.has(kind)) word.replaceWith(...word.childNodes);
        else seen.add(kind);
      }
    }
  });
  await page.evaluate(axe.source);
  return page.evaluate(async (selector) => {
    const { axe: runner } = window as unknown as { axe: typeof axe };
    const result = await runner.run(selector ?? document, { resultTypes: ['violations'] });
    return result.violations.map(
      ({ id, nodes }) =>
        `${id} ×${nodes.length}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary}`,
    );
  }, within);
}
