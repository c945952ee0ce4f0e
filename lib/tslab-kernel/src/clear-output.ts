/** Under this name a running kernel keeps what clears the outputs of the current cell. */
const CLEAR = Symbol.for('tslab-kernel.clear-output');

type Clear = (wait: boolean) => void;
type WithClear = { [CLEAR]?: Clear };

/** Makes `clearOutput` work in this process. */
export function provideClearOutput(clear: Clear): void {
  (globalThis as WithClear)[CLEAR] = clear;
}

/**
 * Removes what the running cell has shown so far. Outside this kernel, also on a stock tslab, it does nothing.
 *
 * @param options.wait true to leave it there until something new is shown, which then does not flicker. Default false.
 */
export function clearOutput({ wait = false }: { readonly wait?: boolean } = {}): void {
  (globalThis as WithClear)[CLEAR]?.(wait);
}
