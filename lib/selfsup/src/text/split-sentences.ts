/** A full stop after one of these ends no sentence; nor does one after a single capital letter, as in `U. S.`. */
const ABBREVIATIONS = new Set([
  ...['mr', 'mrs', 'ms', 'dr', 'gen', 'gov', 'hon', 'messrs', 'st', 'col', 'capt', 'lieut'],
  ...['viz', 'vs', 'jan', 'feb', 'aug', 'sept', 'oct', 'nov', 'dec'],
]);

/** These are abbreviations only before what they count: `No. 5`, `Art. IV`; else words, as in `No. Never.`. */
const BEFORE_NUMBERS = new Set(['no', 'nos', 'art', 'vol', 'pp', 'sec']);
const NUMBER = /[\p{N}]|[IVXLCDM]+\b/uy;

/** The end of a sentence: its mark, closing quotes or brackets, a space, and what can begin the next one. */
const ENDS = /[.!?]["')\]]*\s+(?=["'([]*[\p{Lu}\p{N}])/gu;

/** Letters, the marks that combine with them, and digits. */
const WORD_PART = /[\p{L}\p{M}\p{N}]/u;
/** No abbreviation is longer. What is, need not be read to its beginning: a text may be one word of a million letters. */
const LONGEST_ABBREVIATION = 16;

/** The word that ends before `end`, and the place where it begins; at most {@link LONGEST_ABBREVIATION} characters of it. */
function wordBefore(text: string, end: number): { readonly word: string; readonly start: number } {
  let start = end;
  while (start > 0 && end - start < LONGEST_ABBREVIATION) {
    const low = text.charCodeAt(start - 1);
    const width = low >= 0xdc00 && low <= 0xdfff ? 2 : 1;
    if (!WORD_PART.test(text.slice(Math.max(0, start - width), start))) break;
    start -= width;
  }
  return { word: text.slice(Math.max(0, start), end), start };
}

/** Whether the full stop at `end`, after which the text goes on at `next`, belongs to an abbreviation or an initial. */
function abbreviates(text: string, end: number, next: number): boolean {
  const { word, start } = wordBefore(text, end);
  const lower = word.toLowerCase();
  if (ABBREVIATIONS.has(lower)) return true;
  if (BEFORE_NUMBERS.has(lower)) {
    NUMBER.lastIndex = next;
    return NUMBER.test(text);
  }
  // An initial, with the marks of its accents; `I` is a word.
  if (/^\p{Lu}\p{M}*$/u.test(word) && word !== 'I') return true;
  // The second letter of `3 p.m.`.
  return /^m$/i.test(word) && /[ap]\.$/i.test(text.slice(Math.max(0, start - 2), start));
}

/**
 * Splits running English text into its sentences. A sentence ends at `.`, `!` or `?` (and what closes after it) before
 * a space and a capital letter or number, unless the mark belongs to an abbreviation or an initial. It takes time in
 * proportion to the length of the text, whatever it holds.
 *
 * @example splitSentences('Mr. Speaker, welcome. Be seated!') // ['Mr. Speaker, welcome.', 'Be seated!']
 */
export function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  let start = 0;
  for (const end of text.matchAll(ENDS)) {
    const after = end.index + end[0].length;
    if (text[end.index] === '.' && abbreviates(text, end.index, after)) continue;
    sentences.push(text.slice(start, after).trim());
    start = after;
  }
  const rest = text.slice(start).trim();
  if (rest !== '') sentences.push(rest);
  return sentences;
}
