import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from 'selfsup';
import { ImageDataError } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { drawSvgDocuments } from '../../../lib/selfsup-course/src/data/draw-svg-documents';
import { temporaryFolder } from './temporary-folder';

const square = (colour: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" width="8" height="8"><path fill="${colour}" d="M0 0h8v8H0z"/></svg>`;
const pixel = (pixels: Uint8Array, image: number, row: number, column: number, size = 4) => {
  const p = ((image * size + row) * size + column) * 3;
  return [...pixels.subarray(p, p + 3)];
};

/** A drawing program that paints the number in the document, and dies, hangs or fails where the document says so. */
function fakeProgram(): string {
  const program = join(temporaryFolder(), 'fake-drawing-process.js');
  writeFileSync(
    program,
    `process.on('message', ({ documents, size }) => {
      if (documents.includes('abort')) process.abort();
      if (documents.includes('hang')) return;
      const length = size * size * 3;
      const pixels = new Uint8Array(documents.length * length);
      const failed = [];
      documents.forEach((document, i) => {
        if (document === 'fail') failed.push(i);
        pixels.fill(Number(document) || 0, i * length, (i + 1) * length);
      });
      process.send({ pixels, failed });
    });
    process.send('ready');`,
  );
  return program;
}

describe('drawSvgDocuments', () => {
  it('draws in order, in colour', async () => {
    const colours = ['#ff0000', '#00ff00', '#0000ff', '#102030'];
    const { pixels, skipped } = await drawSvgDocuments(colours.map(square), { size: 4 });
    expect(skipped).toEqual([]);
    expect(colours.map((_, i) => pixel(pixels, i, 2, 2))).toEqual([
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [16, 32, 48],
    ]);
  });

  it('puts the background behind, white unless told otherwise', async () => {
    const empty = square('none');
    const white = await drawSvgDocuments([empty], { size: 4 });
    expect(new Set(white.pixels)).toEqual(new Set([255]));
    const grey = await drawSvgDocuments([empty], { size: 4, background: '#808080' });
    expect(new Set(grey.pixels)).toEqual(new Set([128]));
  });

  it('fits oblong documents into the middle of the square', async () => {
    const wide = square('#000000')
      .replace('0 0 8 8" width="8"', '0 0 16 8" width="16"')
      .replace('h8v8', 'h16v8');
    const { pixels } = await drawSvgDocuments([wide], { size: 8 });
    const column = Array.from({ length: 8 }, (_, row) => pixel(pixels, 0, row, 4, 8)[0]);
    expect(column).toEqual([255, 255, 0, 0, 0, 0, 255, 255]);
  });

  it('skips a document that is no SVG and draws the others', async () => {
    const { pixels, skipped } = await drawSvgDocuments(
      [square('#ff0000'), '<svg', square('#00ff00')],
      { size: 4 },
    );
    expect(skipped).toEqual([1]);
    expect(pixel(pixels, 2, 0, 0)).toEqual([0, 255, 0]);
  });

  it('outlives documents that abort the drawing process, naming them and drawing all others', async () => {
    const documents = Array.from({ length: 150 }, (_, i) => String(i + 1));
    for (const bad of [5, 70, 71]) documents[bad] = 'abort';
    documents[20] = 'fail';
    const { pixels, skipped } = await drawSvgDocuments(documents, {
      size: 1,
      program: fakeProgram(),
    });
    expect(skipped).toEqual([5, 20, 70, 71]);
    documents.forEach((document, i) => {
      expect(pixels[i * 3]).toBe(Number(document) || 0);
    });
  });

  it('skips a document on which the drawing hangs', async () => {
    const { pixels, skipped } = await drawSvgDocuments(['hang', '2'], {
      size: 1,
      processes: 1,
      timeout: 1500,
      program: fakeProgram(),
    });
    expect(skipped).toEqual([0]);
    expect(pixels[3]).toBe(2);
  });

  it('says so when the drawing process cannot start', async () => {
    const program = join(temporaryFolder(), 'missing.js');
    await expect(drawSvgDocuments(['1'], { size: 1, program })).rejects.toThrow(ImageDataError);
  });

  it('reports progress up to the number of documents', async () => {
    const reports: Progress[] = [];
    const documents = new Array<string>(100).fill('1');
    documents[3] = 'abort';
    await drawSvgDocuments(documents, {
      size: 1,
      program: fakeProgram(),
      onProgress: (report) => reports.push(report),
    });
    expect(reports[0]).toMatchObject({
      label: 'Drawing Emoji',
      done: 0,
      total: 100,
      unit: 'images',
    });
    expect(reports.at(-1)).toMatchObject({ done: 100 });
    const counts = reports.map(({ done }) => done);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });

  it('leaves no process behind', async () => {
    const children = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;
    const before = children();
    await drawSvgDocuments([square('#ff0000')], { size: 4 });
    await expect.poll(children, { timeout: 20_000 }).toBeLessThanOrEqual(before);
  });
});
