import type * as tf from '@tensorflow/tfjs';
import { type NodeBackend, typeAttribute } from './node-backend';

// Tensors may share storage (a clone, a variable and its initial value), and storage is what tells in tfjs-node where a
// value comes from: assigning a variable gives it another storage and leaves the old one alone.

/** Of a storage that a variable got without changing its value: the storage it had first. */
const origins = new WeakMap<object, object>();

/** The storage whose value this one was given: equal origins, equal values. */
export function originOf(dataId: object): object {
  return origins.get(dataId) ?? dataId;
}

/**
 * A tensor of its own storage with the same value; TensorFlow shares the memory. Hooks on the backend do not see it: it
 * is no doing of the function that is traced or observed.
 */
export function separate(backend: NodeBackend, tensor: tf.Tensor): tf.Tensor {
  const unhooked = Object.getPrototypeOf(backend) as NodeBackend;
  const ids = unhooked.getInputTensorIds.call(backend, [tensor]);
  // tensorMap knows the true type: a decoded image is uint8 in TensorFlow and int32 in tfjs.
  const { dtype } = backend.tensorMap.get(tensor.dataId);
  const outputs = backend.binding.executeOp('Identity', [typeAttribute('T', dtype)], ids, 1);
  return unhooked.createOutputTensor.call(backend, outputs[0] as (typeof outputs)[number]);
}

/** Gives a variable storage that it shares with no other tensor; its value stays. */
export function separateVariable(backend: NodeBackend, variable: tf.Variable): void {
  if (backend.refCount(variable.dataId) <= 1) return;
  const own = separate(backend, variable);
  origins.set(own.dataId, originOf(variable.dataId));
  variable.assign(own);
  own.dispose();
}
