import type * as tfjs from '@tensorflow/tfjs-node';
// Not from 'selfsup': that gives the process TensorFlow's own gradients.
import { loadEngine } from '../../lib/selfsup/dist/runtime/engine';
import { engineName } from './engine-name';
import { type PreparedWorkload, timeEach } from './prepared-workload';

/** The tutorial's SimCLR step as a user of tfjs-node writes it, with nothing of this project in it. */
export function prepare({ batch }: { batch: number }): PreparedWorkload {
  loadEngine();
  const tf = require('@tensorflow/tfjs-node') as typeof tfjs;
  const convolution = (filters: number) =>
    tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' });
  const model = tf.sequential({
    layers: [
      tf.layers.inputLayer({ inputShape: [24, 24, 3] }),
      convolution(32),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      convolution(64),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      convolution(128),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 128 }),
      tf.layers.dense({ units: 128, activation: 'relu' }),
      tf.layers.dense({ units: 64 }),
    ],
  });
  const optimizer = tf.train.adam(1e-3);
  const itself = tf.eye(2 * batch).mul(1e9);

  const ntXent = (projections: tfjs.Tensor2D): tfjs.Scalar => {
    const z = projections.div<tfjs.Tensor2D>(tf.norm(projections, 'euclidean', 1, true));
    const logits = tf.matMul(z, z, false, true).div(0.5).sub(itself);
    const partners = tf.concat([z.slice([batch, 0]), z.slice([0, 0], [batch, -1])]);
    const positives = z.mul(partners).sum(1).div(0.5);
    return logits.logSumExp(1).sub(positives).mean();
  };

  const views = [0, 1].map(() => tf.randomUniform([batch, 24, 24, 3]));
  const run = timeEach(() => {
    const loss = optimizer.minimize(
      () => ntXent(model.apply(tf.concat(views), { training: true }) as tfjs.Tensor2D),
      true,
    );
    loss?.dataSync();
    loss?.dispose();
  });
  run(3);
  return { run, facts: { engine: engineName() } };
}
