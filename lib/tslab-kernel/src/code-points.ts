/** Jupyter counts a cell's characters as Python does, TypeScript as UTF-16 does: 🙂 is one or two. */

/** The UTF-16 offset of a place given in code points. */
export function toUtf16(text: string, codePoints: number): number {
  let offset = 0;
  for (let passed = 0; passed < codePoints && offset < text.length; passed++) {
    offset += (text.codePointAt(offset) as number) > 0xffff ? 2 : 1;
  }
  return offset;
}

/** The code points before a UTF-16 offset. */
export function toCodePoints(text: string, offset: number): number {
  return [...text.slice(0, offset)].length;
}
