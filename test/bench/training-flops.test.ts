import { tf } from 'selfsup';
import { describe, expect, it } from 'vitest';
import { layerFlops, trainingFlops } from '../../bench/training-flops';

describe('floating-point operations', () => {
  it('of a convolution are 2 · k² · channels · filters at each place of its result', () => {
    const layer = tf.layers.conv2d({
      inputShape: [6, 8, 3],
      filters: 4,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      activation: 'relu',
    });
    tf.sequential({ layers: [layer] });
    // 3 × 4 places, 3·3·3 products for each of 4 filters, and as many additions.
    expect(layerFlops(layer)).toBe(2 * 3 * 3 * 3 * 4 * (3 * 4));
  });

  it('of layers without a product are none, nor of a bias or a normalisation', () => {
    const layers = [
      tf.layers.batchNormalization({ inputShape: [8, 8, 4] }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 5 }),
    ];
    tf.sequential({ layers });
    expect(layers.map(layerFlops)).toEqual([0, 0, 0, 2 * 4 * 5]);
  });

  it('of a step are three times the forward ones but for the first input, and those of NT-Xent', () => {
    const encoder = tf.sequential({
      layers: [tf.layers.dense({ inputShape: [7], units: 5 }), tf.layers.dense({ units: 3 })],
    });
    const head = tf.sequential({ layers: [tf.layers.dense({ inputShape: [3], units: 2 })] });
    const [first, second, projection] = [2 * 7 * 5, 2 * 5 * 3, 2 * 3 * 2];
    const perImage = 2 * first + 3 * (second + projection);
    // Similarities, and both halves of their gradient: [8, 2] by [2, 8], and twice [8, 8] by [8, 2].
    const contrast = 3 * 2 * 8 * 8 * 2;
    expect(trainingFlops([encoder, head], 8)).toBe(8 * perImage + contrast);
  });
});
