/**
 * Cosines of float32 unit vectors that differ by less may be equal: each is a sum whose terms are rounded, in an order that
 * depends on its place in the product. A comparison asks for more than this, so that a tie is never won by luck.
 */
export const COSINE_TIE = 2 ** -20;
