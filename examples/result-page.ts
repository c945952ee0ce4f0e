import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A picture on a page. */
export interface PagePicture {
  /** Where it lies. */
  readonly file: string;
  /** What stands below it. */
  readonly caption: string;
}

/** A row of pictures under a heading. */
export interface PageSection {
  readonly heading: string;
  readonly pictures: readonly PagePicture[];
  /** As wide as the page, for a chart. Default: thumbnails. */
  readonly wide?: boolean;
}

/**
 * Writes pictures in sections as one HTML page, which shows the files where they lie (a click opens one), runs no script and
 * asks no server.
 *
 * @param page The path to write to.
 * @param lines What to say above the pictures.
 */
export function writeResultPage(
  page: string,
  title: string,
  lines: readonly string[],
  sections: readonly PageSection[],
): void {
  const from = dirname(resolve(page));
  const figures = (pictures: readonly PagePicture[]) =>
    pictures.map(({ file, caption }) => {
      const address = escapeHtml(addressOf(from, file));
      const text = escapeHtml(caption);
      return `<figure><a href="${address}"><img src="${address}" alt="${text}" loading="lazy"></a><figcaption>${text}</figcaption></figure>`;
    });
  mkdirSync(from, { recursive: true });
  writeFileSync(
    page,
    `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src file: 'self'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
body { margin: 2em; }
section { display: flex; flex-wrap: wrap; gap: 0.8em; }
figure { margin: 0; width: 9em; }
img { width: 9em; height: 9em; object-fit: contain; background: #8882; }
figcaption { font-size: 0.8em; overflow-wrap: anywhere; }
.wide figure, .wide img { width: min(100%, 50em); height: auto; }
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')}
${sections.map(({ heading, pictures, wide }) => `<h2>${escapeHtml(heading)}</h2>\n<section${wide ? ' class="wide"' : ''}>\n${figures(pictures).join('\n')}\n</section>`).join('\n')}
</body>
</html>
`,
  );
}

/** Relative, so that the page may be moved together with the pictures; absolute from another drive. */
function addressOf(from: string, file: string): string {
  const path = relative(from, resolve(file));
  // On Windows there is no relative path from one drive to another.
  if (resolve(path) === path) return pathToFileURL(path).href;
  return path.split(sep).map(encodeURIComponent).join('/');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
