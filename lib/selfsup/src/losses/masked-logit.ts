/**
 * Subtracted from a logit that shall not count, which takes it out of the denominator of a softmax: `exp(−1e9) = 0`. It
 * stays finite because infinity minus infinity would be NaN.
 */
export const MASKED_LOGIT = 1e9;
