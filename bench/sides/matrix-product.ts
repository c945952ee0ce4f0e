import { tf } from 'selfsup';
import { engineName } from './engine-name';
import { type PreparedWorkload, timeEach } from './prepared-workload';

/** One large product of two square matrices: what the engine reaches at its best. */
export function prepare({ size }: { size: number }): PreparedWorkload {
  const [a, b] = [0, 1].map(() => tf.randomNormal<tf.Rank.R2>([size, size]));
  const run = timeEach(() => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D).dispose());
  run(3);
  return { run, facts: { engine: engineName(), flops: 2 * size ** 3 } };
}
