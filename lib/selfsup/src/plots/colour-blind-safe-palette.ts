/**
 * Ten colours, as many as CIFAR-10 has classes: seven that stay apart under the common colour-vision deficiencies, ordered
 * so that those with most contrast on white come first, with a grey before the yellow, then a brown and a violet. All show
 * on white and on the `#333333` of JupyterLab's dark charts; black would not.
 *
 * @see Okabe and Ito, "Color Universal Design", 2008, for the seven; black is their eighth.
 */
export const COLOUR_BLIND_SAFE_PALETTE: readonly string[] = [
  '#0072B2',
  '#E69F00',
  '#009E73',
  '#D55E00',
  '#CC79A7',
  '#56B4E9',
  '#808080',
  '#F0E442',
  '#A0662B',
  '#8E6FC7',
];

/** Line patterns, so that lines are told apart without colour too. */
const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [10, 4],
];

/** Point shapes, so that groups are told apart without colour too. */
const SHAPES: readonly string[] = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'cross',
  'triangle-down',
  'triangle-right',
];

function cycle<T>(values: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, index) => values[index % values.length] as T);
}

/** The colours of `count` series; they repeat after ten, and shapes and dashes then tell them apart. */
export function coloursOf(count: number): string[] {
  return cycle(COLOUR_BLIND_SAFE_PALETTE, count);
}

/** The dash patterns of `count` series. */
export function dashesOf(count: number): (readonly number[])[] {
  return cycle(DASHES, count);
}

/** The point shapes of `count` series. */
export function shapesOf(count: number): string[] {
  return cycle(SHAPES, count);
}
