import katex from 'katex';
import { parseFragment } from 'parse5';

const FORMULA = /<(div|span) class="tex tex-(display|inline)([^"]*)"([^>]*)>([\s\S]*?)<\/\1>/g;
/** The theme's icons as a script of 1.5 MB, when its style draws the same from a font that loads once. */
const ICON_SCRIPT = /<script\b[^>]*\bscripts\/fontawesome\.js[^>]*><\/script>\s*/g;
/** The search as it is typed, which is off: its index would be a quarter of a megabyte on every page. The page of finds has its own. */
const SEARCH_SCRIPTS =
  /<script\b[^>]*\bsrc="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"[^>]*><\/script>\s*/g;

/**
 * What the theme leaves unsaid or says otherwise than it shows, for readers who use a screen reader.
 *
 * @type {[RegExp, string][]}
 */
const ACCESSIBILITY = [
  // The name of these two is what they show.
  [/(<summary) aria-label="Toggle hidden content"/g, '$1'],
  [/(<button\b[^>]*\bsearch-button-field\b[^>]*?) aria-label="Search"/g, '$1'],
  [/<summary>(?=\s*<span class="toctree-toggle")/g, '<summary aria-label="Pages below this one">'],
  [/(<div id="pst-primary-sidebar")/g, '$1 role="region" aria-label="The site"'],
  // The corner of a table, above the names of its rows; only a heading has a scope.
  [/<th\b([^>]*)>\s*(?:<p>\s*<\/p>)?\s*<\/th>/g, '<td$1></td>'],
  [/(<td\b[^>]*?) scope="\w+"/g, '$1'],
];

/**
 * A page of Sphinx's as readers get it: formulas drawn, so that no script has to, with MathML beside them for screen readers; pictures
 * loaded when they come into view; icons drawn from a font.
 *
 * @param {string} html
 * @param {string} name of the page, for messages
 */
export function finishedPage(html, name) {
  return ACCESSIBILITY.reduce(
    (page, [from, to]) => page.replace(from, to),
    withOneOfEachAnchor(html),
  )
    .replace(FORMULA, (_whole, tag, mode, more, attributes, text) => {
      const drawn = drawnFormula(textOf(text).trim(), mode === 'display', name);
      return `<${tag} class="tex tex-${mode}${more}"${attributes}>${drawn}</${tag}>`;
    })
    .replace(ICON_SCRIPT, '')
    .replace(SEARCH_SCRIPTS, (script) => (name === 'search.html' ? script : ''))
    .replace(/<img (?![^>]*\bloading=)/g, '<img loading="lazy" decoding="async" ');
}

/**
 * The text that a piece of HTML without elements stands for. Sphinx writes more characters as references than HTML must: `@` for one.
 *
 * @param {string} html
 */
function textOf(html) {
  return parseFragment(html)
    .childNodes.map((node) => ('value' in node ? node.value : ''))
    .join('');
}

/**
 * @param {string} source
 * @param {boolean} displayMode
 * @param {string} name
 */
function drawnFormula(source, displayMode, name) {
  try {
    return katex.renderToString(source, { displayMode, throwOnError: true, strict: 'ignore' });
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new Error(`A formula of ${name} cannot be drawn (${message}): ${source}`, {
      cause: error,
    });
  }
}

/**
 * Without typedoc's empty anchors where the section below has the same one: the search reads what an anchor holds.
 *
 * @param {string} html
 */
export function withOneOfEachAnchor(html) {
  return html.replace(/<a id="([^"]+)"><\/a>/g, (anchor, id) =>
    html.includes(`<section id="${id}"`) ? '' : anchor,
  );
}
