import temml from 'temml';

/** Where rendered Markdown begins in nbconvert's page. */
const MARKDOWN = /<div\b[^>]*data-mime-type="text\/markdown"[^>]*>/g;

/** What is no formula though it may hold a dollar sign, then display and inline formulas. */
const PIECES =
  /<(pre|code|script|style)\b[\s\S]*?<\/\1>|<[^>]*>|\$\$([\s\S]+?)\$\$|(\\begin\{[\s\S]+?\\end\{[^}]*\})|\$([^$\n]+?)\$/g;

const ENTITIES = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };

/**
 * The page with its formulas as MathML, which browsers draw by themselves: no script, no font and no network is needed.
 * A formula that cannot be read stays as it was written.
 *
 * @param {string} page made by nbconvert
 */
export function withMathml(page) {
  let done = '';
  let from = 0;
  for (const { index, 0: tag } of page.matchAll(MARKDOWN)) {
    if (index < from) continue;
    const end = endOfElement(page, index + tag.length);
    done += page.slice(from, index) + formulasAsMathml(page.slice(index, end));
    from = end;
  }
  return done + page.slice(from);
}

/** The place behind the `</div>` of the element whose content begins at `start`. */
function endOfElement(page, start) {
  let depth = 1;
  const tags = /<(\/?)div\b[^>]*>/g;
  tags.lastIndex = start;
  for (let tag = tags.exec(page); tag !== null; tag = tags.exec(page)) {
    depth += tag[1] === '/' ? -1 : 1;
    if (depth === 0) return tags.lastIndex;
  }
  return page.length;
}

/**
 * HTML with its formulas as MathML; code, scripts and styles stay as they are.
 *
 * @param {string} html
 */
export function formulasAsMathml(html) {
  return html.replace(PIECES, (whole, _tag, display, environment, inline) => {
    const formula = display ?? environment ?? inline;
    if (formula === undefined) return whole;
    const source = formula.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity]);
    try {
      return temml.renderToString(source, {
        displayMode: inline === undefined,
        throwOnError: true,
      });
    } catch {
      return whole;
    }
  });
}
