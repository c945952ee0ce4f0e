import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';

/** What a {@link TwoViewModel} computes for a batch of images. */
export interface TwoViewOutput {
  /** The encoder's output `[N, d]`, which downstream tasks use. */
  readonly features: tf.Tensor2D;
  /** What the loss compares, `[N, p]`: the projection head's output, or the features where there is no head. */
  readonly projections: tf.Tensor2D;
}

/** What {@link TwoViewModel.loss} computes for a batch of pairs. A step records all scalars among it. */
export type TwoViewLoss = { readonly loss: tf.Scalar; readonly [name: string]: tf.Tensor };

/**
 * A model that learns from two views of each image, without labels. Whatever implements this is trained by `twoViewStep` and
 * diagnosed by `twoViewDiagnostics`: methods differ in what `loss` compares and in what happens around the update.
 *
 * A method without parts of its own besides encoder, projection head and loss needs no class: see `JointEmbedding`.
 *
 * @typeParam L What `loss` returns.
 */
export interface TwoViewModel<L extends TwoViewLoss = TwoViewLoss> {
  /**
   * Features and projections of a batch of images.
   *
   * @param images `[N, H, W, C]`, float32 in [0, 1].
   * @param options With `training: true` batch normalization uses the batch and updates its moving averages. Default false.
   * @returns Tensors that the caller disposes.
   */
  call(images: tf.Tensor4D, options?: { training?: boolean }): TwoViewOutput;
  /**
   * The loss of a batch of pairs, which can be differentiated with respect to {@link trainableVariables}.
   *
   * @param view1 First views, `[N, H, W, C]`, float32 in [0, 1].
   * @param view2 Second views of the same images in the same order.
   * @param options `training` as in {@link call}. Default true.
   * @returns Tensors that the caller disposes.
   */
  loss(view1: tf.Tensor4D, view2: tf.Tensor4D, options?: { training?: boolean }): L;
  /** What the optimizer changes. */
  readonly trainableVariables: readonly tf.Variable[];
  /** Everything that belongs to the model: the trainable variables, moving averages, networks that follow, queues. */
  readonly weights: readonly tf.Variable[];
  /** What happens in a step before the views are drawn. `seed` is the step's, int32 `[runSeed, stepNumber]`. */
  beforeStep?(seed: tf.Tensor1D): void;
  /** What happens between gradient and update, with what `loss` has returned: a queue takes its keys here. */
  afterGradients?(result: L): void;
  /** What happens after the update: BYOL's target network follows here. */
  afterUpdate?(seed: tf.Tensor1D): void;
  /** Disposes all weights of the model. */
  dispose(): void;
}

/**
 * Features and projections of images by an encoder and its projection head: {@link TwoViewModel.call} of most models.
 *
 * @param networks `projectionHead: null` gives the features as projections: one and the same tensor.
 * @param images `[N, H, W, C]`, float32 in [0, 1].
 * @param options With `training: true` batch normalization uses the batch and updates its moving averages. Default false.
 * @returns Tensors that the caller disposes.
 */
export function featuresAndProjections(
  {
    encoder,
    projectionHead,
  }: { readonly encoder: tf.LayersModel; readonly projectionHead: tf.LayersModel | null },
  images: tf.Tensor4D,
  { training = false }: { training?: boolean } = {},
): TwoViewOutput {
  return tf.tidy(() => {
    const features = encoder.apply(images, { training }) as tf.Tensor2D;
    const projections =
      projectionHead === null
        ? features
        : (projectionHead.apply(features, { training }) as tf.Tensor2D);
    return { features, projections };
  });
}

/**
 * Checks that two views have one shape.
 *
 * @throws InvalidArgumentError when they have not.
 */
export function assertViews(caller: string, view1: tf.Tensor4D, view2: tf.Tensor4D): void {
  if (view1.shape.join() === view2.shape.join()) return;
  throw new InvalidArgumentError(
    `${caller}: view1 is [${view1.shape.join(', ')}] and view2 is [${view2.shape.join(', ')}]; ` +
      'expected equal shapes. Let both augmentations end in the same crop or resize.',
  );
}
