import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A short SHA-256 over texts: two inputs share it only when they are equal. */
export function contentHash(...texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}\n`).update(text);
  return hash.digest('hex').slice(0, 16);
}

/** What a stamp file holds, `undefined` when there is none. */
export function readStamp(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
