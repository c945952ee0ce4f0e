import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';

/**
 * InfoNCE read as a lower bound on the mutual information of two variables, in nats. With N pairs `(xᵢ, yᵢ)` and a critic
 * that scores how well any x fits any y,
 *
 * ```text
 * bound = ln N + (1/N) Σᵢ ln( exp(sᵢᵢ) / Σₖ exp(sᵢₖ) )  =  ln N − InfoNCE  ≤  ln N
 * ```
 *
 * Averaged over batches it is at most I(x; y), whatever the critic; with the best critic, `s = ln p(y | x) − ln p(y)` up to a
 * function of x, it is as close as N allows. Since the last term is never above 0, no batch of N pairs can show more than
 * ln N. One batch may lie above I(x; y) by chance, and below 0.
 *
 * @param scores The critic's scores `sᵢₖ` of xᵢ with yₖ, `[N, N]`: the diagonal holds the pairs. Beside it −∞ is allowed: what cannot be.
 * @returns A scalar that can be differentiated; the caller disposes it.
 * @throws InvalidArgumentError when the scores are not `[N, N]` with N ≥ 2.
 * @see van den Oord, Li, Vinyals, "Representation Learning with Contrastive Predictive Coding", 2018, arXiv:1807.03748.
 * @see Poole, Ozair, van den Oord, Alemi, Tucker, "On Variational Bounds of Mutual Information", 2019, arXiv:1905.06922.
 */
export function infoNceBound(scores: tf.Tensor2D): tf.Scalar {
  const [rows = 0, columns = 0] = scores.shape;
  if (scores.rank !== 2 || rows !== columns || rows < 2) {
    throw new InvalidArgumentError(
      `infoNceBound was given scores of shape [${scores.shape.join(', ')}]; expected [N, N] with N of 2 or more: row i ` +
        'scores xᵢ with every y, its own on the diagonal.',
    );
  }
  return tf.tidy(() => {
    // Not a product with the identity: a critic may give −∞ to what is impossible.
    const pairs = tf.sum(tf.where(tf.eye(rows).cast('bool'), scores, tf.zerosLike(scores)), 1);
    return tf.mean(tf.sub(pairs, tf.logSumExp(scores, 1))).add(Math.log(rows)) as tf.Scalar;
  });
}
