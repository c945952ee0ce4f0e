import { FONT_FAMILY, inkWidth } from './draw-svg';

/** What Vega says of a text that it lays out. */
interface TextItem {
  readonly font?: string;
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
  /** In pixels; Vega cuts a wider text and ends it with "…". */
  readonly limit?: number;
}

/** Vega's measuring of texts, exchangeable; exported by `vega`, though not declared. */
export interface VegaTextMetrics {
  width(item: TextItem, text: unknown): number;
}

/** Vega's size of a text that names none. */
const VEGA_FONT_SIZE = 11;

/** Widths grow with the size, so one measurement serves all sizes. */
const MEASURED_FONT_SIZE = 100;
const LARGEST_CACHE = 10_000;

const measured = new Map<string, number>();

/**
 * The width of a text in the font that figures are drawn in, as the renderer that draws them sets it: kerning and ligatures included.
 *
 * @param fontSize In CSS pixels.
 * @param bold By default false.
 * @returns The advance in CSS pixels, spaces at both ends included.
 */
export function textWidth(text: string, fontSize: number, bold = false): number {
  // The renderer measures ink alone; between two strokes the text's advance is what comes on top of them.
  const advance = betweenStrokes(text, bold) - betweenStrokes('', bold);
  return (advance / MEASURED_FONT_SIZE) * fontSize;
}

function betweenStrokes(text: string, bold: boolean): number {
  const key = `${bold}|${text}`;
  let width = measured.get(key);
  if (width === undefined) {
    if (measured.size >= LARGEST_CACHE) measured.clear();
    width = inkWidth(`|${text}|`, MEASURED_FONT_SIZE, bold);
    measured.set(key, width);
  }
  return width;
}

/**
 * Lets Vega measure texts in our font as they will be drawn. On its own, without a browser, it takes 0.8 times the font size for a letter, which
 * leaves room where none is needed and cuts names that would fit. Texts in other fonts are measured as before.
 */
export function measureTextsAsDrawn(metrics: VegaTextMetrics): void {
  if (withOurs.has(metrics)) return;
  withOurs.add(metrics);
  const before = metrics.width;
  metrics.width = (item, value) => {
    const text = value === null || value === undefined ? '' : String(value).trim();
    const isOurs = item.font?.startsWith(FONT_FAMILY) ?? false;
    const width = isOurs
      ? textWidth(text, item.fontSize ?? VEGA_FONT_SIZE, isBold(item.fontWeight))
      : before({ ...item, limit: 0 }, text);
    // Vega measures a text that it will cut as well, and means it as cut.
    return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width;
  };
}

const withOurs = new WeakSet<VegaTextMetrics>();

function isBold(weight: string | number | undefined): boolean {
  return weight === 'bold' || Number(weight) >= 600;
}
