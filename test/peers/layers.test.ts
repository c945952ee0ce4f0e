import { maskedMeanPooling, tf } from 'selfsup';
import {
  bidirectionalLstm,
  type LstmResult,
  type LstmWeights,
  lstm,
  softmaxCrossEntropy,
  sparseSoftmaxCrossEntropy,
} from 'tfjs-compile';
import { expect, test } from 'vitest';
import { load, numbers, relativeDifference, type StoredTensor } from './fixture';
import { row, tableUnder } from './table';

type StoredWeights = Readonly<Record<keyof LstmWeights, StoredTensor>>;

interface LstmCase {
  readonly x: StoredTensor;
  readonly outputs: StoredTensor;
  readonly hidden: StoredTensor;
  readonly cell: StoredTensor;
}

interface LstmGradientCase extends LstmCase {
  readonly lengths: StoredTensor | null;
  readonly weights: readonly StoredWeights[];
  readonly upstream: Readonly<Record<keyof LstmResult, StoredTensor>>;
  readonly gradients: { readonly x: StoredTensor; readonly weights: readonly StoredWeights[] };
}

const PARTS = ['outputs', 'hidden', 'cell'] as const;
const WEIGHTS = ['kernel', 'recurrentKernel', 'bias'] as const;

/** Three tensors for each direction. */
function weightsOf([kernel, recurrentKernel, bias]: readonly tf.Tensor[]): LstmWeights {
  return { kernel, recurrentKernel, bias } as LstmWeights;
}

test.each(['lstm', 'bidirectionalLstm'] as const)('%s', (name) => {
  const { cases, agree } = row<LstmGradientCase>('layers', name);
  for (const one of cases) {
    const what = `[${one.x.shape}]${one.lengths ? ' with lengths' : ''}`;
    const stored = one.weights.flatMap((weights) => WEIGHTS.map((part) => weights[part]));
    const lengths = one.lengths === null ? undefined : load<tf.Rank.R1>(one.lengths);
    const options = lengths ? { lengths } : {};
    const call = (x: tf.Tensor, ...weights: tf.Tensor[]): LstmResult =>
      name === 'lstm'
        ? lstm(x as tf.Tensor3D, weightsOf(weights), options)
        : bidirectionalLstm(
            x as tf.Tensor3D,
            { forwards: weightsOf(weights.slice(0, 3)), backwards: weightsOf(weights.slice(3)) },
            options,
          );
    const upstream = Object.fromEntries(PARTS.map((part) => [part, load(one.upstream[part])]));
    const inputs = [one.x, ...stored].map((tensor) => load(tensor));
    tf.tidy(() => {
      const result = call(...(inputs as [tf.Tensor, ...tf.Tensor[]]));
      for (const part of PARTS) agree(relativeDifference(result[part], one[part]), what + part);
      const found = tf.grads((...given) => {
        const parts = call(...(given as [tf.Tensor, ...tf.Tensor[]]));
        return tf.addN(
          PARTS.map((part) => tf.sum(tf.mul(parts[part], upstream[part] as tf.Tensor))),
        );
      })(inputs);
      const theirs = one.gradients.weights.flatMap((weights) =>
        WEIGHTS.map((part) => weights[part]),
      );
      [one.gradients.x, ...theirs].forEach((gradient, i) => {
        agree(relativeDifference(found[i] as tf.Tensor, gradient), `${what}, gradient ${i}`);
      });
    });
    tf.dispose([inputs, upstream, lengths ?? []]);
  }
});

test('lstm in both directions of reading', () => {
  const { cases, agree } = row<LstmCase & { goBackwards: boolean; weights: StoredWeights }>(
    'layers',
    'lstm in both directions of reading',
  );
  for (const one of cases) {
    tf.tidy(() => {
      const { goBackwards } = one;
      const weights = weightsOf(WEIGHTS.map((part) => load(one.weights[part])));
      const result = lstm(load<tf.Rank.R3>(one.x), weights, { goBackwards });
      for (const part of PARTS) {
        agree(relativeDifference(result[part], one[part]), `${part}, backwards: ${goBackwards}`);
      }
    });
  }
});

