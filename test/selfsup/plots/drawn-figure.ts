import { type Figure, tf } from 'selfsup';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** What Vega-Lite has to say against a figure's specification; it must be nothing. */
export function complaintsAbout(figure: Figure): string[] {
  const complaints: string[] = [];
  const note = (...texts: string[]) => {
    complaints.push(texts.join(' '));
    return logger;
  };
  const silent = () => logger;
  const logger = { level: () => 1, error: note, warn: note, info: silent, debug: silent };
  const spec = JSON.parse(JSON.stringify(figure.spec)) as TopLevelSpec;
  compile(spec, { logger: logger as never });
  return complaints;
}

/** The texts that a figure is drawn with, its numbers among them. */
export async function textsDrawn(figure: Figure): Promise<string[]> {
  const spec = JSON.parse(JSON.stringify(figure.spec)) as TopLevelSpec;
  const svg = await new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
}

/** What JupyterLab's dark theme sets for a chart: the `dark` theme of vega-themes. */
const DARK_THEME = {
  background: '#333',
  view: { stroke: '#888' },
  title: { color: '#fff', subtitleColor: '#fff' },
  style: { 'guide-label': { fill: '#fff' }, 'guide-title': { fill: '#fff' } },
  axis: { domainColor: '#fff', gridColor: '#888', tickColor: '#fff' },
};

/** A figure as SVG, as JupyterLab draws it in its dark theme. */
export async function drawnInTheDark(figure: Figure): Promise<string> {
  const spec = JSON.parse(JSON.stringify(figure.spec)) as TopLevelSpec;
  const { spec: compiled } = compile(spec, { config: DARK_THEME });
  return new View(parse(compiled), { renderer: 'none' }).toSVG();
}

/** Size and colours of a figure's PNG. */
export async function drawn(figure: Figure): Promise<{
  width: number;
  height: number;
  pixelWidth: number;
  pixelHeight: number;
  colours: Set<string>;
  pixel(x: number, y: number): number[];
}> {
  const { bytes, width, height } = await figure.png();
  const decoded = tf.node.decodePng(bytes, 3);
  const [pixelHeight, pixelWidth] = decoded.shape;
  const values = decoded.dataSync();
  decoded.dispose();
  const pixel = (x: number, y: number) => {
    const start = (y * pixelWidth + x) * 3;
    return Array.from(values.slice(start, start + 3));
  };
  const colours = new Set<string>();
  const seen = new Set<number>();
  for (let i = 0; i < values.length; i += 3) {
    const [red = 0, green = 0, blue = 0] = [values[i], values[i + 1], values[i + 2]];
    seen.add((red << 16) | (green << 8) | blue);
  }
  for (const colour of seen) {
    colours.add([colour >> 16, (colour >> 8) & 255, colour & 255].join());
  }
  return { width, height, pixelWidth, pixelHeight, colours, pixel };
}
