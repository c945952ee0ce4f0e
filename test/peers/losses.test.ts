import {
  barlowTwinsLoss,
  contrastiveAccuracy,
  decoupledContrastiveLoss,
  infoNceAccuracy,
  infoNceLoss,
  maskedCrossEntropy,
  negativeCosineSimilarity,
  ntXentLoss,
  tf,
  twoTowerLoss,
  vicRegLoss,
} from 'selfsup';
import { test } from 'vitest';
import { load, numbers, relativeDifference, type StoredTensor } from './fixture';
import { row } from './table';

interface LossCase {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, StoredTensor>>;
}

/**
 * How large a term of a gradient can be: where terms cancel, what is left is rounding of such terms. Losses change by
 * `1 / (N τ)` for each unit of a row's direction, which is `1 / length` for each unit of the row.
 */
function termSize(rows: StoredTensor, temperature: number): number {
  const [count, width] = rows.shape as [number, number];
  const values = numbers(rows);
  const lengths = Array.from({ length: count }, (_, i) =>
    Math.hypot(...values.slice(i * width, (i + 1) * width)),
  );
  return 1 / (count * Math.min(...lengths) * Math.min(1, temperature));
}

function compareGradients(
  agree: (difference: number, what: string) => void,
  what: string,
  ours: readonly tf.Tensor[],
  theirs: Readonly<Record<string, StoredTensor>>,
  scale: number,
): void {
  Object.entries(theirs).forEach(([name, gradient], i) => {
    const difference = relativeDifference(ours[i] as tf.Tensor, gradient, scale);
    agree(difference, `${what}, gradient of ${name}`);
  });
  tf.dispose([...ours]);
}

/** A loss near 0 is a difference of numbers near 1: its rounding is theirs. */
function lossDifference(ours: tf.Scalar, theirs: number): number {
  const value = ours.dataSync()[0] as number;
  ours.dispose();
  return relativeDifference([value], [theirs], 1);
}

test('ntXentLoss', () => {
  interface Case extends LossCase {
    readonly kind: string;
    readonly temperature: number;
    readonly z1: StoredTensor;
    readonly z2: StoredTensor;
  }
  const { cases, agree } = row<Case>('losses', 'ntXentLoss');
  for (const { kind, temperature, z1: first, z2: second, loss, gradients } of cases) {
    const [z1, z2] = [load<tf.Rank.R2>(first), load<tf.Rank.R2>(second)];
    const what = `${kind} [${first.shape}], τ = ${temperature}`;
    const lossOf = (a: tf.Tensor, b: tf.Tensor) =>
      ntXentLoss(a as tf.Tensor2D, b as tf.Tensor2D, { temperature });
    agree(lossDifference(lossOf(z1, z2), loss), what);
    const ours = tf.grads(lossOf)([z1, z2]);
    compareGradients(agree, what, ours, gradients, termSize(first, temperature));
    tf.dispose([z1, z2]);
  }
});

test.each([
  ['barlowTwinsLoss', barlowTwinsLoss],
  ['vicRegLoss', vicRegLoss],
  ['negativeCosineSimilarity', negativeCosineSimilarity],
  ['decoupledContrastiveLoss', decoupledContrastiveLoss],
] as const)('%s', (name, pairLoss) => {
  interface Case extends LossCase {
    readonly options: Record<string, number>;
    readonly z1: StoredTensor;
    readonly z2: StoredTensor;
  }
  const { cases, agree } = row<Case>('losses', name);
  const lossWith = pairLoss as (a: tf.Tensor, b: tf.Tensor, options: object) => tf.Scalar;
  for (const { options, z1: first, z2: second, loss, gradients } of cases) {
    const [z1, z2] = [load(first), load(second)];
    const what = `[${first.shape}], ${JSON.stringify(options)}`;
    agree(lossDifference(lossWith(z1, z2, options), loss), what);
    const ours = tf.grads((a, b) => lossWith(a, b, options))([z1, z2]);
    compareGradients(agree, what, ours, gradients, termSize(first, 1));
    tf.dispose([z1, z2]);
  }
});

test('infoNceLoss', () => {
  interface Case extends LossCase {
    readonly temperature: number;
    readonly queries: StoredTensor;
    readonly positives: StoredTensor;
    readonly negatives: StoredTensor;
  }
  const { cases, agree } = row<Case>('losses', 'infoNceLoss');
  for (const one of cases) {
    const [q, p, k] = [one.queries, one.positives, one.negatives].map((stored) =>
      load<tf.Rank.R2>(stored),
    ) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const { temperature } = one;
    const what = `[${q.shape}] against [${k.shape}], τ = ${temperature}`;
    agree(lossDifference(infoNceLoss(q, p, k, { temperature }), one.loss), what);
    const ours = tf.grads((a, b) =>
      infoNceLoss(a as tf.Tensor2D, b as tf.Tensor2D, k, { temperature }),
    )([q, p]);
    compareGradients(agree, what, ours, one.gradients, termSize(one.queries, temperature));
    tf.dispose([q, p, k]);
  }
});