interface NormalizationCase {
  readonly x: StoredTensor;
  readonly gamma: StoredTensor;
  readonly beta: StoredTensor;
  readonly upstream: StoredTensor;
  readonly y: StoredTensor;
  readonly gradients: Readonly<Record<'x' | 'gamma' | 'beta', StoredTensor>>;
  readonly penalty: StoredTensor;
  readonly movingMean: StoredTensor;
  readonly movingVariance: StoredTensor;
  readonly varianceOfTorch: StoredTensor;
}

/** The layer with the case's weights, before its first batch. */
function batchNormalization({ x, gamma, beta }: NormalizationCase): tf.layers.Layer {
  const layer = tf.layers.batchNormalization({ momentum: 0.9, epsilon: 1e-3 });
  layer.build(x.shape);
  const channels = gamma.shape[0] as number;
  tf.tidy(() =>
    layer.setWeights([load(gamma), load(beta), tf.zeros([channels]), tf.ones([channels])]),
  );
  return layer;
}

/** A layer that is in no model cannot dispose of itself. */
function disposeWeights(layer: tf.layers.Layer): void {
  for (const weight of layer.weights) weight.dispose();
}

test('batch normalization', () => {
  const { cases, agree } = row<NormalizationCase>('layers', 'batch normalization');
  for (const one of cases) {
    const what = `[${one.x.shape}]`;
    const layer = batchNormalization(one);
    const [x, upstream] = [load(one.x), load(one.upstream)];
    const call = (input: tf.Tensor) => layer.call(input, { training: true }) as tf.Tensor;
    const variables = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    tf.tidy(() => {
      agree(relativeDifference(call(x), one.y), what);
      const [, , mean, variance] = layer.getWeights() as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      agree(relativeDifference(mean, one.movingMean), `${what}, moving mean`);
      agree(relativeDifference(variance, one.movingVariance), `${what}, moving variance`);
      const loss = (input: tf.Tensor) => tf.sum(tf.mul(call(input), upstream)) as tf.Scalar;
      const gradient = tf.grad(loss)(x);
      agree(relativeDifference(gradient, one.gradients.x), `${what}, gradient of x`);
      const { grads } = tf.variableGrads(() => loss(x), variables);
      const [ofGamma, ofBeta] = variables.map(({ name }) => grads[name] as tf.Tensor);
      agree(relativeDifference(ofGamma as tf.Tensor, one.gradients.gamma), `${what}, of gamma`);
      agree(relativeDifference(ofBeta as tf.Tensor, one.gradients.beta), `${what}, of beta`);
      const second = tf.grad((input) => tf.sum(tf.square(tf.grad(loss)(input))))(x);
      agree(relativeDifference(second, one.penalty), `${what}, gradient penalty`);
    });
    tf.dispose([x, upstream]);
    disposeWeights(layer);
  }
});

test("differs as documented: moving variance, torch's is the sample's", () => {
  const cells = tableUnder('Where we differ in convention').map(([cell]) => cell);
  expect(cells.some((cell) => cell?.startsWith('Moving variance'))).toBe(true);
  const { cases } = row<NormalizationCase>('layers', 'batch normalization');
  for (const one of cases) {
    const rows = one.x.shape.slice(0, -1).reduce((product, size) => product * size, 1);
    const layer = batchNormalization(one);
    tf.tidy(() => {
      layer.call(load(one.x), { training: true });
      const ours = [...(layer.getWeights()[3] as tf.Tensor).dataSync()];
      // 0.9 · 1 + 0.1 · variance of the batch.
      const asTorch = ours.map((moving) => 0.9 + ((moving - 0.9) * rows) / (rows - 1));
      expect(relativeDifference(asTorch, one.varianceOfTorch)).toBeLessThan(1e-5);
      // Beside the 0.9 that is left of the first value, a variance of 1e-6 is too small for float32 to show the difference.
      if (Math.max(...ours) > 0.91) {
        expect(relativeDifference(ours, one.varianceOfTorch)).toBeGreaterThan(1e-4);
      }
    });
    disposeWeights(layer);
  }
});

