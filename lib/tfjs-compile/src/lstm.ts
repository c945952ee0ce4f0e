import * as tf from '@tensorflow/tfjs';
import { CompileArgumentError } from './errors';
import { native, nativeOperation, registerNativeGradient } from './native-operations';

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
  /**
   * `[N]`, int32: how many steps of each sequence are real; what follows is padding. A padded step neither changes
   * the state nor is it changed: its output is 0 and its input receives no gradient. Read from its end, a sequence
   * starts at its last real step. By default every step is real.
   */
  readonly lengths?: tf.Tensor1D;
}

/** What {@link lstm} and {@link bidirectionalLstm} return. */
export interface LstmResult {
  /** The output of every step, `[N, T, U]`. */
  readonly outputs: tf.Tensor3D;
  /** The output of the real step read last, `[N, U]`. */
  readonly hidden: tf.Tensor2D;
  /** The cell state after the real step read last, `[N, U]`. */
  readonly cell: tf.Tensor2D;
}

function checkShapes(
  caller: string,
  x: tf.Tensor3D,
  { kernel, recurrentKernel, bias }: LstmWeights,
  lengths: tf.Tensor1D | undefined,
): void {
  const [batch, , features] = x.shape;
  const units = recurrentKernel.shape[0] as number;
  const fits =
    kernel.shape.join() === `${features},${4 * units}` &&
    recurrentKernel.shape.join() === `${units},${4 * units}` &&
    bias.shape.join() === `${4 * units}`;
  if (x.rank !== 3 || !fits) {
    throw new CompileArgumentError(
      `${caller} was given x [${x.shape}], kernel [${kernel.shape}], recurrentKernel [${recurrentKernel.shape}] and bias ` +
        `[${bias.shape}]; expected [N, T, D], [D, 4·U], [U, 4·U] and [4·U].`,
    );
  }
  if (lengths && (lengths.dtype !== 'int32' || lengths.shape.join() !== `${batch}`)) {
    throw new CompileArgumentError(
      `${caller} was given ${lengths.dtype} lengths [${lengths.shape}]; expected one int32 length for each of the ` +
        `${batch} sequences.`,
    );
  }
}

/** The sequences `[T, N, …]` each read from the end of its real steps; doing it twice undoes it. */
function reversed(steps: tf.Tensor3D, lengths: tf.Tensor1D | undefined): tf.Tensor3D {
  if (!lengths) return tf.reverse(steps, 0);
  return native('ReverseSequence', { x: steps, lengths }) as tf.Tensor3D;
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
  weights: LstmWeights,
  { goBackwards = false, lengths }: LstmOptions = {},
): LstmResult {
  checkShapes('lstm', x, weights, lengths);
  const [batch, time] = x.shape;
  const { kernel, recurrentKernel, bias } = weights;
  const units = recurrentKernel.shape[0] as number;
  const [outputs, hidden, cell] = tf.tidy(() => {
    const forwards = tf.transpose(x, [1, 0, 2]);
    const steps = goBackwards ? reversed(forwards, lengths) : forwards;
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
    // Padding follows the real steps in both directions, so no state that counts comes after a padded step.
    const stepNumber = tf.reshape(tf.range(0, time, 1, 'int32'), [time, 1, 1]);
    const last = (states: tf.Tensor3D): tf.Tensor => {
      if (!lengths)
        return tf.reshape(tf.slice(states, [time - 1, 0, 0], [1, batch, units]), [batch, units]);
      const isLast = tf.equal(stepNumber, tf.sub(tf.reshape(lengths, [1, batch, 1]), 1));
      return tf.sum(tf.where(isLast, states, tf.zerosLike(states)), 0);
    };
    const real = lengths
      ? tf.where(
          tf.less(stepNumber, tf.reshape(lengths, [1, batch, 1])),
          hiddens,
          tf.zerosLike(hiddens),
        )
      : hiddens;
    const ordered = goBackwards ? reversed(real, lengths) : real;
    return [tf.transpose(ordered, [1, 0, 2]), last(hiddens), last(cells)];
  }) as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D];
  return { outputs, hidden, cell };
}

/** The weights of the two directions of {@link bidirectionalLstm}, of equal shapes. */
export interface BidirectionalLstmWeights {
  readonly forwards: LstmWeights;
  readonly backwards: LstmWeights;
}

/**
 * Two {@link lstm}s over the same sequences, one reading from the start and one from the end. Outputs, hidden and cell
 * states of both stand side by side: `outputs` is `[N, T, 2·U]`, the forward direction first, as the Keras layer
 * `Bidirectional` with `merge_mode: 'concat'`.
 *
 * @param x `[N, T, D]`, float32.
 * @param options.lengths as in {@link LstmOptions}.
 * @throws CompileArgumentError when shapes do not fit.
 * @see Schuster and Paliwal, "Bidirectional recurrent neural networks", 1997.
 */
export function bidirectionalLstm(
  x: tf.Tensor3D,
  { forwards, backwards }: BidirectionalLstmWeights,
  { lengths }: Pick<LstmOptions, 'lengths'> = {},
): LstmResult {
  checkShapes('bidirectionalLstm', x, forwards, lengths);
  checkShapes('bidirectionalLstm', x, backwards, lengths);
  const options = lengths ? { lengths } : {};
  const [outputs, hidden, cell] = tf.tidy(() => {
    const [a, b] = [
      lstm(x, forwards, options),
      lstm(x, backwards, { ...options, goBackwards: true }),
    ];
    return [
      tf.concat([a.outputs, b.outputs], 2),
      tf.concat([a.hidden, b.hidden], 1),
      tf.concat([a.cell, b.cell], 1),
    ];
  }) as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D];
  return { outputs, hidden, cell };
}
