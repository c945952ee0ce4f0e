import type { Programs } from './python-library';
import { type Facts, type Side, SideProcess } from './side-process';

/** What one side took. */
export interface Measured {
  readonly side: Side;
  readonly facts: Facts;
  /** Milliseconds of each unit of work, by round. */
  readonly rounds: readonly (readonly number[])[];
  readonly peakMiB: number;
}

export interface AlternationOptions {
  readonly rounds: number;
  /** Units of work each side does in a round. */
  readonly repeats: number;
  /** What runs the Python sides. */
  readonly programs: Programs;
}

/**
 * Measures sides in turn, A B C A B C …, each in a process of its own, so that whatever the machine does meanwhile
 * meets all of them alike.
 *
 * @throws SideError when a side fails; the others are ended.
 */
export async function alternate(
  sides: readonly Side[],
  { rounds, repeats, programs }: AlternationOptions,
): Promise<Measured[]> {
  const processes: SideProcess[] = [];
  try {
    // One after the other: a side that chooses its variant by time must be alone.
    for (const side of sides) processes.push(await SideProcess.start(side, programs));
    const times: number[][][] = sides.map(() => []);
    const peaks = sides.map(() => 0);
    for (let round = 0; round < rounds; round++) {
      for (const [index, process] of processes.entries()) {
        const { milliseconds, peakMiB = 0 } = await process.measure(repeats);
        times[index]?.push([...milliseconds]);
        peaks[index] = peakMiB;
      }
    }
    for (const process of processes) await process.end();
    return sides.map((side, index) => ({
      side,
      facts: (processes[index] as SideProcess).facts,
      rounds: times[index] as number[][],
      peakMiB: peaks[index] as number,
    }));
  } finally {
    for (const process of processes) process.kill();
  }
}
