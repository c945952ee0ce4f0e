import { assertCount } from '../../runtime/checks';
import { InvalidArgumentError } from '../../runtime/errors';

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
 * @throws InvalidArgumentError when rows or columns are not a whole number, 1 or more, or `dim` is no multiple of 4.
 * @see He et al., "Masked Autoencoders Are Scalable Vision Learners", 2021, arXiv:2111.06377, appendix A.1.
 */
export function sinePositions(rows: number, columns: number, dim: number): number[][] {
  assertCount('sinePositions', 'rows', rows);
  assertCount('sinePositions', 'columns', columns);
  assertWaves('sinePositions', 'dim', dim, 2);
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
 * @throws InvalidArgumentError when the length is not a whole number, 1 or more, or `dim` is no multiple of 2.
 * @see Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762, section 3.5.
 */
export function sequencePositions(length: number, dim: number): number[][] {
  assertCount('sequencePositions', 'length', length);
  assertWaves('sequencePositions', 'dim', dim, 1);
  return Array.from({ length }, (_, position) => wavesAt(position, dim / 2));
}

/**
 * Checks that the numbers of a position can be shared among the sines and cosines of its coordinates.
 *
 * @throws InvalidArgumentError unless there are as many of each, one or more.
 */
export function assertWaves(caller: string, name: string, dim: number, coordinates: 1 | 2): void {
  assertCount(caller, name, dim);
  if (dim % (2 * coordinates) === 0) return;
  throw new InvalidArgumentError(
    `${caller}: ${name} is ${dim}; expected a multiple of ${2 * coordinates}, for ` +
      `${coordinates === 1 ? 'the sines and cosines of a position' : 'sines and cosines of two coordinates'}.`,
  );
}
