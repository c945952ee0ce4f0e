import type * as vegaModule from 'vega';
import type * as vegaLiteModule from 'vega-lite';
import { InvalidArgumentError, SelfSupError } from '../runtime/errors';
import { drawSvg, FONT_FAMILY } from './draw-svg';
import {
  type Figure,
  type FigureTexts,
  type PngImage,
  textAlternative,
  type VegaLiteSpec,
} from './figure';
import { measureTextsAsDrawn, type VegaTextMetrics } from './text-width';

/** Two pixels per CSS pixel keep the letters sharp on today's screens. */
const PIXEL_RATIO = 2;

/**
 * Everything a chart looks like that does not depend on its data. Nothing here says what background and letters are: in its
 * dark theme JupyterLab makes them so, and a background from here would leave white letters on white.
 */
const CONFIG = {
  font: `${FONT_FAMILY}, sans-serif`,
  title: { anchor: 'start', fontSize: 14, offset: 12 },
  axis: {
    labelFontSize: 11,
    // Numbers that nearly touch read as one: "300 400".
    labelSeparation: 6,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    gridColor: '#808080',
    gridOpacity: 0.2,
  },
  legend: { labelFontSize: 11, titleFontSize: 11, labelLimit: 220 },
  view: { stroke: null },
};

/** The colour of lines and letters among the marks: dark, and light where a dark theme has set a dark background. */
export const INK = { expr: "luminance(background || 'white') < 0.2 ? 'white' : '#333333'" };

/** Draws a specification without a browser; Vega is loaded when the first chart is drawn. */
async function drawChart(spec: VegaLiteSpec): Promise<PngImage> {
  const vega = require('vega') as typeof vegaModule & { textMetrics: VegaTextMetrics };
  const vegaLite = require('vega-lite') as typeof vegaLiteModule;
  measureTextsAsDrawn(vega.textMetrics);
  // Vega marks the rows it is given, so it is given rows of its own.
  const copy = structuredClone({
    ...spec,
    background: 'white',
  }) as unknown as vegaLiteModule.TopLevelSpec;
  const compiled = vegaLite.compile(copy).spec;
  // Vega goes on after a failure, without what failed, and only prints it.
  const failures: unknown[] = [];
  const logger: vegaModule.LoggerInterface = Object.assign(vega.logger(vega.Error), {
    error(...parts: readonly unknown[]) {
      failures.push(...parts);
      return logger;
    },
  });
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger });
  try {
    const svg = await view.toSVG();
    if (failures.length > 0) throw failures[0];
    return drawSvg(svg, PIXEL_RATIO);
  } catch (cause) {
    throw new SelfSupError(
      `The chart "${String(spec.title)}" could not be drawn (${cause instanceof Error ? cause.message : String(cause)}). ` +
        'Check its formats, domains and sizes, and that its data hold at least one finite number.',
      { cause },
    );
  } finally {
    view.finalize();
  }
}

/**
 * Makes the figure of a chart.
 *
 * @throws InvalidArgumentError when title or description is empty.
 */
export function createChart({ title, description }: FigureTexts, body: VegaLiteSpec): Figure {
  assertText({ title, description });
  const spec: VegaLiteSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title,
    description: textAlternative({ title, description }),
    config: CONFIG,
    ...body,
  };
  let drawn: Promise<PngImage> | undefined;
  return {
    title,
    description,
    spec,
    png() {
      drawn ??= drawChart(spec);
      return drawn;
    },
  };
}

/**
 * Refuses a figure that says nothing about itself.
 *
 * @throws InvalidArgumentError naming the text that is missing.
 */
export function assertText(texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) {
    if (text.trim() === '') {
      throw new InvalidArgumentError(
        `The figure's ${name} is empty; write what the figure shows, for readers who cannot see it.`,
      );
    }
  }
}
