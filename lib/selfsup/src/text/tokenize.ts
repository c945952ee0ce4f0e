/** Clitics that are words of their own: `don't` is `do` + `n't`, `it's` is `it` + `'s`. */
const CLITICS = /(\p{L})(n't|'(?:s|ll|re|ve|d|m))(?!\p{L})/gu;
/** A clitic, a word, a number with its inner points and commas, or any other single mark. */
const TOKENS = /n't(?!\p{L})|'(?:s|ll|re|ve|d|m)(?!\p{L})|[\p{L}\p{M}]+|\p{N}+(?:[.,]\p{N}+)*|\S/gu;

/**
 * Splits a text into tokens: words, numbers and punctuation marks, all in lower case.
 *
 * - A word is a run of letters; hyphens part words (`world-wide` is three tokens).
 * - Contractions are split as in the Penn Treebank, and so in SST-2: `n't`, `'s`, `'ll`, `'re`, `'ve`, `'d`, `'m`.
 * - A number keeps its inner points and commas: `1,250.50` is one token.
 * - Every other mark is a token of its own. Typographic quotation marks and dashes become plain ones.
 *
 * @example tokenize("We don't owe $1,250.") // ['we', 'do', "n't", 'owe', '$', '1,250', '.']
 */
export function tokenize(text: string): string[] {
  const plain = text
    .toLowerCase()
    // Afterwards: some letters with marks have a form of their own in lower case alone.
    .normalize('NFC')
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[‐-―]/g, '-')
    .replace(CLITICS, '$1 $2');
  return plain.match(TOKENS) ?? [];
}
