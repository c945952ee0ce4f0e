import type { Facts, Timed } from '../side-process';

/** Work that is warm: graphs are compiled, buffers made. */
export interface PreparedWorkload {
  /** Does the work so many times and says how long each took. */
  readonly run: (count: number) => Timed | Promise<Timed>;
  /** What to say about this side besides its times; `engine` names the program and its versions. */
  readonly facts: Facts;
}

/** Times a step whose result is waited for inside. */
export function timeEach(step: () => void): (count: number) => Timed {
  return (count) => {
    const milliseconds: number[] = [];
    for (let i = 0; i < count; i++) {
      const started = performance.now();
      step();
      milliseconds.push(performance.now() - started);
    }
    return { milliseconds };
  };
}
