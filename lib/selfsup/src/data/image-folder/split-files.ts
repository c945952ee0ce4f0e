import { createHash } from 'node:crypto';
import type { Split } from '../image-data-set';

export interface SplitFilesOptions {
  readonly seed: number;
  /** Share of the files of each class in the test split. */
  readonly testFraction: number;
  /** Share of the files of each class that are not in the test split. */
  readonly validationFraction: number;
}

/** A number that a file's path alone decides, equally likely anywhere; as text, whose order is the number's. */
function drawnBy(purpose: string, file: string): string {
  return createHash('sha256')
    .update(`${purpose}\n${file.normalize('NFC')}`)
    .digest('hex');
}

/**
 * Which split each file belongs to. In every class the files with the smallest of numbers drawn from their paths are
 * tested with, of the others those with the smallest of numbers drawn from seed and path validated with: the shares are
 * exact up to rounding, the test files are the same for every seed, and a file that comes or goes moves at most one other
 * file of its class across each border.
 *
 * @internal
 * @param labels the class of each file; `null` where there are none.
 */
export function splitFiles(
  files: readonly string[],
  labels: ArrayLike<number> | null,
  { seed, testFraction, validationFraction }: SplitFilesOptions,
): Split[] {
  const positionsOf = new Map<number, number[]>();
  files.forEach((_, position) => {
    const label = labels?.[position] ?? 0;
    const ofClass = positionsOf.get(label);
    if (ofClass) ofClass.push(position);
    else positionsOf.set(label, [position]);
  });
  const splits = new Array<Split>(files.length).fill('train');
  const smallest = (positions: readonly number[], purpose: string, share: number): number[] =>
    positions
      .map((position) => ({ position, drawn: drawnBy(purpose, files[position] as string) }))
      .sort((a, b) => (a.drawn < b.drawn ? -1 : 1))
      .slice(0, Math.round(positions.length * share))
      .map(({ position }) => position);
  for (const positions of positionsOf.values()) {
    for (const position of smallest(positions, 'test', testFraction)) splits[position] = 'test';
    const rest = positions.filter((position) => splits[position] === 'train');
    for (const position of smallest(rest, `validation ${seed}`, validationFraction)) {
      splits[position] = 'validation';
    }
  }
  return splits;
}
