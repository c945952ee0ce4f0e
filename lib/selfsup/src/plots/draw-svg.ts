import { Resvg } from '@resvg/resvg-js';
import { escapeXml } from './escape-xml';
import type { PngImage } from './figure';

/** The fonts travel with the package, so that a picture is the same on every machine. */
const REGULAR_FONT = require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
const BOLD_FONT = require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');

/** Name of the font family that {@link drawSvg} knows. */
export const FONT_FAMILY = 'DejaVu Sans';

const FONT = { loadSystemFonts: false, defaultFontFamily: FONT_FAMILY };

/**
 * Draws an SVG as PNG, without a browser and without the system's fonts.
 *
 * @param pixelRatio Pixels of the PNG per CSS pixel.
 */
export function drawSvg(svg: string, pixelRatio: number): PngImage {
  const drawn = new Resvg(svg, {
    font: { ...FONT, fontFiles: [REGULAR_FONT, BOLD_FONT] },
    fitTo: { mode: 'zoom', value: pixelRatio },
  }).render();
  return {
    bytes: drawn.asPng(),
    width: Math.round(drawn.width / pixelRatio),
    height: Math.round(drawn.height / pixelRatio),
  };
}

/**
 * The width of the ink of a line of text, in CSS pixels: spaces at its ends, which leave none, do not count.
 *
 * @param fontSize In CSS pixels.
 */
export function inkWidth(text: string, fontSize: number, bold: boolean): number {
  const drawn = new Resvg(
    `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><text xml:space="preserve" font-family="${FONT_FAMILY}"` +
      ` font-weight="${bold ? 'bold' : 'normal'}" font-size="${fontSize}">${escapeXml(text)}</text></svg>`,
    { font: { ...FONT, fontFiles: [bold ? BOLD_FONT : REGULAR_FONT] } },
  );
  return drawn.getBBox()?.width ?? 0;
}
