import * as tf from '@tensorflow/tfjs';
import { CompileArgumentError } from './errors';
import { DataType, nodeBackend, typeAttribute } from './node-backend';

/** Odd constant that spreads the draws of one stream over the 32-bit seeds (2^32 divided by the golden ratio). */
const SEED_STRIDE = 0x9e3779b9 | 0;

/**
 * A reproducible sequence of random tensors, drawn by TensorFlow's stateless generator (Philox): equal seeds give
 * equal draws, in eager execution and in a compiled graph alike, because the seed is a tensor, not a hidden state.
 *
 * Inside a compiled function make a new stream in each call, from a seed that is an argument of the function and
 * differs from call to call, for instance `[run, step]`.
 *
 * @see Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */
export class RandomStream {
  private draws = 0;

  /**
   * @param seed Two whole numbers, or an int32 tensor `[2]` (kept by the caller), for instance run seed and step.
   * @throws CompileArgumentError when it is neither.
   */
  constructor(private readonly seed: tf.Tensor1D | readonly [number, number]) {
    if (seed instanceof tf.Tensor) {
      if (seed.dtype !== 'int32' || seed.shape.join() !== '2') {
        throw new CompileArgumentError(
          `RandomStream was given a ${seed.dtype} tensor of shape [${seed.shape}] as its seed; expected int32 of shape [2].`,
        );
      }
    } else if (seed.length !== 2 || !seed.every((part) => Number.isInteger(part))) {
      throw new CompileArgumentError(
        `RandomStream was given the seed [${seed}]; expected two whole numbers.`,
      );
    }
  }

  /**
   * Uniform float32 draws from `minimum` to `maximum`. The draws from 0 to 1 are below 1; stretched to another range, the
   * largest can round to `maximum` itself.
   */
  uniform(shape: number[], minimum = 0, maximum = 1): tf.Tensor {
    return tf.tidy(() =>
      this.draw('StatelessRandomUniform', shape)
        .mul(maximum - minimum)
        .add(minimum),
    );
  }

  /** Normal float32 draws. */
  normal(shape: number[], mean = 0, standardDeviation = 1): tf.Tensor {
    return tf.tidy(() =>
      this.draw('StatelessRandomNormal', shape).mul(standardDeviation).add(mean),
    );
  }

  /** Normal float32 draws, those beyond two standard deviations drawn again. */
  truncatedNormal(shape: number[], mean = 0, standardDeviation = 1): tf.Tensor {
    return tf.tidy(() =>
      this.draw('StatelessTruncatedNormal', shape).mul(standardDeviation).add(mean),
    );
  }

  /** Uniform int32 draws from `minimum` up to and without `maximum`. */
  integers(shape: number[], minimum: number, maximum: number): tf.Tensor {
    if (!(Number.isInteger(minimum) && Number.isInteger(maximum) && minimum < maximum)) {
      throw new CompileArgumentError(
        `integers was given the range from ${minimum} to ${maximum}; expected whole numbers, the first smaller.`,
      );
    }
    return tf.tidy(() =>
      this.draw('StatelessRandomUniformInt', shape, [
        tf.scalar(minimum, 'int32'),
        tf.scalar(maximum, 'int32'),
      ]),
    );
  }

  /** 1 with the given probability, else 0; float32, to be multiplied with. */
  bernoulli(shape: number[], probability: number): tf.Tensor {
    if (!(probability >= 0 && probability <= 1)) {
      throw new CompileArgumentError(
        `bernoulli was given the probability ${probability}; expected 0 to 1.`,
      );
    }
    return tf.tidy(() => this.draw('StatelessRandomUniform', shape).less(probability).toFloat());
  }

  /**
   * Sets each value to 0 with probability `rate` and divides the others by `1 − rate`, so that the mean stays.
   *
   * @see Srivastava et al., "Dropout", JMLR 15, 2014.
   */
  dropout<T extends tf.Tensor>(x: T, rate: number): T {
    if (!(rate >= 0 && rate < 1)) {
      throw new CompileArgumentError(`dropout was given the rate ${rate}; expected 0 ≤ rate < 1.`);
    }
    return tf.tidy(() => x.mul(this.bernoulli(x.shape, 1 - rate)).div(1 - rate) as T);
  }

  private draw(operation: string, shape: number[], range: tf.Tensor[] = []): tf.Tensor {
    const base = this.seed instanceof tf.Tensor ? this.seed : tf.tensor1d([...this.seed], 'int32');
    const seed = base.add(tf.tensor1d([Math.imul(this.draws++, SEED_STRIDE), 0], 'int32'));
    return nodeBackend().executeSingleOutput(
      operation,
      [
        typeAttribute('T', DataType.INT32),
        typeAttribute('Tseed', DataType.INT32),
        typeAttribute('dtype', range.length > 0 ? DataType.INT32 : DataType.FLOAT),
      ],
      [tf.tensor1d(shape, 'int32'), seed, ...range],
    );
  }
}
