/** The numbers that JSON cannot hold, or not as they are. */
const SPECIAL = new Map<string, number>([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);
const TAG = '$number';

/**
 * JSON in which every number survives: NaN, ∞, −∞ and −0 are written as `{"$number":"NaN"}` and so on, where
 * `JSON.stringify` alone writes null and 0.
 */
export function losslessJson(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one !== 'number') return one;
    for (const [name, special] of SPECIAL) if (Object.is(one, special)) return { [TAG]: name };
    return one;
  });
}

/**
 * What {@link losslessJson} has written. `null` becomes NaN: checkpoints of version 1 hold it for every number that is
 * not finite.
 *
 * @throws SyntaxError when the text is not JSON.
 */
export function parseLosslessJson(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (value === null) return Number.NaN;
    const name = typeof value === 'object' ? (value as Record<string, unknown>)[TAG] : undefined;
    return typeof name === 'string' ? (SPECIAL.get(name) ?? value) : value;
  });
}
