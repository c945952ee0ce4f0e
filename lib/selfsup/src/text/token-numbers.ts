import { InvalidArgumentError } from '../runtime/errors';
import type * as tf from '../runtime/tensorflow';

/**
 * Checks that a tensor holds the token numbers of a batch of sentences.
 *
 * @param caller The function or class that was given it.
 * @throws InvalidArgumentError unless it is int32, `[N, T]`.
 */
export function assertTokenNumbers(caller: string, tokens: tf.Tensor): void {
  const { dtype, rank, shape } = tokens;
  if (dtype === 'int32' && rank === 2) return;
  let advice = "Make them with tf.tensor2d(sentences, undefined, 'int32').";
  if (rank === 2) advice = 'Convert them: tokens.toInt().';
  else if (rank === 1) advice = 'Make one sentence a batch: tokens.toInt().expandDims(0).';
  throw new InvalidArgumentError(
    `${caller} was given a ${dtype} tensor of shape [${shape}]; expected int32 token numbers [N, T]. ${advice}`,
  );
}

/**
 * Checks that a tensor holds a batch of sentences that an encoder can read.
 *
 * @param caller The function or class that was given it.
 * @throws InvalidArgumentError unless it is int32, `[N, T]`, with a place for a token.
 */
export function assertSentences(caller: string, tokens: tf.Tensor): void {
  assertTokenNumbers(caller, tokens);
  if ((tokens.shape[1] as number) > 0) return;
  throw new InvalidArgumentError(
    `${caller} was given tokens [${tokens.shape}]; expected [N, T] with T at least 1. Pad empty sentences with 0.`,
  );
}
