import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** How long a notebook of the quick profile may take on a busy machine. */
const PATIENCE_MS = 420_000;

/** One notebook open in JupyterLab, used as a learner does: menus, keys, looking. */
export class NotebookPage {
  constructor(private readonly page: Page) {}

  /** Opens it and waits for its kernel. */
  async open(address: string): Promise<void> {
    await this.page.goto(address);
    await this.panel.waitFor({ timeout: 60_000 });
    await this.kernelIs('Idle');
  }

  private get panel(): Locator {
    return this.page.locator('.jp-NotebookPanel:not(.lm-mod-hidden)');
  }

  /** The code cell at a place among the code cells, from 0. */
  codeCell(index: number): Locator {
    return this.panel.locator('.jp-CodeCell').nth(index);
  }

  /** Run → Run All Cells, without waiting for their end. */
  async startAll(): Promise<void> {
    await this.chooseInRunMenu('Run All Cells');
  }

  /** Run → Run All Cells, and waits for the last. */
  async runAll(): Promise<void> {
    await this.startAll();
    await this.untilIdle();
  }

  /** Waits until no cell runs or waits. */
  async untilIdle(): Promise<void> {
    const patience = { timeout: PATIENCE_MS, interval: 200 };
    await expect.poll(() => this.runningCells.count(), patience).toBe(0);
    await this.kernelIs('Idle');
  }

  private get runningCells(): Locator {
    return this.panel.locator('.jp-CodeCell .jp-InputPrompt', { hasText: '*' });
  }

  private async kernelIs(status: 'Idle' | 'Busy'): Promise<void> {
    await this.page
      .locator('#jp-bottom-panel, #jp-main-statusbar')
      .getByText(`TypeScript | ${status}`)
      .waitFor({ timeout: 60_000 });
  }

  /** The numbers before the code cells; empty where a cell has not been run. */
  async executionCounts(): Promise<string[]> {
    const prompts = await this.panel.locator('.jp-CodeCell .jp-InputPrompt').allTextContents();
    return prompts.map((prompt) => prompt.replace(/\D/g, ''));
  }

  /** Replaces the text of a code cell by typing. */
  async rewrite(index: number, source: string): Promise<void> {
    await this.codeCell(index).scrollIntoViewIfNeeded();
    await this.codeCell(index).locator('.cm-content').click();
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.insertText(source);
  }

  /** Runs a code cell by Shift+Enter, without waiting for its end. */
  async run(index: number): Promise<void> {
    const prompt = this.codeCell(index).locator('.jp-InputPrompt');
    await this.codeCell(index).scrollIntoViewIfNeeded();
    await this.codeCell(index).locator('.cm-content').click();
    const before = await prompt.textContent();
    await this.page.keyboard.press('Shift+Enter');
    // The star of a running cell, or already its number: a function is declared faster than one looks.
    await expect.poll(() => prompt.textContent(), { timeout: 30_000 }).not.toBe(before);
  }

  private async choose(menu: string, name: string): Promise<void> {
    await this.page.locator('.lm-MenuBar-item', { hasText: new RegExp(`^${menu}$`) }).click();
    await this.page.locator('.lm-Menu-item', { hasText: name }).first().click();
  }

  private async chooseInRunMenu(name: string): Promise<void> {
    await this.choose('Run', name);
    await this.runningCells.first().waitFor({ state: 'attached' });
  }

  /** Kernel → Shut Down Kernel, and waits until there is none. */
  async shutDownKernel(): Promise<void> {
    await this.choose('Kernel', 'Shut Down Kernel');
    await this.panel.getByText('No Kernel').first().waitFor({ timeout: 60_000 });
  }

  /** Moves the slider of a code cell's figure to its first or last position. */
  async moveSlider(index: number, to: 'first' | 'last'): Promise<void> {
    const slider = this.codeCell(index).locator('.jp-OutputArea-output input[type="range"]');
    await slider.scrollIntoViewIfNeeded();
    await slider.press(to === 'first' ? 'Home' : 'End');
  }

  /** Waits until a progress bar in the outputs of a code cell has moved. */
  async untilProgress(index: number): Promise<void> {
    const bar = this.codeCell(index).locator('.jp-OutputArea-output progress').last();
    await bar.waitFor({ state: 'attached', timeout: PATIENCE_MS });
    await expect
      .poll(() => bar.evaluate((element) => (element as unknown as { value: number }).value), {
        timeout: PATIENCE_MS,
      })
      .toBeGreaterThan(0);
  }

  /** Interrupts the kernel by the ■ button. */
  async interrupt(): Promise<void> {
    await this.panel.getByRole('button', { name: /interrupt/i }).click();
  }

  /** Pixels of the figures of a code cell, as drawn by the browser. */
  async pictures(index: number): Promise<string[]> {
    const canvases = this.codeCell(index).locator('.jp-OutputArea-output canvas');
    return canvases.evaluateAll((all) =>
      all.map((one) => (one as unknown as { toDataURL(): string }).toDataURL()),
    );
  }

  /** The colour of the upper left pixel of each figure of a code cell: red, green, blue, opacity. */
  async corners(index: number): Promise<number[][]> {
    const canvases = this.codeCell(index).locator('.jp-OutputArea-output canvas');
    return canvases.evaluateAll((all) =>
      all.map((one) => {
        const canvas = one as unknown as {
          getContext(kind: '2d'): {
            getImageData(...box: number[]): { data: ArrayLike<number> };
          };
        };
        return Array.from(canvas.getContext('2d').getImageData(0, 0, 1, 1).data);
      }),
    );
  }

  /** How many pixels of the figures of a code cell are outside the area of outputs, to the right. */
  async hiddenWidth(index: number): Promise<number> {
    const right = async (selector: string) => {
      const all = await this.codeCell(index).locator(selector).all();
      const boxes = await Promise.all(all.map((one) => one.boundingBox()));
      return boxes.map((box) => (box ? box.x + box.width : 0));
    };
    const edge = Math.min(...(await right('.jp-OutputArea-output:has(canvas)')));
    return Math.max(0, ...(await right('.jp-OutputArea-output canvas')).map((at) => at - edge));
  }

  /** Whether the page has a dark theme. */
  async isDark(): Promise<boolean> {
    return (await this.page.locator('body').getAttribute('data-jp-theme-light')) === 'false';
  }

  /** Closes the list of files, as one does on a small screen. */
  async hideSideBar(): Promise<void> {
    const sideBar = this.page.locator('#jp-left-stack');
    if (!(await sideBar.isVisible())) return;
    await this.page.locator('.jp-SideBar.jp-mod-left .lm-mod-current').click();
    await sideBar.waitFor({ state: 'hidden' });
  }

  /** What a screen reader says about the figures of a code cell. */
  async textAlternatives(index: number): Promise<string[]> {
    const figures = this.codeCell(index).locator(
      '.jp-OutputArea-output [role="graphics-document"]',
    );
    return figures.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
  }

  /**
   * The written outputs of a code cell, as they are at this moment. A kernel is idle before the page has drawn its last
   * outputs: wait for a text with `expect.poll`.
   */
  async outputText(index: number): Promise<string> {
    // Not the inner text: JupyterLab lays out what is near the window only, and the rest has none.
    const outputs = this.codeCell(index).locator('.jp-OutputArea-output');
    return (await outputs.allTextContents()).join('\n');
  }
}
