/**
 * Milliseconds that the header `Retry-After` asks to wait: a number of seconds, or an HTTP date.
 *
 * @internal
 * @returns `null` where there is no such header or it cannot be read; 0 for a date that has passed.
 * @see RFC 9110, section 10.2.3.
 */
export function retryAfterMilliseconds(header: unknown, now: number = Date.now()): number | null {
  if (typeof header !== 'string') return null;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // An HTTP date begins with the name of a day; Date.parse alone would take "-5" or "1.5" for a date.
  if (!/^[A-Za-z]{3,9},? /.test(text)) return null;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
