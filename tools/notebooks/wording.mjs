/**
 * Words that are no native English of this field, and what stands in their place. Patterns are of the running text, without
 * code. A word goes on the list when an edit has replaced it everywhere.
 *
 * @type {[pattern: RegExp, instead: string][]}
 */
const REPLACED = [
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\bthousand million\b/i, 'billion'],
  [/\bparts (?:the two|them)\b/i, 'separates the two'],
  [/\bput behind (?:the other|one another)\b/i, 'concatenated, or one after the other'],
  [/\basks? for directions\b/i, 'compares directions'],
];

/**
 * The words of a Markdown text that were replaced elsewhere, and what to write instead.
 *
 * @param {string} source
 * @returns {{ found: string, instead: string }[]}
 */
export function replacedWords(source) {
  const text = source.replace(/```[\s\S]*?```|`[^`]*`/g, '');
  return REPLACED.flatMap(([pattern, instead]) => {
    const found = pattern.exec(text)?.[0];
    return found === undefined ? [] : [{ found, instead }];
  });
}

/**
 * The text of a notebook in plain English: none of the words that were replaced comes back.
 *
 * @param {import('./notebook.mjs').Notebook} notebook
 * @returns {import('./notebook.mjs').Finding[]}
 */
export function wording(notebook) {
  return notebook.markdownCells.flatMap((cell) =>
    replacedWords(cell.source).map(({ found, instead }) => ({
      notebook: notebook.path,
      cell: cell.position,
      what: `"${found}" is no plain English`,
      fix: `write "${instead}"`,
    })),
  );
}
