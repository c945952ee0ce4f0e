import * as tf from '@tensorflow/tfjs';
import { CompileArgumentError, CompileError } from './errors';
import { checkedLengths, isLast, isReal, withoutPadding } from './lstm-lengths';
import { native, nativeOperation, registerNativeGradient } from './native-operations';
import { nodeBackend } from './node-backend';

/** Gates i, f, c, o of Keras and BlockLSTMV2, in the order i, c, f, o of LSTMBlockCellGrad, or back. */
function exchangeInnerGates(tensor: tf.Tensor, axis: number): tf.Tensor {
  const [first, second, third, last] = tf.split(tensor, 4, axis) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  return tf.concat([first, third, second, last], axis);
}

/** True for the zeros that tfjs takes for the gradient of an output nobody uses. */
function isKnownZero(tensor: tf.Tensor): boolean {
  const { values } = nodeBackend().tensorMap.get(tensor.dataId);
  return values?.every((value) => value === 0) ?? false;
}

/** What an LSTM has saved for its gradient: the tensors of one step after the other. */
interface SavedSteps {
  readonly i: readonly tf.Tensor[];
  readonly f: readonly tf.Tensor[];
  readonly o: readonly tf.Tensor[];
  readonly cells: readonly tf.Tensor[];
  readonly candidates: readonly tf.Tensor[];
  readonly activated: readonly tf.Tensor[];
  readonly previousCells: readonly tf.Tensor[];
  readonly previousHiddens: readonly tf.Tensor[];
}

/** The gradients of the gates of each step, and those of the state before the first: from the last step to the first. */
function gateGradients(
  x: tf.Tensor3D,
  recurrentKernel: tf.Tensor,
  steps: SavedSteps,
  dHidden: readonly tf.Tensor[],
  dCell: readonly tf.Tensor[],
): { dGates: tf.Tensor[]; dPreviousCell: tf.Tensor; dPreviousHidden: tf.Tensor } {
  const [time, batch] = x.shape;
  const units = recurrentKernel.shape[0] as number;
  // LSTMBlockCellGrad looks at the shapes of its input, weights and biases only. An empty part of x ties it to x, so that a
  // gradient of this gradient meets the refusal below.
  const noInput = tf.reshape(tf.slice(x, [0, 0, 0], [1, batch, 0]), [batch, 0]);
  const noPeephole = tf.zeros([units]);
  const noBias = tf.zeros([4 * units]);
  const dGates: tf.Tensor[] = [];
  let dPreviousCell: tf.Tensor = tf.zeros([batch, units]);
  let dPreviousHidden: tf.Tensor | undefined;
  for (let t = time - 1; t >= 0; t--) {
    const dh = dHidden[t] as tf.Tensor;
    const dc = dCell[t];
    const gradients = nativeOperation('LSTMBlockCellGrad', {
      x: noInput,
      previousCell: steps.previousCells[t] as tf.Tensor,
      previousHidden: steps.previousHiddens[t] as tf.Tensor,
      recurrentKernel,
      wci: noPeephole,
      wcf: noPeephole,
      wco: noPeephole,
      bias: noBias,
      i: steps.i[t] as tf.Tensor,
      cell: steps.cells[t] as tf.Tensor,
      f: steps.f[t] as tf.Tensor,
      o: steps.o[t] as tf.Tensor,
      candidate: steps.candidates[t] as tf.Tensor,
      activated: steps.activated[t] as tf.Tensor,
      dCell: dc ? tf.add(dPreviousCell, dc) : dPreviousCell,
      dHidden: dPreviousHidden ? tf.add(dh, dPreviousHidden) : dh,
    });
    dPreviousCell = gradients[0] as tf.Tensor;
    dGates[t] = gradients[1] as tf.Tensor;
    dPreviousHidden = native(
      'MatMul',
      { a: dGates[t] as tf.Tensor, b: recurrentKernel },
      { transposeB: true },
    );
  }
  return { dGates, dPreviousCell, dPreviousHidden: dPreviousHidden as tf.Tensor };
}

