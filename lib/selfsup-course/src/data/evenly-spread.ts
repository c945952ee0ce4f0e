/** So many of the items, evenly spread over all and in their order; all, where there are no more. */
export function evenlySpread<T>(items: readonly T[], count: number): T[] {
  const kept = Math.min(count, items.length);
  return Array.from({ length: kept }, (_, i) => items[Math.floor((i * items.length) / kept)] as T);
}
