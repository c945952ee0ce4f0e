import { RandomStream } from 'tfjs-compile';
import type { TwoViews } from '../../augment/two-views';
import type { TwoViewModel } from '../../models/two-view-model';
import * as tf from '../../runtime/tensorflow';
import {
  type RepresentationDiagnostics,
  representationDiagnostics,
} from './representation-diagnostics';

/** Options of {@link twoViewDiagnostics}. */
export interface TwoViewDiagnosticsOptions {
  /** SimCLR, MoCo, a method of your own: whatever has projections. */
  readonly model: Pick<TwoViewModel, 'call'>;
  /** The fixed probe batch, `[N, H, W, C]`, float32 in [0, 1]; not disposed here. 256 images are plenty. */
  readonly images: tf.Tensor4D;
  /** As used in training. */
  readonly views: TwoViews;
  /** Seed of the probe's views, which are the same each time. */
  readonly seed?: number;
}

/**
 * A function that diagnoses the projections of a model at its current weights: the same images in the same two views
 * each time, at inference (batch norm with its moving averages), so that changes come from the weights alone.
 */
export function twoViewDiagnostics(
  options: TwoViewDiagnosticsOptions,
): () => RepresentationDiagnostics {
  const { model, images, views, seed = 0 } = options;
  return () => {
    const { z1, z2 } = tf.tidy(() => {
      const [view1, view2] = views(images, new RandomStream([seed, 0]));
      return { z1: model.call(view1).projections, z2: model.call(view2).projections };
    });
    try {
      return representationDiagnostics(z1, z2);
    } finally {
      tf.dispose([z1, z2]);
    }
  };
}

/** Options of {@link simClrDiagnostics}. */
export type SimClrDiagnosticsOptions = TwoViewDiagnosticsOptions;

/** {@link twoViewDiagnostics} by the name of the method that had it first. */
export const simClrDiagnostics = twoViewDiagnostics;