// TensorFlow has a gradient of BlockLSTMV2, but it multiplies step by step. Here only what must be one after the other
// is: the gradients for all weights and inputs are products over all steps at once. It takes two thirds of the time.
registerNativeGradient('BlockLSTMV2', {
  inputsToSave: ['x', 'cell', 'hidden', 'weights'],
  outputsToSave: Array(7).fill(true) as boolean[],
  gradFunc: (dys, saved) => {
    const [x, initialCell, initialHidden, weights, ...states] = saved as [
      tf.Tensor3D,
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
      ...tf.Tensor[],
    ];
    const [, dCells, , , , , dHiddens] = dys as tf.Tensor[];
    const [time, batch, features] = x.shape;
    const units = initialHidden.shape[1];
    const [kernel, recurrentKernel] = tf.split(exchangeInnerGates(weights, 1), [
      features,
      units,
    ]) as [tf.Tensor, tf.Tensor];
    const [i, cells, f, o, candidates, activated, hiddens] = states.map((state) =>
      tf.unstack(state),
    ) as [
      tf.Tensor[],
      tf.Tensor[],
      tf.Tensor[],
      tf.Tensor[],
      tf.Tensor[],
      tf.Tensor[],
      tf.Tensor[],
    ];
    const previousHiddens = [initialHidden, ...hiddens.slice(0, -1)];
    const previousCells = [initialCell, ...cells];
    const { dGates, dPreviousCell, dPreviousHidden } = gateGradients(
      x,
      recurrentKernel,
      { i, f, o, cells, candidates, activated, previousCells, previousHiddens },
      tf.unstack(dHiddens as tf.Tensor),
      isKnownZero(dCells as tf.Tensor) ? [] : tf.unstack(dCells as tf.Tensor),
    );
    const allDGates = tf.reshape(tf.stack(dGates), [time * batch, 4 * units]);
    const product = (a: tf.Tensor, size: number): tf.Tensor =>
      native(
        'MatMul',
        { a: tf.reshape(a, [time * batch, size]), b: allDGates },
        { transposeA: true },
      );
    return {
      x: () =>
        tf.reshape(native('MatMul', { a: allDGates, b: kernel }, { transposeB: true }), x.shape),
      cell: () => dPreviousCell,
      hidden: () => dPreviousHidden,
      weights: () =>
        exchangeInnerGates(
          tf.concat([product(x, features), product(tf.stack(previousHiddens), units)]),
          1,
        ),
      bias: () => exchangeInnerGates(native('BiasAddGrad', { dy: allDGates }), 0),
      // The function below has no peepholes.
      wci: () => tf.zeros([units]),
      wcf: () => tf.zeros([units]),
      wco: () => tf.zeros([units]),
    };
  },
});

// What the gradient above consists of.
for (const operation of ['LSTMBlockCellGrad', 'MatMul'] as const) {
  registerNativeGradient(operation, {
    gradFunc: () => {
      throw new CompileError(
        'The gradient of lstm cannot be differentiated again: TensorFlow has no operation for it. Use ' +
          "tf.layers.lstm({ recurrentActivation: 'sigmoid' }) with the same weights, together with useNativeGradients().",
      );
    },
  });
}

/** The weights of an LSTM, laid out as `tf.layers.lstm` and Keras lay them out: gates i, f, c, o. */
export interface LstmWeights {
  /** `[D, 4·U]`: from the input to the gates. */
  readonly kernel: tf.Tensor;
  /** `[U, 4·U]`: from the previous output to the gates. */
  readonly recurrentKernel: tf.Tensor;
  /** `[4·U]`. */
  readonly bias: tf.Tensor;
}

/** Options of {@link lstm}. */
export interface LstmOptions {
  /** Whether the sequence is read from its end; the outputs stay in the order of the input. Default `false`. */
  readonly goBackwards?: boolean;
  /**
   * `[N]`, int32: how many steps of each sequence are real; what follows is padding. A padded step neither changes
   * the state nor is it changed: its output is 0 and its input receives no gradient. Read from its end, a sequence
   * starts at its last real step. By default every step is real. A length below 0 or above T is refused: by a
   * `CompileArgumentError` in an eager call, by TensorFlow in a graph (a `GraphError`, on a CPU).
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
 * A long short-term memory over whole sequences, as one TensorFlow operation (`BlockLSTMV2`) and three for each step of
 * its gradient, where `tf.layers.lstm` sends twenty or more for each step. Starting from zero states,
 *
 * `i, f, o = σ(xₜ·K + hₜ₋₁·R + b)`, `g = tanh(xₜ·K + hₜ₋₁·R + b)`, `cₜ = f·cₜ₋₁ + i·g`, `hₜ = o·tanh(cₜ)`,
 *
 * which is `tf.layers.lstm` with `recurrentActivation: 'sigmoid'`. Its gradient cannot be differentiated again.
 *
 * @param x `[N, T, D]`, float32. What it holds in padding, be it NaN, reaches neither results nor gradients.
 * @throws CompileArgumentError when shapes do not fit or a length is out of range.
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
    const checked = lengths && checkedLengths('lstm', lengths, time);
    const real = checked && isReal(checked, time);
    const last = checked && isLast(checked, time);
    const padded = tf.transpose(x, [1, 0, 2]) as tf.Tensor3D;
    const forwards = real ? withoutPadding(padded, real) : padded;
    const zeros = tf.zeros([batch, units]);
    const none = tf.zeros([units]);
    const result = nativeOperation('BlockLSTMV2', {
      x: goBackwards ? reversed(forwards, checked) : forwards,
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
    const lastOf = (states: tf.Tensor3D): tf.Tensor =>
      last
        ? tf.sum(withoutPadding(states, last), 0)
        : tf.reshape(tf.slice(states, [time - 1, 0, 0], [1, batch, units]), [batch, units]);
    const kept = real ? withoutPadding(hiddens, real) : hiddens;
    const ordered = goBackwards ? reversed(kept, checked) : kept;
    return [tf.transpose(ordered, [1, 0, 2]), lastOf(hiddens), lastOf(cells)];
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
 * @throws CompileArgumentError when shapes do not fit or a length is out of range.
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
