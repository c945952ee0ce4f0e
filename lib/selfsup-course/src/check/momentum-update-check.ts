import { tf } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { attemptTensor, requireFinite, requireTidy } from './attempt';
import { Finding, number, type Property } from './judge';
import { near, requireRight } from './require-right';

/** A learner's momentum update of one weight: the key network's new value. */
export type LearnerMomentumUpdate = (
  keyWeight: tf.Tensor,
  queryWeight: tf.Tensor,
  momentum: number,
) => unknown;

function weights(shape: number[]): [tf.Tensor, tf.Tensor] {
  const random = new RandomStream([30, shape.length]);
  return [random.normal(shape), random.normal(shape)];
}

const gap = (a: tf.Tensor, b: tf.Tensor): number =>
  tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number;

function updated(
  learner: LearnerMomentumUpdate,
  [key, query]: [tf.Tensor, tf.Tensor],
  momentum: number,
): { result: tf.Tensor; occasion: string } {
  const occasion = `with two weights of shape [${key.shape.join(', ')}] and momentum ${momentum}`;
  const result = attemptTensor(() => learner(key, query, momentum), occasion, key.shape);
  requireFinite(result, occasion, 'The update needs neither a division nor a logarithm.');
  if (result.shape.join() !== key.shape.join()) {
    throw new Finding(
      `When called ${occasion}, it returned shape [${result.shape.join(', ')}]; expected one new value for each of the ` +
        'key network’s numbers.',
    );
  }
  return { result, occasion };
}

const MISTAKES: readonly {
  readonly value: (key: tf.Tensor, query: tf.Tensor, m: number) => tf.Tensor;
  readonly says: string;
}[] = [
  {
    value: (key, query, m) => key.mul(1 - m).add(query.mul(m)),
    says: 'That is the update with the two exchanged: the momentum belongs to the key network’s old value, which changes slowly.',
  },
  {
    value: (_, query) => query,
    says: 'That is the query network itself, without any memory.',
  },
  {
    value: (key, query, m) => key.mul(m).add(query),
    says: 'The query network’s value is not weighted: the two weights m and 1 − m must add up to 1.',
  },
  {
    value: (key, query, m) => key.add(query.sub(key).mul(m)),
    says: 'It goes the share m of the way to the query network; the share is 1 − m.',
  },
  {
    value: (key) => key,
    says: 'The key network stays as it was.',
  },
];

/** What the update of a momentum encoder must satisfy. */
export const MOMENTUM_UPDATE_PROPERTIES: readonly Property<LearnerMomentumUpdate>[] = [
  {
    name: 'returns a tensor of the weight’s shape',
    examine: (learner) => {
      for (const shape of [[3], [2, 4], [3, 3, 1, 2]]) updated(learner, weights(shape), 0.9);
    },
  },
  {
    name: 'is m · key + (1 − m) · query',
    examine: (learner) => {
      const [key, query] = weights([2, 4]);
      const numbers = (weight: tf.Tensor) => Array.from(weight.dataSync());
      const first = (weight: tf.Tensor) => number(numbers(weight)[0] as number);
      requireRight({
        cases: [0.9, 0.5, 0.99],
        found: (momentum) => numbers(updated(learner, [key, query], momentum).result),
        right: (momentum) => numbers(key.mul(momentum).add(query.mul(1 - momentum))),
        same: near(1e-5),
        mistakes: MISTAKES.map(({ value, says }) => ({
          instead: (momentum: number) => numbers(value(key, query, momentum)),
          says,
        })),
        story: (momentum, found, right) =>
          `When called with two weights of shape [2, 4] and momentum ${momentum}, its first number is ` +
          `${number(found[0] as number)}; expected ${number(right[0] as number)}, from ${first(key)} in the key network and ` +
          `${first(query)} in the query network.`,
        hint: 'Work the first number out by hand.',
      });
    },
  },
  {
    name: 'keeps the key network at momentum 1 and copies the query network at 0',
    examine: (learner) => {
      const pair = weights([5]);
      for (const [momentum, kept] of [
        [1, pair[0]],
        [0, pair[1]],
      ] as const) {
        const { result, occasion } = updated(learner, pair, momentum);
        if (gap(result, kept) > 1e-6) {
          throw new Finding(
            `When called ${occasion}, it differs by up to ${number(gap(result, kept))} from ` +
              `${momentum === 1 ? 'the key network' : 'the query network'}, which it must equal.`,
          );
        }
      }
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const [key, query] = weights([4]);
      requireTidy(() => learner(key, query, 0.9));
    },
  },
];
