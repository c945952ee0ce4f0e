import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';

/** An element of a page with its attributes. */
export interface PageElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Pages that readers come to, from the root of a site. */
export function pagesOf(site: string): string[] {
  return readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html') && !name.startsWith('_static'))
    .sort();
}

/** The elements of a page, in order. */
export function elementsOf(site: string, page: string): PageElement[] {
  const found: PageElement[] = [];
  const collect = ({ childNodes }: DefaultTreeAdapterTypes.ParentNode): void => {
    for (const node of childNodes) {
      if (!('tagName' in node)) continue;
      const attributes = Object.fromEntries(node.attrs.map(({ name, value }) => [name, value]));
      found.push({ name: node.tagName, attributes });
      collect(node);
    }
  };
  collect(parse(readFileSync(path.join(site, page), 'utf8')));
  return found;
}

/** Links, pictures, scripts and styles of a page whose file or anchor the site does not have. */
export function brokenLinks(
  site: string,
  elementsByPage: ReadonlyMap<string, readonly PageElement[]>,
): string[] {
  const anchors = new Map(
    [...elementsByPage].map(([page, elements]) => [
      page,
      new Set(elements.flatMap(({ attributes }) => [attributes.id, attributes.name])),
    ]),
  );
  const broken: string[] = [];
  for (const [page, elements] of elementsByPage) {
    for (const { name, attributes } of elements) {
      for (const key of ['href', 'src', 'data-source', 'action']) {
        const target = attributes[key];
        if (target === undefined || /^([a-z]+:|\/\/)/i.test(target)) continue;
        const [file = '', anchor = ''] = target.split('#');
        const [beforeQuery = ''] = file.split('?');
        const wanted =
          beforeQuery === ''
            ? page
            : path.posix.join(path.posix.dirname(page), decodeURI(beforeQuery));
        const full = path.join(site, wanted);
        const isThere = existsSync(full) && statSync(full).isFile();
        const hasAnchor =
          anchor === '' ||
          !wanted.endsWith('.html') ||
          anchors.get(wanted)?.has(decodeURIComponent(anchor)) === true;
        if (!isThere || !hasAnchor) broken.push(`${page}: <${name} ${key}="${target}">`);
      }
    }
  }
  return broken;
}
