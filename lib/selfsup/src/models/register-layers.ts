import { registerVisionTransformerLayer } from './transformer/vision-transformer-layer';

/**
 * Tells tf.layers of the layer classes of this library, by which a model is made again from its description.
 *
 * @internal
 */
export function registerLayers(): void {
  registerVisionTransformerLayer();
}
