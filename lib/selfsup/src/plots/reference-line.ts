import { InvalidArgumentError } from '../runtime/errors';
import { INK } from './chart';

/** A line to compare with, for instance chance level. */
export interface ReferenceLine {
  readonly value: number;
  /** Written beside the line: `chance, ln(2N − 1)`. */
  readonly label: string;
  /** The axis `value` is on. Default `y`: a horizontal line. */
  readonly axis?: 'x' | 'y';
}

/** Of the chart's own data, each row would draw the line once more. */
const ONE_ROW = { values: [{}] };

/**
 * Layers that draw reference lines over a chart whose axes are titled `titles`.
 *
 * @throws InvalidArgumentError when a value is not finite: such a line would be nowhere.
 */
export function referenceLayers(
  lines: readonly ReferenceLine[],
  titles: { readonly x: string; readonly y: string },
): Record<string, unknown>[] {
  return lines.flatMap(({ value, label, axis = 'y' }) => {
    if (!Number.isFinite(value)) {
      throw new InvalidArgumentError(
        `The reference line "${label}" is at ${value}; give a finite number, or leave the line out.`,
      );
    }
    const position = { datum: value, type: 'quantitative', title: titles[axis] };
    const horizontal = axis === 'y';
    return [
      {
        data: ONE_ROW,
        mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 1.5, color: INK },
        encoding: { [axis]: position },
      },
      {
        data: ONE_ROW,
        mark: {
          type: 'text',
          text: label,
          color: INK,
          align: horizontal ? 'right' : 'center',
          baseline: 'bottom',
          dx: horizontal ? -3 : 0,
          dy: -3,
        },
        encoding: {
          [axis]: position,
          ...(horizontal ? { x: { value: 'width' } } : { y: { value: 0 } }),
        },
      },
    ];
  });
}
