/** The text without what only looks like Markdown's links and headings: code and formulas. */
export function prose(source) {
  return source
    .replace(/^(```|~~~)[\s\S]*?^\1.*$/gm, '')
    .replace(/`[^`\n]*`/g, '')
    .replace(/\$\$[\s\S]*?\$\$/g, '')
    .replace(/\$[^$\n]+\$/g, '');
}

/** Headings of a text. */
export function headings(source) {
  return [...prose(source).matchAll(/^(#{1,6})\s+(.*?)\s*#*$/gm)].map(([, marks, text]) => ({
    level: marks.length,
    text,
  }));
}

/** Links of a text, Markdown's and HTML's. */
export function links(source) {
  const text = prose(source);
  return [
    ...[
      ...text.matchAll(
        /(?<!!)\[(?:[^[\]]|!?\[[^\]]*\](?:\([^)]*\))?)*\]\(\s*<?([^)\s>]*)>?[^)]*\)/g,
      ),
    ],
    ...[...text.matchAll(/<a\s[^>]*href="([^"]*)"/gi)],
    ...[...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)],
    ...[...text.matchAll(/<((?:https?|ftp):[^>\s]*)>/g)],
  ].map(([, target]) => target);
}

/** Pictures of a text with their text alternatives. */
export function pictures(source) {
  const text = prose(source);
  return [
    ...[...text.matchAll(/!\[([^\]]*)\]\(\s*<?([^)\s>]*)/g)].map(([, alt, target]) => ({
      alt,
      target,
    })),
    ...[...text.matchAll(/<img\s[^>]*>/gi)].map(([tag]) => ({
      alt: /\salt="([^"]*)"/i.exec(tag)?.[1] ?? '',
      target: /\ssrc="([^"]*)"/i.exec(tag)?.[1] ?? '',
    })),
  ];
}

/** The anchor JupyterLab gives a heading; GitHub's is the same in small letters. */
export function anchorOf(heading) {
  return heading.replace(/[*_`]/g, '').trim().replace(/\s+/g, '-').toLowerCase();
}
