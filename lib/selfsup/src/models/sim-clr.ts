import { ntXentLoss } from '../losses/nt-xent-loss';
import type * as tf from '../runtime/tensorflow';
import { JointEmbedding, type JointEmbeddingLoss } from './joint-embedding';
import type { TwoViewOutput } from './two-view-model';

/** The parts of a {@link SimClr} model. */
export interface SimClrOptions {
  /** From images `[N, H, W, C]` to features `[N, d]`. The model takes it over: `dispose` disposes it. */
  readonly encoder: tf.LayersModel;
  /** From features to projections; `null` gives the loss the features themselves, as the tutorial does first. */
  readonly projectionHead?: tf.LayersModel | null;
  /** τ of the loss. Default 0.5. */
  readonly temperature?: number;
}

/** What {@link SimClr.call} computes for a batch of images. */
export type SimClrOutput = TwoViewOutput;

/** What {@link SimClr.loss} computes for a batch of pairs. */
export type SimClrLoss = JointEmbeddingLoss;

/**
 * SimCLR: an encoder and a projection head trained to give two views of one image similar projections and views of
 * different images dissimilar ones. It is a {@link JointEmbedding} whose loss is NT-Xent.
 *
 * @see Chen, Kornblith, Norouzi, Hinton, "A Simple Framework for Contrastive Learning of Visual Representations",
 *   2020, arXiv:2002.05709.
 */
export class SimClr extends JointEmbedding {
  readonly temperature: number;

  /** @throws InvalidArgumentError when the networks do not end in `[N, d]`. */
  constructor({ encoder, projectionHead = null, temperature = 0.5 }: SimClrOptions) {
    super({ encoder, projectionHead, loss: (z1, z2) => ntXentLoss(z1, z2, { temperature }) });
    this.temperature = temperature;
  }
}
