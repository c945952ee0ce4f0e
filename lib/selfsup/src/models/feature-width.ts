import { InvalidArgumentError } from '../runtime/errors';
import type * as tf from '../runtime/tensorflow';
import { assertBuilt } from './copy-model';

/**
 * The length d of the vectors that a network ends in.
 *
 * @internal
 * @param what Names the network's output in the message.
 * @throws InvalidArgumentError when it is no model of tf.layers, is not built, takes or gives several tensors, or does not
 *   end in `[N, d]`.
 */
export function featureWidth(caller: string, what: string, network: tf.LayersModel): number {
  assertBuilt(caller, network);
  if (network.inputs.length !== 1 || network.outputs.length !== 1) {
    throw new InvalidArgumentError(
      `${caller}: "${network.name}" has ${network.inputs.length} inputs and ${network.outputs.length} outputs; expected one ` +
        'of each, from images to one vector for each image.',
    );
  }
  const shape = network.outputs[0]?.shape ?? [];
  const width = shape[1];
  if (shape.length !== 2 || typeof width !== 'number') {
    throw new InvalidArgumentError(
      `${caller}: ${what} is [${shape.join(', ')}]; expected [N, d], one vector for each image. Pool or flatten first.`,
    );
  }
  return width;
}
