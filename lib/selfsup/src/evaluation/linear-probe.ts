import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import { assertGoesOn } from '../runtime/interruption';
import type { OnProgress } from '../runtime/progress';
import * as tf from '../runtime/tensorflow';
import { workLimit } from '../runtime/work-limit';
import { type CasewiseAccuracy, casewiseAccuracy } from './accuracy';
import { type Evaluation, minimise } from './l-bfgs';
import { assertLabelledFeatures, assertSameWidth, numberOfClasses } from './labelled-features';
import { LinearClassifier } from './linear-classifier';

/** Arguments of {@link linearProbe}. */
export interface LinearProbeOptions {
  /** Frozen features to fit on, `[n, d]`, float32. */
  readonly trainFeatures: tf.Tensor2D;
  readonly trainLabels: ArrayLike<number>;
  /** Features on which the strength of the regularisation is chosen, `[m, d]`. */
  readonly validationFeatures: tf.Tensor2D;
  readonly validationLabels: ArrayLike<number>;
  /** Features to report on, read once, after the choice. Leave them out while you still try things. */
  readonly testFeatures?: tf.Tensor2D;
  readonly testLabels?: ArrayLike<number>;
  /** Strengths λ to choose from. Default 0.1, 0.01, … 1e-5. */
  readonly strengths?: readonly number[] | undefined;
  /** Steps of the fit for each strength. Default 200. */
  readonly maxIterations?: number;
  /**
   * Whether features are scaled to the training set's deviations. Default true. `false` for bags of words: scaled, a word
   * seen once would count as much as one seen in every sentence. Their means are taken off either way, which `b` makes up
   * for.
   */
  readonly standardise?: boolean;
  /** Told after the fit of each strength. */
  readonly onProgress?: OnProgress | undefined;
}

/** What {@link linearProbe} found. */
export interface LinearProbe {
  /** On the data it was fitted on; far above `validation` it overfits. */
  readonly train: CasewiseAccuracy;
  readonly validation: CasewiseAccuracy;
  /** `null` where no test features were given. */
  readonly test: CasewiseAccuracy | null;
  /** The strength chosen; of equally good ones the strongest. */
  readonly strength: number;
  /** Validation accuracy of each strength, strongest first. */
  readonly candidates: readonly { readonly strength: number; readonly validation: number }[];
  /** Whether every fit ended by itself before `maxIterations`. */
  readonly converged: boolean;
  /** The fit of that strength, for images without labels. */
  readonly classifier: LinearClassifier;
}

const DEFAULT_STRENGTHS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5] as const;
/**
 * A feature whose deviation is below this share of its largest value is constant but for the rounding of float32 (2⁻²⁴):
 * it is left out rather than blown up.
 */
const CONSTANT = 2 ** -22;
/** An eigendecomposition takes time with the cube of the width: half a second here, a minute for raw pixels. */
const WIDEST_DECOMPOSED = 512;

/**
 * The linear probe, the usual measure of frozen features: multinomial logistic regression on features standardised by
 * the training set's means and deviations (unless `standardise` is false). Minimises
 *
 * ```
 * −1/n Σ_i log softmax(x_i W + b)[y_i] + λ/2 ‖W‖²
 * ```
 *
 * over the whole training set by L-BFGS from zero, so the result does not depend on a seed. λ is the one with the best
 * accuracy on the validation set; the test set is used once, after that. scikit-learn's `C` is `1 / (n λ)`; with two classes,
 * where it has one vector of weights for the difference of the two that are here, `2 / (n λ)`.
 *
 * Adding a number to the features changes nothing, nor does multiplying them by one while they are standardised.
 *
 * @throws InvalidArgumentError when numbers of features and labels, or the widths, differ, when a feature is not finite,
 *   when test features come without labels, when there is one class alone, or when a strength is not above 0.
 * @see Kornblith, Shlens, Le, "Do Better ImageNet Models Transfer Better?", 2018, arXiv:1805.08974, who fit it so.
 */
