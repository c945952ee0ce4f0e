import { softmaxCrossEntropy } from 'tfjs-compile';
import { assertTemperature } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { l2Normalise } from './l2-normalise';
import { MASKED_LOGIT } from './masked-logit';

/**
 * What a pair of one batch is whose image and text come from different examples, but with the same caption:
 * - `positives`: right answers like the example's own text; the targets are uniform over all of them.
 * - `masked`: neither right nor wrong; they are left out of the softmax.
 * - `negatives`: wrong answers, as in CLIP, where captions hardly ever repeat. With few captions they are false negatives.
 */
export type SameCaptionPairs = 'positives' | 'masked' | 'negatives';

/** Options of {@link twoTowerLoss}. */
export interface TwoTowerLossOptions {
  /** τ, by which cosines are divided: a number, or a scalar tensor when it is learned. Default 0.07, where CLIP begins. */
  readonly temperature?: number | tf.Scalar;
  /** How other examples with the same caption count. Default `positives`. */
  readonly sameCaption?: SameCaptionPairs;
}

/**
 * The contrastive loss of image–text pairs, in both directions: each image must find its text among the texts of the
 * batch, each text its image. With rows scaled to length 1, `s_ij = v_i·t_j / τ`, and `P(i)` the examples that have
 * the caption of example `i` (itself among them):
 *
 * ```
 * image → text:  ℓ_i = −1/|P(i)| Σ_{p∈P(i)} log( exp(s_ip) / Σ_j exp(s_ij) )
 * text → image:  the same with s transposed
 * loss = 1/2N Σ_i (ℓ_i of both)
 * ```
 *
 * It is `ln N` when all similarities are equal. It cannot fall below `1/N Σ_i ln |P(i)|`, the entropy of the targets:
 * where captions repeat, 0 is out of reach. With all captions different it is CLIP's loss.
 *
 * @param images Embeddings of the images, `[N, d]`, float32, of any length.
 * @param texts Row `i` is the embedding of the caption of image `i`, `[N, d]`.
 * @param captions Which caption each example has, `[N]`, int32: equal numbers, equal captions.
 * @returns The loss in nats, a scalar that can be differentiated by both embeddings and the temperature; the caller
 *   disposes it.
 * @throws InvalidArgumentError when the shapes do not fit, or a number given as temperature is not above 0.
 * @see Radford et al., "Learning transferable visual models from natural language supervision", 2021, arXiv:2103.00020.
 * @see Khosla et al., "Supervised contrastive learning", 2020, arXiv:2004.11362, equation 2, and Yang et al., "Unified
 *   contrastive learning in image-text-label space", 2022, arXiv:2204.03610: several positives.
 */
export function twoTowerLoss(
  images: tf.Tensor2D,
  texts: tf.Tensor2D,
  captions: tf.Tensor1D,
  { temperature = 0.07, sameCaption = 'positives' }: TwoTowerLossOptions = {},
): tf.Scalar {
  assertPairs(images, texts, captions);
  if (typeof temperature === 'number') {
    assertTemperature('twoTowerLoss', temperature, '0.01 to 0.5');
  }
  return tf.tidy(() => {
    const count = images.shape[0];
    const same = tf.equal(captions.expandDims(0), captions.expandDims(1)).toFloat();
    const itself = tf.oneHot(tf.range(0, count, 1, 'int32'), count).toFloat();
    // Symmetric, so it serves both directions.
    const positives = sameCaption === 'positives' ? same : itself;
    const targets = positives.div(positives.sum(1, true)) as tf.Tensor2D;
    const cosines = tf.matMul(l2Normalise(images), l2Normalise(texts), false, true);
    const scaled = tf.div(cosines, temperature);
    const logits = (
      sameCaption === 'masked' ? scaled.sub(same.sub(itself).mul(MASKED_LOGIT)) : scaled
    ) as tf.Tensor2D;
    const imageToText = softmaxCrossEntropy(targets, logits);
    const textToImage = softmaxCrossEntropy(targets, tf.transpose(logits));
    return tf.mean(tf.add(imageToText, textToImage)).div(2) as tf.Scalar;
  });
}

function assertPairs(images: tf.Tensor, texts: tf.Tensor, captions: tf.Tensor): void {
  const fits =
    images.rank === 2 &&
    images.shape.join() === texts.shape.join() &&
    captions.shape.join() === `${images.shape[0]}` &&
    captions.dtype === 'int32';
  if (fits && (images.shape[0] as number) > 1) return;
  throw new InvalidArgumentError(
    `twoTowerLoss: images are [${images.shape.join(', ')}], texts [${texts.shape.join(', ')}] and captions ` +
      `${captions.dtype} [${captions.shape.join(', ')}]; expected two matrices [N, d] and int32 [N] with N at least 2, ` +
      'row i of all three from example i.',
  );
}
