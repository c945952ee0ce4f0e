import { tf } from 'selfsup';
import { attempt, requireTidy } from './attempt';
import { describe, Finding, number, type Property } from './judge';

/** What a function is compared with, and on which inputs. */
export interface ReferenceCheckOptions<Args extends readonly unknown[]> {
  /** What was to be written: `momentum update`. */
  readonly name: string;
  /** The right function. */
  readonly reference: (...args: Args) => unknown;
  /** What both are called with; `name` completes the sentence "When called with …". */
  readonly inputs: readonly { readonly name: string; readonly args: Args }[];
  /** Greatest difference allowed, relative to the greatest expected value. Default 1e-4. */
  readonly tolerance?: number;
}

interface Values {
  readonly shape: readonly number[];
  readonly numbers: readonly number[];
}

/** Tensors, arrays of any depth and numbers, as shape and numbers; `null` for anything else. */
function valuesOf(result: unknown): Values | null {
  if (result instanceof tf.Tensor) {
    return { shape: result.shape, numbers: Array.from(result.dataSync()) };
  }
  if (typeof result === 'number') return { shape: [], numbers: [result] };
  if (ArrayBuffer.isView(result)) return valuesOf(Array.from(result as unknown as Float32Array));
  if (!Array.isArray(result)) return null;
  const parts = result.map(valuesOf);
  if (!parts.every((part): part is Values => part !== null)) return null;
  return {
    shape: [parts.length, ...(parts[0]?.shape ?? [])],
    numbers: parts.flatMap((part) => part.numbers),
  };
}

/** What a function must satisfy to agree with a reference. */
export function referenceProperties<Args extends readonly unknown[]>({
  reference,
  inputs,
  tolerance = 1e-4,
}: ReferenceCheckOptions<Args>): readonly Property<(...args: Args) => unknown>[] {
  return [
    ...inputs.map(({ name, args }) => ({
      name: `agrees with the reference on ${name}`,
      examine: (learner: (...args: Args) => unknown) => {
        const expected = valuesOf(reference(...args)) as Values;
        const wanted =
          expected.shape.length === 0 ? 'a number' : `shape [${expected.shape.join(', ')}]`;
        const result = attempt(() => learner(...args), `with ${name}`, wanted);
        const found = valuesOf(result);
        const returned = `When called with ${name}, it returned ${describe(result)}`;
        if (found === null || found.shape.join() !== expected.shape.join()) {
          throw new Finding(`${returned}; expected ${wanted}.`);
        }
        const scale = Math.max(1e-12, ...expected.numbers.map(Math.abs));
        const wrong = expected.numbers.findIndex(
          (value, index) =>
            !(Math.abs((found.numbers[index] as number) - value) <= tolerance * scale),
        );
        if (wrong >= 0) {
          const place = expected.numbers.length === 1 ? '' : ` Number ${wrong} (counted from 0)`;
          const values = `is ${number(found.numbers[wrong] as number)}; expected ${number(expected.numbers[wrong] as number)}.`;
          throw new Finding(
            place === ''
              ? `When called with ${name}, its result ${values}`
              : `${returned}.${place} ${values}`,
          );
        }
      },
    })),
    {
      name: 'tidies its tensors',
      examine: (learner) => {
        const first = inputs[0];
        if (first) requireTidy(() => learner(...first.args));
      },
    },
  ];
}