export async function linearProbe({
  trainFeatures,
  trainLabels,
  validationFeatures,
  validationLabels,
  testFeatures,
  testLabels,
  strengths = DEFAULT_STRENGTHS,
  maxIterations = 200,
  standardise = true,
  onProgress,
}: LinearProbeOptions): Promise<LinearProbe> {
  assertLabelledFeatures('linearProbe', 'train', trainFeatures, trainLabels);
  assertLabelledFeatures('linearProbe', 'validation', validationFeatures, validationLabels);
  assertSameWidth('linearProbe', trainFeatures, validationFeatures);
  if ((testFeatures === undefined) !== (testLabels === undefined)) {
    throw new InvalidArgumentError(
      'linearProbe: testFeatures and testLabels; expected both or neither. Pass the test split with its labels.',
    );
  }
  if (testFeatures !== undefined && testLabels !== undefined) {
    assertLabelledFeatures('linearProbe', 'test', testFeatures, testLabels);
    assertSameWidth('linearProbe', trainFeatures, testFeatures);
  }
  if (strengths.length === 0 || strengths.some((one) => !(one > 0 && one < Infinity))) {
    throw new InvalidArgumentError(
      `linearProbe: strengths are [${strengths.join(', ')}]; expected at least one finite number, all above 0.`,
    );
  }
  assertCount('linearProbe', 'maxIterations', maxIterations);
  const classes = numberOfClasses(trainLabels, validationLabels, testLabels ?? []);
  if (classes < 2) {
    throw new InvalidArgumentError(
      'linearProbe: all labels are of class 0; expected two classes or more. Label some images of another class.',
    );
  }
  const problem = await SoftmaxRegression.create(trainFeatures, trainLabels, classes, standardise);
  try {
    const candidates: { strength: number; validation: number }[] = [];
    let weights: Float64Array = new Float64Array((trainFeatures.shape[1] + 1) * classes);
    // At zero the penalty has no gradient, so it is the same for all strengths.
    const { gradient: referenceGradient } = await problem.evaluate(weights, 0);
    let best: { weights: Float64Array; strength: number; validation: CasewiseAccuracy } | undefined;
    let converged = true;
    // From strong to weak, each fit starting where the last one ended, close by.
    for (const strength of [...strengths].sort((a, b) => b - a)) {
      assertGoesOn('linearProbe');
      const fit = await minimise((point) => problem.evaluate(point, strength), weights, {
        maxIterations: Math.min(maxIterations, workLimit()),
        precondition: problem.preconditioner(strength),
        referenceGradient,
      });
      weights = fit.point;
      converged &&= fit.converged;
      const validation = await problem.accuracy(weights, validationFeatures, validationLabels);
      candidates.push({ strength, validation: validation.accuracy });
      if (best === undefined || validation.accuracy > best.validation.accuracy) {
        best = { weights, strength, validation };
      }
      onProgress?.({
        label: 'Linear probe',
        done: candidates.length,
        total: strengths.length,
        unit: 'strengths',
      });
    }
    const chosen = best as NonNullable<typeof best>;
    return {
      train: await problem.accuracy(chosen.weights, trainFeatures, trainLabels),
      validation: chosen.validation,
      test:
        testFeatures === undefined || testLabels === undefined
          ? null
          : await problem.accuracy(chosen.weights, testFeatures, testLabels),
      strength: chosen.strength,
      candidates,
      converged,
      classifier: problem.classifier(chosen.weights),
    };
  } finally {
    problem.dispose();
  }
}

/** The training set on the device, and the regression's loss on it. Weights are `[d + 1, classes]`, the last row `b`. */
class SoftmaxRegression {
  readonly #classes: number;
  readonly #standardisation: { readonly mean: Float32Array; readonly scale: Float32Array };
  readonly #mean: tf.Tensor;
  readonly #scale: tf.Tensor;
  readonly #inputs: tf.Tensor2D;
  readonly #targets: tf.Tensor2D;
  /** Eigenvectors (columns) and eigenvalues of the features' correlations; `null` for very wide features. */
  #correlations: EigenvalueDecomposition | null = null;