test('contrastiveAccuracy and infoNceAccuracy', () => {
  interface Pairs {
    readonly z1: StoredTensor;
    readonly z2: StoredTensor;
    readonly accuracy: number;
  }
  const pairs = row<Pairs>('losses', 'contrastiveAccuracy');
  for (const { z1, z2, accuracy } of pairs.cases) {
    const value = tf.tidy(() => contrastiveAccuracy(load(z1), load(z2)));
    pairs.agree(lossDifference(value, accuracy), `[${z1.shape}]`);
  }
  interface Keys {
    readonly queries: StoredTensor;
    readonly positives: StoredTensor;
    readonly negatives: StoredTensor;
    readonly accuracy: number;
  }
  const keys = row<Keys>('losses', 'infoNceAccuracy');
  for (const { queries, positives, negatives, accuracy } of keys.cases) {
    const value = tf.tidy(() => infoNceAccuracy(load(queries), load(positives), load(negatives)));
    keys.agree(lossDifference(value, accuracy), `[${queries.shape}]`);
  }
});

test('twoTowerLoss', () => {
  interface Case extends LossCase {
    readonly sameCaption: 'positives' | 'masked' | 'negatives';
    readonly captions: StoredTensor;
    readonly images: StoredTensor;
    readonly texts: StoredTensor;
    readonly temperature: StoredTensor;
  }
  const { cases, agree } = row<Case>('losses', 'twoTowerLoss');
  for (const one of cases) {
    const { sameCaption } = one;
    const captions = load<tf.Rank.R1>(one.captions);
    const inputs = [load(one.images), load(one.texts), load(one.temperature)];
    const tau = numbers(one.temperature)[0] as number;
    const what = `[${one.images.shape}], ${sameCaption}, τ = ${tau}`;
    const lossOf = (images: tf.Tensor, texts: tf.Tensor, temperature: tf.Tensor) =>
      twoTowerLoss(images as tf.Tensor2D, texts as tf.Tensor2D, captions, {
        temperature: temperature as tf.Scalar,
        sameCaption,
      });
    agree(lossDifference(lossOf(...(inputs as [tf.Tensor, tf.Tensor, tf.Tensor])), one.loss), what);
    const ours = tf.grads(lossOf)(inputs);
    compareGradients(agree, what, ours, one.gradients, termSize(one.images, tau));
    tf.dispose([captions, ...inputs]);
  }
});

test('maskedCrossEntropy', () => {
  interface Case extends LossCase {
    readonly logits: StoredTensor;
    readonly targets: StoredTensor;
    readonly weights: StoredTensor;
  }
  const { cases, agree } = row<Case>('losses', 'maskedCrossEntropy');
  for (const one of cases) {
    const logits = load<tf.Rank.R3>(one.logits);
    const [targets, weights] = [load<tf.Rank.R2>(one.targets), load<tf.Rank.R2>(one.weights)];
    const what = `[${logits.shape}]`;
    agree(lossDifference(maskedCrossEntropy(logits, targets, weights), one.loss), what);
    const ours = tf.grads((x) => maskedCrossEntropy(x as tf.Tensor3D, targets, weights))([logits]);
    compareGradients(agree, what, ours, one.gradients, 0);
    tf.dispose([logits, targets, weights]);
  }
});

test('gradient penalty of a loss', () => {
  interface Case {
    readonly loss: string;
    readonly a: StoredTensor;
    readonly b: StoredTensor;
    readonly negatives: StoredTensor;
    readonly gradient: StoredTensor;
  }
  const { cases, agree } = row<Case>('losses', 'gradient penalty of a loss');
  for (const one of cases) {
    const [a, b, negatives] = [one.a, one.b, one.negatives].map((stored) =>
      load<tf.Rank.R2>(stored),
    ) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const captions = tf.range(0, a.shape[0], 1, 'int32');
    const temperature = 0.5;
    const losses: Record<string, (x: tf.Tensor2D) => tf.Scalar> = {
      ntXentLoss: (x) => ntXentLoss(x, b, { temperature }),
      infoNceLoss: (x) => infoNceLoss(x, b, negatives, { temperature }),
      twoTowerLoss: (x) => twoTowerLoss(x, b, captions, { temperature }),
    };
    const lossOf = losses[one.loss] as (x: tf.Tensor2D) => tf.Scalar;
    const first = tf.grad((x) => lossOf(x as tf.Tensor2D));
    const second = tf.grad((x) => tf.sum(tf.square(first(x))))(a);
    agree(relativeDifference(second, one.gradient), one.loss);
    tf.dispose([a, b, negatives, captions, second]);
  }
});
