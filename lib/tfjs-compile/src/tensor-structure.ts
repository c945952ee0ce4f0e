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
  /** What stands where, in the same order and by the same rule: `["result.loss", "float32[]"]`. */
  readonly parts: readonly (readonly [path: string, what: string])[];
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
 * @param variables Whether a variable stays itself, as an argument that the function may read and assign, or is a tensor
 *   like any other, as a result.
 * @throws CompileArgumentError when a part is neither a tensor nor plain data.
 */
export function flatten(
  structure: unknown,
  what: string,
  variables: 'stay' | 'are tensors',
): FlatStructure {
  const tensors: tf.Tensor[] = [];
  const parts: (readonly [string, string])[] = [];
  type Rebuild = (tensors: readonly tf.Tensor[]) => unknown;
  const visit = (value: unknown, path: string): Rebuild => {
    if (value instanceof tf.Tensor) {
      if (value instanceof tf.Variable && variables === 'stay') {
        parts.push([path, `variable ${value.id}`]);
        return () => value;
      }
      const found = tensors.indexOf(value);
      parts.push([path, found >= 0 ? `#${found}` : `${value.dtype}[${value.shape}]`]);
      const index = found >= 0 ? found : tensors.push(value) - 1;
      return (all) => all[index];
    }
    if (Array.isArray(value)) {
      parts.push([path, '(']);
      const elements = value.map((part, index) => visit(part, `${path}[${index}]`));
      parts.push([path, ')']);
      return (all) => elements.map((element) => element(all));
    }
    if (typeof value === 'object' && value !== null && isPlainObject(value)) {
      parts.push([path, '{']);
      const fields = Object.entries(value).map(([name, part]) => {
        parts.push([path, JSON.stringify(name)]);
        return [name, visit(part, `${path}.${name}`)] as const;
      });
      parts.push([path, '}']);
      return (all) => Object.fromEntries(fields.map(([name, field]) => [name, field(all)]));
    }
    if (
      value === null ||
      ['undefined', 'string', 'number', 'boolean', 'bigint'].includes(typeof value)
    ) {
      parts.push([
        path,
        `${typeof value} ${Object.is(value, -0) ? '-0' : JSON.stringify(String(value))}`,
      ]);
      return () => value;
    }
    throw new CompileArgumentError(
      `${path} is ${nameOf(value)}; expected a tensor, a number, a string, a boolean, or arrays and plain objects ` +
        'of them. Let the function use other things (models, optimizers) from outside itself.',
    );
  };
  const rebuild = visit(structure, what);
  return { tensors, key: parts.map(([, part]) => part).join(' '), parts, rebuild };
}

const CLOSING = new Set([')', '}']);

/** Where two structures differ in more than their tensors' values, as the middle of a sentence, or `undefined`. */
export function structureDifference(before: FlatStructure, now: FlatStructure): string | undefined {
  if (before.key === now.key) return undefined;
  const at = now.parts.findIndex(([, what], index) => before.parts[index]?.[1] !== what);
  const [path, what] = now.parts[at] as readonly [string, string];
  const old = before.parts[at]?.[1] as string;
  if (CLOSING.has(what)) return `${path} ends where the call before had ${old}`;
  if (CLOSING.has(old)) return `${path} is ${what} where the call before had nothing`;
  return `${path} is ${what} where the call before had ${old}`;
}