test('maskedMeanPooling', () => {
  const { cases, agree } = row<Record<'hidden' | 'tokens' | 'pooled', StoredTensor>>(
    'layers',
    'maskedMeanPooling',
  );
  for (const { hidden, tokens, pooled } of cases) {
    const ours = tf.tidy(() => maskedMeanPooling(load(hidden), load(tokens)));
    agree(relativeDifference(ours, pooled), `[${hidden.shape}]`);
    ours.dispose();
  }
});

const OPERATIONS: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  relu: tf.relu,
  relu6: tf.relu6,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  elu: tf.elu,
  exp: tf.exp,
  softmax: tf.softmax,
  logSoftmax: tf.logSoftmax,
  mean: (x) => tf.mean(x, 1),
  sum: (x) => tf.sum(x, 0),
};

test('native gradients', () => {
  const { cases, agree } = row<
    { operation: string } & Record<'x' | 'upstream' | 'y' | 'first' | 'second', StoredTensor>
  >('layers', 'native gradients');
  for (const one of cases) {
    const operation = OPERATIONS[one.operation] as (x: tf.Tensor) => tf.Tensor;
    tf.tidy(() => {
      const [x, upstream] = [load(one.x), load(one.upstream)];
      const first = tf.grad((input) => tf.sum(tf.mul(operation(input), upstream)));
      agree(relativeDifference(operation(x), one.y), one.operation);
      agree(relativeDifference(first(x), one.first), `${one.operation}, gradient`);
      // Where the first gradient does not depend on the input, tfjs has no second one.
      if (numbers(one.second).every((value) => value === 0)) return;
      const second = tf.grad((input) => tf.sum(tf.square(first(input))))(x);
      agree(relativeDifference(second, one.second), `${one.operation}, second gradient`);
    });
  }
});

test('softmaxCrossEntropy and sparseSoftmaxCrossEntropy', () => {
  type Found = Record<'loss' | 'first' | 'second', StoredTensor>;
  const { cases, agree } = row<
    Record<'logits' | 'labels' | 'soft' | 'upstream', StoredTensor> &
      Record<'sparse' | 'dense', Found>
  >('layers', 'softmaxCrossEntropy and sparseSoftmaxCrossEntropy');
  for (const one of cases) {
    tf.tidy(() => {
      const [logits, upstream] = [load<tf.Rank.R2>(one.logits), load(one.upstream)];
      const losses = {
        sparse: (x: tf.Tensor) => sparseSoftmaxCrossEntropy(load(one.labels), x as tf.Tensor2D),
        dense: (x: tf.Tensor) => softmaxCrossEntropy(load(one.soft), x as tf.Tensor2D),
      };
      for (const kind of ['sparse', 'dense'] as const) {
        const [lossOf, theirs] = [losses[kind], one[kind]];
        const what = `${kind} [${one.logits.shape}]`;
        agree(relativeDifference(lossOf(logits), theirs.loss, 1), what);
        const first = tf.grad((x) => tf.sum(tf.mul(lossOf(x), upstream)));
        agree(relativeDifference(first(logits), theirs.first), `${what}, gradient`);
        const second = tf.grad((x) => tf.sum(tf.square(first(x))))(logits);
        agree(relativeDifference(second, theirs.second), `${what}, second gradient`);
      }
    });
  }
});

test('tf.gather (embedding)', () => {
  const { cases, agree } = row<
    Record<'table' | 'indices' | 'upstream' | 'y' | 'first', StoredTensor>
  >('layers', 'tf.gather (embedding)');
  for (const one of cases) {
    tf.tidy(() => {
      const [table, indices] = [load(one.table), load<tf.Rank.R2>(one.indices)];
      const look = (x: tf.Tensor) => tf.gather(x, indices);
      agree(relativeDifference(look(table), one.y), 'rows');
      const gradient = tf.grad((x) => tf.sum(tf.mul(look(x), load(one.upstream))))(table);
      agree(relativeDifference(gradient, one.first), 'gradient, of rows looked up several times');
    });
  }
});
