import * as tf from '@tensorflow/tfjs';
import { CompileArgumentError } from './errors';

/** A tensor, a plain value, or arrays and plain objects of them, nested as you like. */
export type TensorStructure =
  | tf.Tensor
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly TensorStructure[]
  | { readonly [key: string]: TensorStructure };

/** A structure taken apart, and how to put it together again. */
export interface FlatStructure {
  /** Each tensor once, in the order in which it is met. */
  readonly tensors: readonly tf.Tensor[];
  /** Equal for structures that differ only in their tensors' values. */
  readonly key: string;
  /** The structure with other tensors in place of its own. */
  rebuild(tensors: readonly tf.Tensor[]): unknown;
}

function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  // An object of another realm (a notebook cell) has another Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  return `an instance of ${value.constructor?.name ?? 'an unknown class'}`;
}

/**
 * Takes a structure apart.
 *
 * @param what Names the structure in errors, for instance `argument 1`.
 * @throws CompileArgumentError when a part is neither a tensor nor plain data.
 */
export function flatten(structure: unknown, what: string): FlatStructure {
  const tensors: tf.Tensor[] = [];
  const keys: string[] = [];
  type Rebuild = (tensors: readonly tf.Tensor[]) => unknown;
  const visit = (value: unknown, path: string): Rebuild => {
    if (value instanceof tf.Tensor) {
      if (value instanceof tf.Variable) {
        // A variable stays itself: the function may read and assign it like one it captured.
        keys.push(`variable ${value.id}`);
        return () => value;
      }
      const found = tensors.indexOf(value);
      if (found >= 0) keys.push(`#${found}`);
      else keys.push(`${value.dtype}[${value.shape}]`);
      const index = found >= 0 ? found : tensors.push(value) - 1;
      return (all) => all[index];
    }
    if (Array.isArray(value)) {
      keys.push('(');
      const parts = value.map((part, index) => visit(part, `${path}[${index}]`));
      keys.push(')');
      return (all) => parts.map((part) => part(all));
    }
    if (typeof value === 'object' && value !== null && isPlainObject(value)) {
      keys.push('{');
      const parts = Object.entries(value).map(([name, part]) => {
        keys.push(JSON.stringify(name));
        return [name, visit(part, `${path}.${name}`)] as const;
      });
      keys.push('}');
      return (all) => Object.fromEntries(parts.map(([name, part]) => [name, part(all)]));
    }
    if (
      value === null ||
      ['undefined', 'string', 'number', 'boolean', 'bigint'].includes(typeof value)
    ) {
      keys.push(`${typeof value} ${Object.is(value, -0) ? '-0' : JSON.stringify(String(value))}`);
      return () => value;
    }
    throw new CompileArgumentError(
      `${path} is ${nameOf(value)}; expected a tensor, a number, a string, a boolean, or arrays and plain objects ` +
        'of them. Let the function use other things (models, optimizers) from outside itself.',
    );
  };
  const rebuild = visit(structure, what);
  return { tensors, key: keys.join(' '), rebuild };
}
