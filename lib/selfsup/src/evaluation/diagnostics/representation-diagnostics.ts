import { contrastiveAccuracy } from '../../losses/contrastive-accuracy';
import { l2Normalise } from '../../losses/l2-normalise';
import * as tf from '../../runtime/tensorflow';
import { alignment } from './alignment';
import { collapseWarning } from './collapse-warning';
import { effectiveRank } from './effective-rank';
import { perDimensionDeviation } from './per-dimension-deviation';
import { uniformity } from './uniformity';

/** What can be seen of a representation without labels, from two views of the same images. */
export interface RepresentationDiagnostics {
  /** Mean squared distance of the two views of an image on the unit sphere: 0 to 4, see {@link alignment}. */
  readonly alignment: number;
  /** Evenness of the spread over the unit sphere: 0 when all are one point, see {@link uniformity}. */
  readonly uniformity: number;
  /** Dimensions in use, see {@link effectiveRank}. */
  readonly effectiveRank: number;
  /** Quadratic mean of the per-dimension deviations: 0 to 1, see {@link perDimensionDeviation}. */
  readonly deviation: number;
  /** Share of views whose nearest neighbour is the other view of their image. */
  readonly contrastiveAccuracy: number;
  /** A sentence when the representation has collapsed. */
  readonly warning?: string;
}

/**
 * Diagnoses representations of two views of the same images; those the loss compares, hence after the projection
 * head.
 *
 * @param z1 Representations of the first views, `[N, d]`, of any length.
 * @param z2 Representations of the second views, `[N, d]`.
 * @throws InvalidArgumentError when the shapes differ or N < 2.
 */
export function representationDiagnostics(
  z1: tf.Tensor2D,
  z2: tf.Tensor2D,
): RepresentationDiagnostics {
  const deviations = perDimensionDeviation(z1);
  const squares = deviations.reduce((sum, value) => sum + value * value, 0);
  const diagnostics = {
    alignment: alignment(z1, z2),
    uniformity: uniformity(z1),
    effectiveRank: tf.tidy(() => effectiveRank(l2Normalise(z1))),
    deviation: Math.sqrt(squares / deviations.length),
    contrastiveAccuracy: tf.tidy(() => contrastiveAccuracy(z1, z2).dataSync()[0] as number),
  };
  const warning = collapseWarning({ ...diagnostics, dimensions: z1.shape[1] });
  return warning === null ? diagnostics : { ...diagnostics, warning };
}
