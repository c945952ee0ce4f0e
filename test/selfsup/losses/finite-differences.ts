/**
 * The gradient of a function of a matrix, number by number, by central differences in double precision.
 *
 * @param at The function.
 * @returns The derivatives in the order of the rows.
 */
export function finiteDifferences(rows: number[][], at: (moved: number[][]) => number): number[] {
  return rows.flatMap((row, i) =>
    row.map((value, d) => {
      const movedBy = (delta: number): number => {
        const moved = rows.map((one) => [...one]);
        (moved[i] as number[])[d] = value + delta;
        return at(moved);
      };
      return (movedBy(1e-5) - movedBy(-1e-5)) / 2e-5;
    }),
  );
}
