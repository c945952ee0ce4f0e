import { tf } from 'selfsup';
import { compile, findState } from 'tfjs-compile';
import { expect } from 'vitest';

type Results = Readonly<Record<string, tf.Tensor>>;
interface Trainee<I extends Results> {
  readonly step: (inputs: I) => Results;
}

/** The largest difference of two tensors. */
export const gap = (a: tf.Tensor, b: tf.Tensor) =>
  tf.tidy(() => a.sub(b).abs().max().dataSync()[0] as number);

/**
 * Expects a compiled step to give what the eager one gives, and to assign what it assigns. Each step begins where the eager one does:
 * what is rounded differently decides, some steps later, on which side of 0 a relu falls, and from there the runs part.
 *
 * @param make A new one each time, with the same initial weights.
 * @param inputs Of a step.
 * @returns the state of the eager one, and how far its numbers have moved at most.
 */
export function expectCompiledAsEager<I extends Results>(
  make: () => Trainee<I>,
  { steps, inputs }: { readonly steps: number; readonly inputs: (step: number) => I },
): { state: tf.Variable[]; moved: number } {
  const [eager, other] = [make(), make()];
  const stateOf = ({ step }: Trainee<I>) =>
    findState(() => {
      const given = inputs(0);
      tf.dispose([step(given), given]);
    });
  const [state, otherState] = [stateOf(eager), stateOf(other)];
  expect(otherState.map(({ shape }) => shape)).toEqual(state.map(({ shape }) => shape));
  const start = state.map((variable) => variable.clone());
  const compiled = compile(other.step as (inputs: I) => Results, { name: 'step', verify: false });
  for (let number = 0; number < steps; number++) {
    otherState.forEach((variable, i) => {
      variable.assign(state[i] as tf.Variable);
    });
    const given = inputs(number);
    const before = tf.memory().numTensors;
    const [a, b] = [eager.step(given), compiled(given)];
    expect(Object.keys(b).sort()).toEqual(Object.keys(a).sort());
    for (const [name, value] of Object.entries(a)) {
      expect(gap(value, b[name] as tf.Tensor), name).toBeLessThan(1e-5);
    }
    tf.dispose([a, b]);
    expect(tf.memory().numTensors).toBe(before);
    state.forEach((variable, i) => {
      expect(gap(variable, otherState[i] as tf.Variable), variable.name).toBeLessThan(1e-4);
    });
    tf.dispose(given);
  }
  const moved = Math.max(...start.map((one, i) => gap(one, state[i] as tf.Variable)));
  compiled.dispose();
  tf.dispose(start);
  return { state, moved };
}
