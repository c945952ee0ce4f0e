import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';

/**
 * Moves the weights of a network a little towards those of another, pair by pair:
 * `key ← m · key + (1 − m) · query`. The key network becomes a running mean of the last `1 / (1 − m)` or so query networks.
 *
 * @param keyVariables Are assigned.
 * @param queryVariables The same number and shapes, in the same order.
 * @param momentum m, 0 (copies) to 1 (changes nothing): a number, or a scalar tensor where a compiled step varies it.
 * @throws InvalidArgumentError when the variables do not fit each other, or the number is out of range.
 * @see He, Fan, Wu, Xie, Girshick, 2020, arXiv:1911.05722, equation 2.
 */
export function momentumUpdate(
  keyVariables: readonly tf.Variable[],
  queryVariables: readonly tf.Variable[],
  momentum: number | tf.Scalar,
): void {
  if (typeof momentum === 'number' && !(momentum >= 0 && momentum <= 1)) {
    throw new InvalidArgumentError(
      `momentumUpdate: the momentum is ${momentum}; expected 0 to 1, usually 0.99 or more.`,
    );
  }
  const shapesOf = (variables: readonly tf.Variable[]): string =>
    variables.map(({ shape }) => `[${shape.join(', ')}]`).join(' ');
  if (shapesOf(keyVariables) !== shapesOf(queryVariables)) {
    throw new InvalidArgumentError(
      `momentumUpdate: the key network's variables are ${shapesOf(keyVariables) || 'none'}, the query network's ` +
        `${shapesOf(queryVariables) || 'none'}; expected the same shapes in the same order. Make the key network with copyModel.`,
    );
  }
  tf.tidy(() => {
    keyVariables.forEach((key, index) => {
      const query = queryVariables[index] as tf.Variable;
      key.assign(tf.add(tf.mul(key, momentum), tf.mul(query, tf.sub(1, momentum))));
    });
  });
}
