import { assertCount } from '../../runtime/checks';

/** What a token behind a head's back costs, itself included. */
const BEHIND = 2;

/**
 * What each head of attention prefers by distance: odd heads (the first, the third …) look back, even ones look forward, each
 * pair a quarter as near-sighted as the one before it. For token t and one it may look at, u,
 *
 * ```
 * bias_h(t, u) = −4^(−⌊h/2⌋) · |t − u| − (u on the head's side of t ? 0 : 2),  h = 0, 1, …
 * ```
 *
 * A preference and no wall: queries and keys can outweigh it. A last head without a partner looks both ways.
 *
 * @param length Number of tokens T. @param heads h.
 * @returns `[h, T, T]`, for the `bias` of `multiHeadAttention`.
 * @throws InvalidArgumentError when the length or the heads are not a whole number, 1 or more.
 * @see Press, Smith, Lewis, "Train Short, Test Long: Attention with Linear Biases", 2021, arXiv:2108.12409, for text that is
 *   read from left to right, where all heads look back; slopes of their own.
 */
export function distanceBias(length: number, heads: number): number[][][] {
  assertCount('distanceBias', 'length', length);
  assertCount('distanceBias', 'heads', heads);
  const tokens = Array.from({ length }, (_, t) => t);
  return Array.from({ length: heads }, (_, head) => {
    const slope = 4 ** -Math.floor(head / 2);
    const isAlone = head === heads - 1 && head % 2 === 0;
    const side = head % 2 === 0 ? -1 : 1;
    const isAhead = (distance: number) => (isAlone ? distance !== 0 : distance * side > 0);
    return tokens.map((t) =>
      tokens.map((u) => -slope * Math.abs(u - t) - (isAhead(u - t) ? 0 : BEHIND)),
    );
  });
}
