import * as tf from '@tensorflow/tfjs';

/** The part of tfjs-node's backend used here: it runs any TensorFlow operation by its name. */
interface NodeBackend {
  readonly binding: Readonly<Record<'TF_ATTR_TYPE' | 'TF_FLOAT' | 'TF_INT32', number>>;
  executeSingleOutput(
    name: string,
    attributes: { name: string; type: number; value: number }[],
    inputs: tf.Tensor[],
  ): tf.Tensor;
}

/** Odd constant that spreads the draws of one stream over the 32-bit seeds (2^32 divided by the golden ratio). */
const SEED_STRIDE = 0x9e3779b9 | 0;

/**
 * A reproducible sequence of random tensors, drawn by TensorFlow's stateless generator (Philox): equal seeds give
 * equal draws, in eager execution and in a compiled graph alike, because the seed is a tensor, not a hidden state.
 *
 * @see Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */
export class RandomStream {
  private draws = 0;

  /** @param seed Two numbers, or an int32 tensor `[2]` (kept by the caller), for instance run seed and step. */
  constructor(private readonly seed: tf.Tensor1D | readonly [number, number]) {}

  /** Uniform float32 draws in `[minimum, maximum)`. */
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

  /** 1 with the given probability, else 0; float32, to be multiplied with. */
  bernoulli(shape: number[], probability: number): tf.Tensor {
    return tf.tidy(() => this.draw('StatelessRandomUniform', shape).less(probability).toFloat());
  }

  private draw(operation: string, shape: number[]): tf.Tensor {
    const backend = tf.backend() as unknown as NodeBackend;
    const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32 } = backend.binding;
    const base = this.seed instanceof tf.Tensor ? this.seed : tf.tensor1d([...this.seed], 'int32');
    const seed = base.add(tf.tensor1d([Math.imul(this.draws++, SEED_STRIDE), 0], 'int32'));
    return backend.executeSingleOutput(
      operation,
      [
        { name: 'T', type: TF_ATTR_TYPE, value: TF_INT32 },
        { name: 'Tseed', type: TF_ATTR_TYPE, value: TF_INT32 },
        { name: 'dtype', type: TF_ATTR_TYPE, value: TF_FLOAT },
      ],
      [tf.tensor1d(shape, 'int32'), seed],
    );
  }
}