  /** Puts the training set on the device and decomposes its correlations. */
  static async create(
    features: tf.Tensor2D,
    labels: ArrayLike<number>,
    classes: number,
    standardise: boolean,
  ): Promise<SoftmaxRegression> {
    const problem = new SoftmaxRegression(features, labels, classes, standardise);
    const [n, d] = features.shape;
    if (d <= WIDEST_DECOMPOSED) {
      const correlations = tf.tidy(() => tf.matMul(problem.#inputs, problem.#inputs, true).div(n));
      try {
        const matrix = Matrix.from1DArray(d, d, await correlations.data());
        problem.#correlations = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
      } catch (error) {
        problem.dispose();
        throw error;
      } finally {
        correlations.dispose();
      }
    }
    return problem;
  }

  private constructor(
    features: tf.Tensor2D,
    labels: ArrayLike<number>,
    classes: number,
    scaled: boolean,
  ) {
    this.#classes = classes;
    const { mean, scale } = standardisation(features);
    // The means are taken off also where nothing is scaled: `b` makes up for it, and beside features too small for the
    // penalty, float32 has no digits left to find a `b` that stands for the middle between two classes.
    this.#standardisation = {
      mean: Float32Array.from(mean),
      scale: scaled ? Float32Array.from(scale) : new Float32Array(scale.length).fill(1),
    };
    this.#mean = tf.tensor1d(this.#standardisation.mean);
    this.#scale = tf.tensor1d(this.#standardisation.scale);
    this.#inputs = this.#standardise(features);
    this.#targets = tf.tidy(
      () =>
        tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), classes).toFloat() as tf.Tensor2D,
    );
  }

  /** The loss with its penalty and its gradient; the sum over images in float32, the rest in float64. */
  async evaluate(weights: Float64Array, strength: number): Promise<Evaluation> {
    const [n, d] = this.#inputs.shape;
    const { loss, kernelGradient, biasGradient } = tf.tidy(() => {
      const logProbabilities = tf.logSoftmax(this.#logits(weights, this.#inputs));
      const error = tf.exp(logProbabilities).sub(this.#targets) as tf.Tensor2D;
      return {
        loss: tf.mul(logProbabilities, this.#targets).sum().div(-n),
        kernelGradient: tf.matMul(this.#inputs, error, true).div(n),
        biasGradient: error.mean(0),
      };
    });
    const gradient = new Float64Array(weights.length);
    gradient.set(await kernelGradient.data());
    gradient.set(await biasGradient.data(), d * this.#classes);
    let value = (await loss.data())[0] as number;
    tf.dispose([loss, kernelGradient, biasGradient]);
    for (let i = 0; i < d * this.#classes; i++) {
      const weight = weights[i] as number;
      value += (strength / 2) * weight * weight;
      gradient[i] = (gradient[i] as number) + strength * weight;
    }
    return { value, gradient };
  }

  /**
   * Maps a gradient to nearly Newton's step. Features of a network are so correlated that plain L-BFGS needs a thousand
   * steps; the curvature is about `(XᵀX/n)/C + λ` for each class, whose inverse is known from one eigendecomposition.
   */
  preconditioner(strength: number): (gradient: Float64Array) => Float64Array {
    if (this.#correlations === null) return (gradient) => gradient.slice();
    const [d, classes] = [this.#inputs.shape[1], this.#classes];
    const { eigenvectorMatrix: basis, realEigenvalues } = this.#correlations;
    const inverse = realEigenvalues.map((value) => 1 / (Math.max(value, 0) / classes + strength));
    const transposed = basis.transpose();
    return (gradient) => {
      const kernel = Matrix.from1DArray(d, classes, gradient.subarray(0, d * classes));
      const rotated = transposed.mmul(kernel);
      for (const [row, factor] of inverse.entries()) rotated.mulRow(row, factor);
      const step = gradient.map((g) => g * classes);
      step.set(basis.mmul(rotated).to1DArray());
      return step;
    };
  }

  async accuracy(
    weights: Float64Array,
    features: tf.Tensor2D,
    labels: ArrayLike<number>,
  ): Promise<CasewiseAccuracy> {
    const predictions = tf.tidy(() => this.#logits(weights, this.#standardise(features)).argMax(1));
    const predicted = await predictions.data();
    predictions.dispose();
    return casewiseAccuracy(predicted, labels);
  }

  /** A fit with all it needs to be used after this problem is disposed. */
  classifier(weights: Float64Array): LinearClassifier {
    const fitted = { weights: Float32Array.from(weights), classes: this.#classes };
    return new LinearClassifier({ ...fitted, ...this.#standardisation });
  }

  dispose(): void {
    tf.dispose([this.#mean, this.#scale, this.#inputs, this.#targets]);
  }

  #standardise(features: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => features.sub(this.#mean).mul(this.#scale) as tf.Tensor2D);
  }

  #logits(weights: Float64Array, inputs: tf.Tensor2D): tf.Tensor2D {
    const d = inputs.shape[1];
    const parameters = Float32Array.from(weights);
    const kernel = tf.tensor2d(parameters.subarray(0, d * this.#classes), [d, this.#classes]);
    return tf.matMul(inputs, kernel).add(tf.tensor1d(parameters.subarray(d * this.#classes)));
  }
}

/**
 * Mean of each feature, and 1 over its deviation, or 0 where it is constant. In float64: the squares of small features
 * vanish in float32, and the deviation drowns beside a large mean.
 */
function standardisation(features: tf.Tensor2D): { mean: Float64Array; scale: Float64Array } {
  const [n, d] = features.shape;
  const values = features.dataSync();
  const mean = new Float64Array(d);
  const largest = new Float64Array(d);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    mean[i % d] = (mean[i % d] as number) + value / n;
    largest[i % d] = Math.max(largest[i % d] as number, Math.abs(value));
  }
  const variance = new Float64Array(d);
  for (let i = 0; i < values.length; i++) {
    const deviation = (values[i] as number) - (mean[i % d] as number);
    variance[i % d] = (variance[i % d] as number) + (deviation * deviation) / n;
  }
  const scale = variance.map((ofFeature, feature) => {
    const deviation = Math.sqrt(ofFeature);
    return deviation > CONSTANT * (largest[feature] as number) ? 1 / deviation : 0;
  });
  return { mean, scale };
}
