import { textOf } from '../notebooks/notebook.mjs';
import { escapeHtml } from './escape-html.mjs';

const VEGA_LITE = /^application\/vnd\.vegalite\.v\d+\+json$/;

/** @typedef {{ html: string, files: Map<string, string | Buffer> }} StagedFigure */

/**
 * Whether a reader can do something with a chart: move a slider, zoom, point at a mark. Of others the picture shows it all.
 *
 * @param {unknown} spec
 */
function isInteractive(spec) {
  return /"(params|tooltip)":/.test(JSON.stringify(spec));
}

/**
 * A picture in an output as HTML that refers to files. A chart that a reader can do something with carries its specification in a
 * script beside the picture, which the page's own script loads when the chart comes into view. It is a script, not JSON, since a page
 * opened from a disk may load the one and not the other.
 *
 * @param {object} output of a notebook, with a picture
 * @param {string} name of the files, without extension, from the root of the site
 * @param {string} toRoot from the page to the root of the site, `../`
 * @returns {StagedFigure}
 */
export function stagedFigure({ data, metadata = {} }, name, toRoot) {
  const picture = data['image/png'] ?? data['image/jpeg'];
  const mime = data['image/png'] === undefined ? 'image/jpeg' : 'image/png';
  const { width, height, alt = textOf(data['text/plain']) } = metadata[mime] ?? {};
  const file = `${name}.${mime.slice('image/'.length)}`;
  const files = new Map([
    [file, /** @type {string | Buffer} */ (Buffer.from(textOf(picture), 'base64'))],
  ]);
  const size = width && height ? ` width="${width}" height="${height}"` : '';
  const image = `<img src="${toRoot}${file}" alt="${escapeHtml(alt.trim())}"${size} loading="lazy" decoding="async">`;
  const specType = Object.keys(data).find((type) => VEGA_LITE.test(type));
  const spec = specType && data[specType];
  if (!isInteractive(spec)) return { html: `<figure class="chart">${image}</figure>`, files };
  files.set(`${name}.js`, `selfsupChart(${JSON.stringify(name)}, ${JSON.stringify(spec)});\n`);
  return {
    html: `<figure class="chart" data-chart="${escapeHtml(name)}" data-source="${toRoot}${escapeHtml(name)}.js">${image}</figure>`,
    files,
  };
}
