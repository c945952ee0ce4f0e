import { InvalidArgumentError } from '../runtime/errors';
import { plural } from '../runtime/plural';
import * as tf from '../runtime/tensorflow';
import { assertText } from './chart';
import { textsOf } from './descriptions';
import { drawSvg, FONT_FAMILY } from './draw-svg';
import { escapeXml } from './escape-xml';
import {
  type Figure,
  type FigureOptions,
  type FigureTexts,
  type PngImage,
  textAlternative,
} from './figure';
import { asPixels, asPng, dataUrl, GAP, type GridLayout, mosaic, type PixelImages } from './mosaic';
import { textWidth } from './text-width';

const LINE_HEIGHT = 16;
const FONT_SIZE = 11;
const TITLE_FONT_SIZE = 13;
/** An enlarged grid with its labels stays below this width, in pixels. */
const COMFORTABLE_WIDTH = 820;
/** Around the whole, in pixels. */
const MARGIN = 6;

/** Options of {@link imageGrid}. */
export interface ImageGridOptions extends FigureOptions {
  /** Images per row. Default: up to 8. */
  readonly columns?: number;
  /** Pixels drawn per pixel of an image, a whole number. Default: up to 4, as many as keep the grid with its row labels below 820 wide. */
  readonly scale?: number;
  /** A text before each row. */
  readonly rowLabels?: readonly string[];
  /** A text above each column. */
  readonly columnLabels?: readonly string[];
  /** A text below each image. */
  readonly captions?: readonly string[];
}

/** Shortens a text to a width in pixels, of which its first letter stays. Widths of single letters, of which there are few, are measured once. */
function fitted(text: string, width: number): string {
  const letters = Array.from(text, (letter) => ({ letter, width: textWidth(letter, FONT_SIZE) }));
  const widthOf = (count: number) =>
    letters.slice(0, count).reduce((total, letter) => total + letter.width, 0);
  if (widthOf(letters.length) <= width) return text;
  const room = width - textWidth('…', FONT_SIZE);
  const fitting = letters.filter((_, index) => index === 0 || widthOf(index + 1) <= room);
  return `${fitting.map(({ letter }) => letter).join('')}…`;
}

/** Where the images begin, right of the texts before the rows. */
function leftOf(rowLabels: readonly string[] | undefined): number {
  if (rowLabels === undefined) return MARGIN;
  const widest = Math.max(0, ...rowLabels.map((label) => textWidth(label, FONT_SIZE)));
  return MARGIN + Math.ceil(widest) + 8;
}

function assertFitting(name: string, texts: readonly string[] | undefined, count: number): void {
  if (texts !== undefined && texts.length !== count) {
    throw new InvalidArgumentError(
      `The image grid needs ${count} ${name} and was given ${texts.length}; give one for each.`,
    );
  }
}

/**
 * The layout of a grid of the images.
 *
 * @throws InvalidArgumentError when there is no image, or a number of labels does not fit.
 */
function layoutOf({ pixels, imageShape }: PixelImages, options: ImageGridOptions): GridLayout {
  const { rowLabels, columnLabels, captions } = options;
  const [height, width, channels] = imageShape;
  const count = pixels.length / (height * width * channels);
  if (count === 0) {
    throw new InvalidArgumentError(
      `The image grid was given ${pixels.length} numbers for images of shape [${imageShape}]; ` +
        'expected one or more whole images of one or three channels.',
    );
  }
  const columns = options.columns ?? Math.min(count, columnLabels?.length ?? 8);
  const room = COMFORTABLE_WIDTH - leftOf(rowLabels) - MARGIN;
  const widest = Math.floor((room / columns - GAP) / width);
  const scale = options.scale ?? Math.max(1, Math.min(4, widest));
  if (![columns, scale].every((number) => Number.isInteger(number) && number > 0)) {
    throw new InvalidArgumentError(
      `The image grid was given columns ${columns} and scale ${scale}; expected whole numbers from 1.`,
    );
  }
  assertFitting('rowLabels', rowLabels, Math.ceil(count / columns));
  assertFitting('columnLabels', columnLabels, columns);
  assertFitting('captions', captions, count);
  return { count, columns, scale, rowGap: captions ? LINE_HEIGHT + GAP : GAP };
}

