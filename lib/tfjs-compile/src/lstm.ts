import * as tf from '@tensorflow/tfjs';
import { CompileArgumentError } from './errors';
import { nativeOperation, registerNativeGradient } from './native-operations';

const INPUTS = ['x', 'cell', 'hidden', 'weights', 'wci', 'wcf', 'wco', 'bias'] as const;

registerNativeGradient('BlockLSTMV2', {
  inputsToSave: [...INPUTS],
  // i, cs, f, o, ci, co, h
  outputsToSave: Array(7).fill(true) as boolean[],
  gradFunc: (dys, saved) => {
    const [, dCell, , , , , dHidden] = dys as tf.Tensor[];
    const named = Object.fromEntries(saved.map((tensor, index) => [`saved${index}`, tensor]));
    const gradients = nativeOperation('BlockLSTMGradV2', {
      ...named,
      dCell: dCell as tf.Tensor,
      dHidden: dHidden as tf.Tensor,
    });
    return Object.fromEntries(
      INPUTS.map((name, index) => [name, () => gradients[index] as tf.Tensor]),
    );
  },
});

/** The weights of an LSTM, laid out as `tf.layers.lstm` and Keras lay them out: gates i, f, c, o. */
export interface LstmWeights {
  /** `[D, 4·U]`: from the input to the gates. */
  readonly kernel: tf.Tensor;
  /** `[U, 4·U]`: from the previous output to the gates. */
  readonly recurrentKernel: tf.Tensor;
  /** `[4·U]`. */
  readonly bias: tf.Tensor;
}

export interface LstmOptions {
  /** Whether the sequence is read from its end; the outputs stay in the order of the input. Default `false`. */
  readonly goBackwards?: boolean;
}

/** What {@link lstm} returns. */
export interface LstmResult {
  /** The output of every step, `[N, T, U]`. */
  readonly outputs: tf.Tensor3D;
  /** The output of the step read last, `[N, U]`. */
  readonly hidden: tf.Tensor2D;
  /** The cell state after the step read last, `[N, U]`. */
  readonly cell: tf.Tensor2D;
}

/**
 * A long short-term memory over whole sequences, as one TensorFlow operation (`BlockLSTMV2`) and one for its
 * gradient, where `tf.layers.lstm` sends twenty or more for each step. Starting from zero states,
 *
 * `i, f, o = σ(xₜ·K + hₜ₋₁·R + b)`, `g = tanh(xₜ·K + hₜ₋₁·R + b)`, `cₜ = f·cₜ₋₁ + i·g`, `hₜ = o·tanh(cₜ)`,
 *
 * which is `tf.layers.lstm` with `recurrentActivation: 'sigmoid'`.
 *
 * @param x `[N, T, D]`, float32.
 * @throws CompileArgumentError when shapes do not fit.
 * @see Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9(8), 1997.
 */
export function lstm(
  x: tf.Tensor3D,
  { kernel, recurrentKernel, bias }: LstmWeights,
  { goBackwards = false }: LstmOptions = {},
): LstmResult {
  const [batch, , features] = x.shape;
  const units = recurrentKernel.shape[0] as number;
  const fits =
    kernel.shape.join() === `${features},${4 * units}` &&
    recurrentKernel.shape.join() === `${units},${4 * units}` &&
    bias.shape.join() === `${4 * units}`;
  if (x.rank !== 3 || !fits) {
    throw new CompileArgumentError(
      `lstm was given x [${x.shape}], kernel [${kernel.shape}], recurrentKernel [${recurrentKernel.shape}] and bias ` +
        `[${bias.shape}]; expected [N, T, D], [D, 4·U], [U, 4·U] and [4·U].`,
    );
  }
  const [outputs, hidden, cell] = tf.tidy(() => {
    const forwards = tf.transpose(x, [1, 0, 2]);
    const steps = goBackwards ? tf.reverse(forwards, 0) : forwards;
    const zeros = tf.zeros([batch, units]);
    const none = tf.zeros([units]);
    const result = nativeOperation('BlockLSTMV2', {
      x: steps,
      cell: zeros,
      hidden: zeros,
      weights: tf.concat([kernel, recurrentKernel], 0),
      wci: none,
      wcf: none,
      wco: none,
      bias,
    });
    const cells = result[1] as tf.Tensor3D;
    const hiddens = result[6] as tf.Tensor3D;
    const last = (states: tf.Tensor3D): tf.Tensor =>
      tf.reshape(tf.slice(states, [states.shape[0] - 1, 0, 0], [1, batch, units]), [batch, units]);
    const ordered = goBackwards ? tf.reverse(hiddens, 0) : hiddens;
    return [tf.transpose(ordered, [1, 0, 2]), last(hiddens), last(cells)];
  }) as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D];
  return { outputs, hidden, cell };
}
