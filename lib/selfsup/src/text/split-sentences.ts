/** A full stop after one of these ends no sentence; nor does one after a single capital letter, as in `U. S.`. */
const ABBREVIATIONS = new Set([
  ...['mr', 'mrs', 'ms', 'dr', 'gen', 'gov', 'hon', 'messrs', 'st', 'col', 'capt', 'lieut', 'sec'],
  ...[
    'no',
    'nos',
    'art',
    'vol',
    'pp',
    'viz',
    'vs',
    'jan',
    'feb',
    'aug',
    'sept',
    'oct',
    'nov',
    'dec',
  ],
]);

/** The end of a sentence: its mark, closing quotes or brackets, a space, and what can begin the next one. */
const ENDS = /[.!?]["')\]]*\s+(?=["'([]*[\p{Lu}\p{N}])/gu;

/**
 * Splits running English text into its sentences. A sentence ends at `.`, `!` or `?` (and what closes after it) before
 * a space and a capital letter or number, unless the mark belongs to an abbreviation or an initial.
 *
 * @example splitSentences('Mr. Speaker, welcome. Be seated!') // ['Mr. Speaker, welcome.', 'Be seated!']
 */
export function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  let start = 0;
  for (const end of text.matchAll(ENDS)) {
    const before = text.slice(start, end.index);
    const lastWord = /[\p{L}\p{N}]+$/u.exec(before)?.[0] ?? '';
    const isFullStop = text[end.index] === '.';
    const abbreviates = /^\p{Lu}$/u.test(lastWord) || ABBREVIATIONS.has(lastWord.toLowerCase());
    if (isFullStop && abbreviates && lastWord !== 'I') continue;
    const after = end.index + end[0].length;
    sentences.push(text.slice(start, after).trim());
    start = after;
  }
  const rest = text.slice(start).trim();
  if (rest !== '') sentences.push(rest);
  return sentences;
}
