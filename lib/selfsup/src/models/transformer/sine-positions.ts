/**
 * Fixed positions of the cells of a grid, row by row: the first half of the numbers tells the row, the second the column,
 * each by sines and cosines of `position / 10000^(2i/(d/2))`.
 *
 * @param rows Cells from top to bottom. @param columns Cells from left to right. @param dim d, a multiple of 4.
 * @returns `rows · columns` vectors of `dim` numbers.
 * @see He et al., "Masked Autoencoders Are Scalable Vision Learners", 2021, arXiv:2111.06377, appendix A.1.
 */
export function sinePositions(rows: number, columns: number, dim: number): number[][] {
  const waves = dim / 4;
  const coordinates = (position: number): number[] => {
    const angles = Array.from({ length: waves }, (_, i) => position / 10_000 ** (i / waves));
    return [...angles.map(Math.sin), ...angles.map(Math.cos)];
  };
  return Array.from({ length: rows * columns }, (_, cell) => [
    ...coordinates(Math.floor(cell / columns)),
    ...coordinates(cell % columns),
  ]);
}
