import { readFileSync } from 'node:fs';
import { escapeXml } from './escape-xml';
import { type Figure, textAlternative } from './figure';

/**
 * A figure as one HTML page that needs nothing else: Vega is written into it, and its policy allows no request to any host.
 * It draws the same specification that JupyterLab is given.
 */
export function figurePage(figure: Figure): string {
  const library = (name: string): string =>
    readFileSync(require.resolve(name), 'utf8').replace(/<\/(script)/gi, '<\\/$1');
  const title = escapeXml(figure.title);
  // Inside a script, `<` could begin the end of it.
  const spec = JSON.stringify(figure.spec).replace(/</g, '\\u003c');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'">
<title>${title}</title>
<style>body { margin: 2em; background: white; }</style>
<script>${library('vega/build/vega.min.js')}</script>
<script>${library('vega-lite/build/vega-lite.min.js')}</script>
</head>
<body>
<div id="figure" role="img" aria-label="${escapeXml(textAlternative(figure))}"></div>
<script id="spec" type="application/json">${spec}</script>
<script>
const spec = JSON.parse(document.getElementById('spec').textContent);
new vega.View(vega.parse(vegaLite.compile(spec).spec), { container: '#figure', renderer: 'svg', hover: true }).runAsync();
</script>
</body>
</html>
`;
}
