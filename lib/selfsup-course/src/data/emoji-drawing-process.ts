/**
 * The program of a child process that draws SVG documents: the native drawing library aborts its whole process on
 * some documents, and a notebook's kernel must outlive that.
 */
import { Resvg } from '@resvg/resvg-js';

/** What the child is asked to draw. */
export interface DrawingRequest {
  readonly documents: readonly string[];
  /** Height and width of a drawing in pixels. */
  readonly size: number;
  /** Colour behind the drawings, as CSS writes it. */
  readonly background: string;
}

/** What the child answers: `ready` once, then an answer per request. */
export type DrawingAnswer =
  | 'ready'
  | {
      /** `[documents, size, size, 3]`, 0 to 255. */
      readonly pixels: Uint8Array;
      /** Documents that could not be drawn. */
      readonly failed: readonly number[];
    };

function draw({ documents, size, background }: DrawingRequest): DrawingAnswer {
  const pixels = new Uint8Array(documents.length * size * size * 3);
  const failed: number[] = [];
  documents.forEach((document, index) => {
    try {
      const options = { background, font: { loadSystemFonts: false } };
      // Documents may be oblong: they are fitted into the square by an outer one.
      const square = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">${document.replace(
        / width="[^"]*" height="[^"]*">/,
        ` width="${size}" height="${size}">`,
      )}</svg>`;
      const rgba = new Resvg(square, options).render().pixels;
      let p = index * size * size * 3;
      for (let q = 0; q < rgba.length; q += 4) {
        pixels[p++] = rgba[q] as number;
        pixels[p++] = rgba[q + 1] as number;
        pixels[p++] = rgba[q + 2] as number;
      }
    } catch {
      failed.push(index);
    }
  });
  return { pixels, failed };
}

process.on('message', (request: DrawingRequest) => {
  process.send?.(draw(request));
});
// JupyterLab's interrupt reaches every process of the kernel's group; it is not meant for this one, which ends with its
// parent.
process.on('SIGINT', () => undefined);
process.send?.('ready' satisfies DrawingAnswer);
