import { assertAboveZero } from '../../runtime/checks';
import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';

/** Options of {@link AdamW}. */
export interface AdamWOptions {
  /** Decay of the running mean of the gradient. */
  readonly beta1?: number;
  /** Decay of the running mean of the squared gradient. */
  readonly beta2?: number;
  /** Added to the denominator; 1e-7 as in Keras and tfjs. */
  readonly epsilon?: number;
  /** Share of a weight that one step at learning rate 1 takes away. 0 makes this plain Adam. */
  readonly weightDecay?: number;
  /** Which variables decay; by default those with two or more axes, hence neither biases nor batch norm. */
  readonly decays?: (variable: tf.Variable) => boolean;
}

/**
 * Adam with decoupled weight decay. For a weight w with gradient g, at step t and learning rate α:
 *
 * ```text
 * m ← β₁·m + (1 − β₁)·g                  v ← β₂·v + (1 − β₂)·g²
 * m̂ = m / (1 − β₁ᵗ)                      v̂ = v / (1 − β₂ᵗ)
 * w ← w − α·( m̂ / (√v̂ + ε) + λ·w )
 * ```
 *
 * λ stands outside of the fraction: a weight's decay does not depend on the size of its gradients, which is what
 * distinguishes AdamW from Adam on an L2-regularised loss. `weightDecay: 0` is Adam.
 *
 * The bias corrections are folded into two scalars, α·√(1 − β₂ᵗ)/(1 − β₁ᵗ) and ε·√(1 − β₂ᵗ), which leaves twelve
 * operations for each weight; the numbers are those of the formula.
 *
 * @see Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019, arXiv 1711.05101.
 * @see Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015, arXiv 1412.6980.
 */
export class AdamW {
  /** Number of steps taken, then first and second moment of each variable: the state a checkpoint must hold. */
  readonly weights: readonly tf.Variable[];

  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;
  readonly #weightDecay: number;
  readonly #step: tf.Variable;
  readonly #slots: readonly Slot[];

  /**
   * @param variables The weights to be trained, for instance `model.trainableVariables`.
   * @throws InvalidArgumentError when there are none, or an option is out of range.
   */
  constructor(variables: readonly tf.Variable[], options: AdamWOptions = {}) {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, weightDecay = 0.01 } = options;
    const decays = options.decays ?? ((variable: tf.Variable) => variable.rank >= 2);
    if (variables.length === 0) {
      throw new InvalidArgumentError(
        'AdamW was given no variables; pass the weights to train, for instance model.trainableVariables.',
      );
    }
    for (const [name, beta] of [
      ['beta1', beta1],
      ['beta2', beta2],
    ] as const) {
      if (!(beta >= 0 && beta < 1)) {
        throw new InvalidArgumentError(`AdamW: ${name} is ${beta}; expected 0 ≤ ${name} < 1.`);
      }
    }
    assertAboveZero('AdamW', 'epsilon', epsilon);
    if (!(weightDecay >= 0 && Number.isFinite(weightDecay))) {
      throw new InvalidArgumentError(
        `AdamW: weightDecay is ${weightDecay}; expected a finite number, 0 or more.`,
      );
    }
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#epsilon = epsilon;
    this.#weightDecay = weightDecay;
    const zeros = (shape: number[]): tf.Variable =>
      tf.tidy(() => tf.variable(tf.zeros(shape), false));
    this.#step = zeros([]);
    this.#slots = variables.map((variable) => ({
      variable,
      mean: zeros(variable.shape),
      meanSquare: zeros(variable.shape),
      decays: weightDecay > 0 && decays(variable),
    }));
    this.weights = [
      this.#step,
      ...this.#slots.flatMap(({ mean, meanSquare }) => [mean, meanSquare]),
    ];
  }

  /**
   * Updates every variable once.
   *
   * @param gradients By name of the variable, as `tf.variableGrads` returns them in `grads`; the caller disposes.
   * @param learningRate α; the caller disposes.
   * @throws InvalidArgumentError when a variable has no gradient.
   */
  applyGradients(gradients: tf.NamedTensorMap, learningRate: tf.Scalar): void {
    this.#checkGradients(gradients);
    tf.tidy(() => {
      const [beta1, beta2] = [this.#beta1, this.#beta2];
      const t = this.#step.add(1);
      this.#step.assign(t);
      // 1 − βᵗ as −expm1(t·ln β): with β₂ = 0.999 a plain float32 difference would lose four digits at t = 1.
      const correction = (beta: number): tf.Tensor =>
        beta === 0 ? tf.onesLike(t) : t.mul(Math.log(beta)).expm1().neg();
      const rootCorrection2 = correction(beta2).sqrt();
      const rate = learningRate.mul(rootCorrection2).div(correction(beta1));
      const offset = rootCorrection2.mul(this.#epsilon);
      const kept = tf.sub(1, learningRate.mul(this.#weightDecay));
      const [rest1, rest2] = [tf.scalar(1 - beta1), tf.scalar(1 - beta2)];

      for (const { variable, mean, meanSquare, decays } of this.#slots) {
        const gradient = gradients[variable.name] as tf.Tensor;
        mean.assign(mean.add(gradient.sub(mean).mul(rest1)));
        // Not as a difference: where a square is infinite (|g| > 1.8e19), the weight stands still instead of becoming NaN.
        meanSquare.assign(meanSquare.mul(beta2).add(gradient.square().mul(rest2)));
        const update = mean.mul(rate).div(meanSquare.sqrt().add(offset));
        variable.assign((decays ? variable.mul(kept) : variable).sub(update));
      }
    });
  }

  /** Looks at all of them before anything is updated, so that a mistake leaves no half-done step behind. */
  #checkGradients(gradients: tf.NamedTensorMap): void {
    for (const { variable } of this.#slots) {
      if (gradients[variable.name] !== undefined) continue;
      throw new InvalidArgumentError(
        `AdamW has no gradient for "${variable.name}"; it got gradients for ` +
          `${Object.keys(gradients).join(', ') || 'nothing'}. Differentiate the loss by the variables ` +
          'AdamW was made for: tf.variableGrads(loss, variables).',
      );
    }
  }

  /** Disposes the moments; the variables being trained stay. */
  dispose(): void {
    for (const weight of this.weights) weight.dispose();
  }
}

interface Slot {
  readonly variable: tf.Variable;
  readonly mean: tf.Variable;
  readonly meanSquare: tf.Variable;
  readonly decays: boolean;
}
