import type { tf } from 'selfsup';

/** The formula, for the result. */
export const FLOPS_FORMULA =
  'forward: 2·kₕ·k_w·c_in·c_out·h_out·w_out for a convolution and 2·c_in·c_out for a dense layer, for each of the ' +
  '2N images; backward: the same again for the weights, and for the inputs of every layer but the first; ' +
  'NT-Xent: 3 products of 2·(2N)²·d; everything else (relu, pooling, normalisation, optimizer) is not counted';

/** Floating-point operations of a layer for one example, forwards. Layers without a product have none. */
export function layerFlops(layer: tf.layers.Layer): number {
  const kernel = layer.weights.find(({ originalName }) => /kernel$/.test(originalName))?.shape;
  if (kernel === undefined) return 0;
  const products = kernel.reduce<number>((product, size) => product * (size as number), 1);
  const [, ...output] = layer.outputShape as number[];
  const places = output.slice(0, -1).reduce((product, size) => product * size, 1);
  return 2 * products * places;
}

/**
 * Floating-point operations of one training step with NT-Xent, multiplications and additions counted one each.
 *
 * @param models One after another, the encoder first.
 * @param rows Images in the step: twice the pairs.
 */
export function trainingFlops(models: readonly tf.LayersModel[], rows: number): number {
  const layers = models
    .flatMap((model) => model.layers.map(layerFlops))
    .filter((flops) => flops > 0);
  const forwards = layers.reduce((sum, flops) => sum + flops, 0);
  const perImage = 3 * forwards - (layers[0] ?? 0);
  const last = models[models.length - 1] as tf.LayersModel;
  const projectionDim = last.outputShape.at(-1) as number;
  return rows * perImage + 3 * 2 * rows ** 2 * projectionDim;
}
