import {
  layerNormalization,
  multiHeadAttention,
  sinePositions,
  type TransformerBlockWeights,
  tf,
  transformerBlock,
} from 'selfsup';
import { test } from 'vitest';
import { load, relativeDifference, type StoredTensor } from './fixture';
import { row } from './table';

interface Case {
  readonly x: StoredTensor;
  readonly weights: Readonly<Record<string, StoredTensor>>;
  readonly outputs: StoredTensor;
  readonly gradients: Readonly<Record<string, StoredTensor>>;
}

type Weights = Readonly<Record<string, tf.Tensor>>;

/** torch multiplies by a kernel's transpose. */
const asOurs = (name: string, stored: StoredTensor): tf.Tensor =>
  tf.tidy(() => (name.endsWith('Kernel') ? load(stored).transpose() : load(stored)));

/** Compares outputs and the gradients of the sum of their squares. */
function compare(
  { x, weights, outputs, gradients }: Case,
  forward: (x: tf.Tensor, weights: Weights) => tf.Tensor,
  agree: (difference: number, what: string) => void,
): void {
  tf.tidy(() => {
    const what = `[${x.shape}]`;
    const names = Object.keys(weights);
    const given = [load(x), ...names.map((name) => asOurs(name, weights[name] as StoredTensor))];
    const run = (...all: tf.Tensor[]) => {
      const named = names.map((name, i) => [name, all[i + 1]] as const);
      return forward(all[0] as tf.Tensor, Object.fromEntries(named) as Weights);
    };
    agree(relativeDifference(run(...given), outputs), `outputs of ${what}`);
    const ours = tf.grads((...all) =>
      run(...all)
        .square()
        .sum(),
    )(given);
    // Where terms cancel, as in the gradient of the keys' bias, what is left is rounding of terms of the largest gradient's size.
    const largest = ours[0]?.abs().max().dataSync()[0] as number;
    ['x', ...names].forEach((name, i) => {
      const theirs = asOurs(name, gradients[name] as StoredTensor);
      const difference = relativeDifference(ours[i] as tf.Tensor, theirs.dataSync(), largest);
      agree(difference, `gradient of ${name}, ${what}`);
    });
  });
}

test('multiHeadAttention', () => {
  type Attending = Case & { heads: number; mask: StoredTensor; attention: StoredTensor };
  const { cases, agree } = row<Attending>('transformer', 'multiHeadAttention');
  for (const one of cases) {
    const mask = load<tf.Rank.R2>(one.mask);
    const attend = (x: tf.Tensor, weights: Weights) =>
      multiHeadAttention(x as tf.Tensor3D, weights as unknown as TransformerBlockWeights, {
        heads: one.heads,
        mask,
      });
    compare(one, (x, weights) => attend(x, weights).outputs, agree);
    tf.tidy(() => {
      const weights = Object.entries(one.weights).map(([name, w]) => [name, asOurs(name, w)]);
      const { attention } = attend(load(one.x), Object.fromEntries(weights) as Weights);
      agree(relativeDifference(attention, one.attention), `attention of [${one.x.shape}]`);
    });
    mask.dispose();
  }
});

test('transformerBlock', () => {
  const { cases, agree } = row<Case & { heads: number }>('transformer', 'transformerBlock');
  for (const one of cases) {
    const forward = (x: tf.Tensor, weights: Weights) =>
      transformerBlock(x as tf.Tensor3D, weights as unknown as TransformerBlockWeights, {
        heads: one.heads,
      }).outputs;
    compare(one, forward, agree);
  }
});

test('layerNormalization', () => {
  const { cases, agree } = row<Case>('transformer', 'layerNormalization');
  for (const one of cases) {
    const forward = (x: tf.Tensor, { scale, offset }: Weights) =>
      layerNormalization(x, scale as tf.Tensor, offset as tf.Tensor);
    compare(one, forward, agree);
  }
});

test('sinePositions', () => {
  interface Grid {
    readonly side: number;
    readonly dim: number;
    readonly positions: StoredTensor;
  }
  const { cases, agree } = row<Grid>('transformer', 'sinePositions');
  for (const { side, dim, positions } of cases) {
    const ours = sinePositions(side, side, dim).flat();
    agree(relativeDifference(ours, positions), `${side} × ${side} cells of ${dim} numbers`);
  }
});
