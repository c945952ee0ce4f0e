import { AdamW, tf } from 'selfsup';
import { compile } from 'tfjs-compile';
import { trainingFlops } from '../training-flops';
import { engineName } from './engine-name';
import { type PreparedWorkload, timeEach } from './prepared-workload';
import { type EncoderName, simClrModel } from './simclr-model';

export interface SimClrStepSettings {
  readonly batch: number;
  readonly encoder: EncoderName;
  readonly temperature: number;
  readonly optimizer: 'adam' | 'adamw';
  readonly precision?: 'float32' | 'bfloat16';
  readonly compile?: boolean;
}

/** One update from two views that are in memory: forward, NT-Xent, backward, optimizer. */
export function prepare({
  batch,
  encoder,
  temperature,
  optimizer: optimizerName,
  precision = 'float32',
  compile: compiled = true,
}: SimClrStepSettings): PreparedWorkload {
  const model = simClrModel(encoder, temperature);
  const weightDecay = optimizerName === 'adamw' ? 0.004 : 0;
  const optimizer = new AdamW(model.trainableVariables, { weightDecay });
  const update = (view1: tf.Tensor4D, view2: tf.Tensor4D, learningRate: tf.Scalar): tf.Scalar =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(
        () => model.loss(view1, view2).loss,
        model.trainableVariables,
      );
      optimizer.applyGradients(grads, learningRate);
      return value;
    });
  const step = compiled ? compile(update, { precision }) : update;
  const shape: [number, number, number, number] = [batch, 24, 24, 3];
  const view1 = tf.randomUniform<tf.Rank.R4>(shape, 0, 1, 'float32', 1);
  const view2 = tf.randomUniform<tf.Rank.R4>(shape, 0, 1, 'float32', 2);
  const learningRate = tf.scalar(1e-3);
  const run = timeEach(() => {
    const loss = step(view1, view2, learningRate);
    loss.dataSync();
    loss.dispose();
  });
  run(5);
  return {
    run,
    facts: {
      engine: engineName(),
      flops: trainingFlops(
        [model.encoder, ...(model.projectionHead ? [model.projectionHead] : [])],
        2 * batch,
      ),
    },
  };
}
