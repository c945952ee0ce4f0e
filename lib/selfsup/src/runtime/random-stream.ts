import { RandomStream as StreamOfTfjsCompile } from 'tfjs-compile';
import * as tf from './tensorflow';

/**
 * A reproducible sequence of random tensors, drawn by TensorFlow's stateless generator: equal seeds give equal draws, in
 * eager execution and in a compiled graph alike. It is the class of `tfjs-compile`, on the native engine.
 *
 * @see Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */
export class RandomStream extends StreamOfTfjsCompile {
  /**
   * @param seed Two whole numbers, or an int32 tensor `[2]` (kept by the caller), for instance run seed and step.
   * @throws CompileArgumentError (of tfjs-compile) when it is neither.
   */
  constructor(seed: tf.Tensor1D | readonly [number, number]) {
    // A stream may be a program's first use of TensorFlow, and tfjs-compile works on the engine that is there.
    void tf.engine;
    super(seed);
  }
}
