import { AdamW, MaskedLanguageModel, maskedLanguageStep, tf } from 'selfsup';
import { bidirectionalLstm, compile, sparseSoftmaxCrossEntropy } from 'tfjs-compile';
import { engineName } from './engine-name';
import { type PreparedWorkload, timeEach } from './prepared-workload';

export interface MaskedLanguageStepSettings {
  readonly batch: number;
  readonly length: number;
  readonly vocabulary: number;
  readonly embedding: number;
  readonly units: number;
}

const MASK_TOKEN = 1;

/** One update of a bidirectional LSTM that predicts the word at every position; only masked positions count. */
export function prepare(settings: MaskedLanguageStepSettings): PreparedWorkload {
  const { batch, length, vocabulary, embedding, units } = settings;
  const weight = (...shape: number[]): tf.Variable =>
    tf.variable(tf.randomNormal(shape, 0, 0.05, 'float32', 1));
  const direction = () => ({
    kernel: weight(embedding, 4 * units),
    recurrentKernel: weight(units, 4 * units),
    bias: weight(4 * units),
  });
  const words = weight(vocabulary, embedding);
  const [forwards, backwards] = [direction(), direction()];
  const output = { kernel: weight(2 * units, vocabulary), bias: weight(vocabulary) };
  const variables = [
    words,
    ...Object.values(forwards),
    ...Object.values(backwards),
    ...Object.values(output),
  ];
  const optimizer = new AdamW(variables, { weightDecay: 0 });

  const step = compile(
    (
      inputs: tf.Tensor2D,
      targets: tf.Tensor2D,
      masked: tf.Tensor2D,
      learningRate: tf.Scalar,
    ): tf.Scalar => {
      const { value, grads } = tf.variableGrads(() => {
        const x = tf.gather(words, inputs) as tf.Tensor3D;
        const states = bidirectionalLstm(x, { forwards, backwards }).outputs;
        const logits = states
          .reshape([batch * length, 2 * units])
          .matMul(output.kernel)
          .add<tf.Tensor2D>(output.bias);
        const losses = sparseSoftmaxCrossEntropy(targets.reshape([-1]), logits);
        const counted = masked.reshape([-1]);
        return losses.mul(counted).sum().div(counted.sum());
      }, variables);
      optimizer.applyGradients(grads, learningRate);
      return value;
    },
  );

  const targets = tf.randomUniform<tf.Rank.R2>([batch, length], 2, vocabulary, 'int32', 1);
  const masked = tf.randomUniform<tf.Rank.R2>([batch, length], 0, 1, 'float32', 1).less(0.15);
  const inputs = tf.where<tf.Tensor2D>(
    masked,
    tf.fill([batch, length], MASK_TOKEN, 'int32'),
    targets,
  );
  const counted = masked.toFloat() as tf.Tensor2D;
  const learningRate = tf.scalar(1e-3);
  const run = timeEach(() => {
    const loss = step(inputs, targets, counted, learningRate);
    loss.dataSync();
    loss.dispose();
  });
  run(5);
  return { run, facts: { engine: engineName() } };
}

/** The course's own step on such a batch: it masks inside, and computes the head only where words are masked. */
export function prepareCourseStep(settings: MaskedLanguageStepSettings): PreparedWorkload {
  const { batch, length, vocabulary: vocabularySize, embedding: embeddingDim, units } = settings;
  const model = new MaskedLanguageModel({ vocabularySize, embeddingDim, units });
  const optimizer = new AdamW(model.trainableVariables, { weightDecay: 0 });
  const step = compile(maskedLanguageStep({ model, optimizer }));
  const inputs = {
    tokens: tf.randomUniform<tf.Rank.R2>([batch, length], 5, vocabularySize, 'int32', 1),
    seed: tf.tensor1d([1, 0], 'int32'),
    learningRate: tf.scalar(1e-3),
  };
  const run = timeEach(() => {
    const outputs = step(inputs);
    outputs.loss.dataSync();
    tf.dispose(outputs);
  });
  run(5);
  return { run, facts: { engine: engineName() } };
}