function svgText(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escapeXml(content)}</text>`;
}

/** Labels and captions as SVG, around a mosaic whose upper left corner is at `left` and `top`. */
function gridTexts(
  { imageShape: [height, width] }: PixelImages,
  { columns, scale, rowGap }: GridLayout,
  { rowLabels = [], columnLabels = [], captions = [] }: ImageGridOptions,
  { left, top }: { left: number; top: number },
): string[] {
  const image = { width: width * scale, height: height * scale };
  const cell = { width: image.width + GAP, height: image.height + rowGap };
  const centre = (index: number) => left + (index % columns) * cell.width + image.width / 2;
  const rowTop = (row: number) => top + row * cell.height;
  const centred = (index: number, y: number, content: string) =>
    svgText(centre(index), y, fitted(content, cell.width), 'text-anchor="middle"');
  return [
    ...columnLabels.map((label, column) => centred(column, top - 5, label)),
    ...rowLabels.map((label, row) =>
      svgText(left - 8, rowTop(row) + image.height / 2 + 4, label, 'text-anchor="end"'),
    ),
    ...captions.map((caption, index) =>
      centred(index, rowTop(Math.floor(index / columns)) + image.height + 12, caption),
    ),
  ];
}

/** The grid as SVG: the images, and the title, labels and captions around them. */
async function gridSvg(
  source: PixelImages,
  layout: GridLayout,
  options: ImageGridOptions,
): Promise<string> {
  const { title, rowLabels, columnLabels, captions } = options;
  const tiles = mosaic(source, layout);
  const left = leftOf(rowLabels);
  const top = MARGIN + 24 + (columnLabels ? LINE_HEIGHT : 0);
  const titleWidth = Math.ceil(textWidth(title, TITLE_FONT_SIZE, true)) + 2 * MARGIN;
  const width = Math.max(left + tiles.width + MARGIN, titleWidth);
  const height = top + tiles.height + MARGIN + (captions ? LINE_HEIGHT : 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" font-family="${FONT_FAMILY}" font-size="${FONT_SIZE}">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<image x="${left}" y="${top}" width="${tiles.width}" height="${tiles.height}" image-rendering="optimizeSpeed" xlink:href="${dataUrl(await asPng(tiles))}"/>`,
    svgText(MARGIN, MARGIN + 14, title, `font-size="${TITLE_FONT_SIZE}" font-weight="bold"`),
    ...gridTexts(source, layout, options, { left, top }),
    '</svg>',
  ].join('');
}

/** How many images there are, and the texts around them. */
function describeGrid({ count, columns }: GridLayout, options: ImageGridOptions): string {
  const { rowLabels, columnLabels, captions = [] } = options;
  const written = captions.filter((caption) => caption !== '');
  const rows = Math.ceil(count / columns);
  const size = `${count} ${plural(count, 'image')} in ${rows} ${plural(rows, 'row')} of ${columns}`;
  return [
    `${size}.`,
    ...(rowLabels ? [`Rows: ${rowLabels.join('; ')}.`] : []),
    ...(columnLabels ? [`Columns: ${columnLabels.join('; ')}.`] : []),
    ...(written.length > 0 ? [`Captions: ${written.join('; ')}.`] : []),
  ].join(' ');
}

/**
 * A grid of small images, enlarged without smoothing, with texts beside, above and below where wanted.
 *
 * @param images `[N, H, W, C]` with one or three channels: float32 in [0, 1] or int32 in 0…255; or bytes (a data set,
 * for instance). They are left alone.
 * @throws InvalidArgumentError when there is no image, the channels are not 1 or 3, a number of labels does not fit,
 * or title or description is empty.
 */
export async function imageGrid(
  images: tf.Tensor4D | PixelImages,
  options: ImageGridOptions,
): Promise<Figure> {
  if (images instanceof tf.Tensor && images.rank !== 4) {
    throw new InvalidArgumentError(
      `The image grid was given a tensor of shape [${images.shape}]; expected [N, height, width, channels]. ` +
        'A single image becomes one with image.expandDims(0).',
    );
  }
  const source = await asPixels('The image grid', images);
  const layout = layoutOf(source, options);
  const texts = textsOf(options, () => describeGrid(layout, options));
  assertText({ ...texts });
  return picture(texts, drawSvg(await gridSvg(source, layout, options), 1));
}

/** A finished PNG as a figure. JupyterLab's own PNG output has no text alternative; a drawn specification has. */
function picture({ title, description }: FigureTexts, png: PngImage): Figure {
  const url = dataUrl(png.bytes);
  const { width, height } = png;
  return {
    title,
    description,
    spec: {
      $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
      description: textAlternative({ title, description }),
      width,
      height,
      padding: 0,
      data: { values: [{ url }] },
      mark: { type: 'image', width, height, smooth: false },
      encoding: {
        url: { field: 'url', type: 'nominal' },
        x: { value: width / 2 },
        y: { value: height / 2 },
      },
      config: { background: 'white', view: { stroke: null } },
    },
    png: async () => png,
  };
}
