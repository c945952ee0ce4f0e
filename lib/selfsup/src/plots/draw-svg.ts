import { Resvg } from '@resvg/resvg-js';
import type { PngImage } from './figure';

/** The fonts travel with the package, so that a picture is the same on every machine. */
const FONT_FILES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) =>
  require.resolve(`dejavu-fonts-ttf/ttf/${file}`),
);

/** Name of the font family that {@link drawSvg} knows. */
export const FONT_FAMILY = 'DejaVu Sans';

/**
 * Draws an SVG as PNG, without a browser and without the system's fonts.
 *
 * @param pixelRatio Pixels of the PNG per CSS pixel.
 */
export function drawSvg(svg: string, pixelRatio: number): PngImage {
  const drawn = new Resvg(svg, {
    font: { loadSystemFonts: false, fontFiles: FONT_FILES, defaultFontFamily: FONT_FAMILY },
    fitTo: { mode: 'zoom', value: pixelRatio },
  }).render();
  return {
    bytes: drawn.asPng(),
    width: Math.round(drawn.width / pixelRatio),
    height: Math.round(drawn.height / pixelRatio),
  };
}
