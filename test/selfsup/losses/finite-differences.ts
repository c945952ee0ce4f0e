/** The derivative at 0 of a function of one number. */
type Slope = (at: (step: number) => number) => number;

const central: Slope = (at) => (at(1e-5) - at(-1e-5)) / 2e-5;

/**
 * The gradient of a function of a matrix, number by number, by differences in double precision.
 *
 * @param at The function.
 * @param slope Makes a derivative of what a step in one number gives. Default: central differences.
 * @returns The derivatives in the order of the rows.
 */
export function finiteDifferences(
  rows: number[][],
  at: (moved: number[][]) => number,
  slope: Slope = central,
): number[] {
  return rows.flatMap((row, i) =>
    row.map((value, d) =>
      slope((step) => {
        const moved = rows.map((one) => [...one]);
        (moved[i] as number[])[d] = value + step;
        return at(moved);
      }),
    ),
  );
}
