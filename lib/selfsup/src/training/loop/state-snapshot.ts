import * as tf from '../../runtime/tensorflow';

/**
 * The values of variables at one moment. Assigning a variable gives it another tensor and leaves the old one alone,
 * so a snapshot only holds on to the old tensors: it costs their memory, but copies nothing.
 */
export class StateSnapshot {
  readonly #variables: readonly tf.Variable[];
  readonly #values: readonly tf.Tensor[];

  constructor(variables: readonly tf.Variable[]) {
    this.#variables = [...variables];
    this.#values = variables.map((variable) => variable.clone());
  }

  /** Gives the variables these values again. */
  restore(): void {
    this.#variables.forEach((variable, index) => {
      variable.assign(this.#values[index] as tf.Tensor);
    });
  }

  dispose(): void {
    tf.dispose([...this.#values]);
  }
}

/** Whether all values of all variables are finite numbers. */
export function allFinite(variables: readonly tf.Variable[]): boolean {
  return variables.every((variable) =>
    tf.tidy(
      () => variable.dtype !== 'float32' || tf.all(tf.isFinite(variable)).dataSync()[0] === 1,
    ),
  );
}
