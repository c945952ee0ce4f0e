import {
  AdamW,
  type BatchSource,
  RandomStream,
  type RepresentationDiagnostics,
  type StepOutputs,
  type TrainingStep,
  tf,
  trainingStep,
} from 'selfsup';

/** Of a representation that has not collapsed. */
export const sound: RepresentationDiagnostics = {
  alignment: 0.2,
  uniformity: -2,
  effectiveRank: 20,
  deviation: 0.9,
  contrastiveAccuracy: 0.5,
};

export type Rows = { rows: tf.Tensor2D };

/** Rows `[1, 0, i]`, `[1, 1, i]`, … whose last entry shows the position, so that tests can see the order. */
export function countingRows(size: number): BatchSource<Rows> {
  return {
    size,
    batch: (indices) => ({
      rows: tf.tensor2d(Array.from(indices, (i) => [1, i % 2, i / size])),
    }),
  };
}

export interface NoisyRegression {
  readonly step: TrainingStep<Rows>;
  readonly weight: tf.Variable;
  dispose(): void;
}

/** A small training whose every step depends on the batch, on random draws, on the rate and on AdamW's moments. */
export function noisyRegression(
  change: (loss: tf.Scalar, rows: tf.Tensor2D) => StepOutputs = (loss) => ({ loss }),
): NoisyRegression {
  const weight = tf.tidy(() => tf.variable(tf.tensor2d([[0.3], [-0.2], [0.5]])));
  const optimizer = new AdamW([weight]);
  const step = trainingStep<Rows>(({ rows, seed, learningRate }) => {
    const noise = new RandomStream(seed).normal([rows.shape[0], 1]);
    const target = rows.slice([0, 2], [-1, 1]).mul(3).add(noise);
    const { value, grads } = tf.variableGrads(
      () =>
        rows
          .matMul(weight as tf.Variable<tf.Rank.R2>)
          .sub(target)
          .square()
          .mean() as tf.Scalar,
      [weight],
    );
    optimizer.applyGradients(grads, learningRate);
    return change(value, rows);
  });
  return {
    step,
    weight,
    dispose: () => {
      weight.dispose();
      optimizer.dispose();
    },
  };
}
