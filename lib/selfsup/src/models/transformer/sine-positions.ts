/** The sines, then the cosines, of `position / 10000^(i/waves)`. */
function wavesAt(position: number, waves: number): number[] {
  const angles = Array.from({ length: waves }, (_, i) => position / 10_000 ** (i / waves));
  return [...angles.map(Math.sin), ...angles.map(Math.cos)];
}

/**
 * Fixed positions of the cells of a grid, row by row: the first half of the numbers tells the row, the second the column,
 * each by sines and cosines of `position / 10000^(2i/(d/2))`.
 *
 * @param rows Cells from top to bottom. @param columns Cells from left to right. @param dim d, a multiple of 4.
 * @returns `rows · columns` vectors of `dim` numbers.
 * @see He et al., "Masked Autoencoders Are Scalable Vision Learners", 2021, arXiv:2111.06377, appendix A.1.
 */
export function sinePositions(rows: number, columns: number, dim: number): number[][] {
  return Array.from({ length: rows * columns }, (_, cell) => [
    ...wavesAt(Math.floor(cell / columns), dim / 4),
    ...wavesAt(cell % columns, dim / 4),
  ]);
}

/**
 * Fixed positions of the tokens of a sequence: sines and cosines of `position / 10000^(2i/d)`, i from 0 to d/2 − 1. The paper
 * lets them take turns; here the sines are the first half, as in {@link sinePositions}, which is the same in another order.
 *
 * @param length Number of tokens T. @param dim d, a multiple of 2.
 * @returns T vectors of `dim` numbers.
 * @see Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762, section 3.5.
 */
export function sequencePositions(length: number, dim: number): number[][] {
  return Array.from({ length }, (_, position) => wavesAt(position, dim / 2));
}
