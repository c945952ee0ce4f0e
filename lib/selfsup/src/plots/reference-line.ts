/** A line to compare with, for instance chance level. */
export interface ReferenceLine {
  readonly value: number;
  /** Written beside the line: `chance, ln(2N − 1)`. */
  readonly label: string;
  /** The axis `value` is on. Default `y`: a horizontal line. */
  readonly axis?: 'x' | 'y';
}

const GREY = '#595959';

/** Of the chart's own data, each row would draw the line once more. */
const ONE_ROW = { values: [{}] };

/** Layers that draw reference lines over a chart whose axes are titled `titles`. */
export function referenceLayers(
  lines: readonly ReferenceLine[],
  titles: { readonly x: string; readonly y: string },
): Record<string, unknown>[] {
  return lines.flatMap(({ value, label, axis = 'y' }) => {
    const position = { datum: value, type: 'quantitative', title: titles[axis] };
    const horizontal = axis === 'y';
    return [
      {
        data: ONE_ROW,
        mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 1.5, color: GREY },
        encoding: { [axis]: position },
      },
      {
        data: ONE_ROW,
        mark: {
          type: 'text',
          text: label,
          color: GREY,
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

/** Reference lines for plotly.js: shapes and their labels. */
export function plotlyReferenceLines(lines: readonly ReferenceLine[]): Record<string, unknown> {
  return {
    shapes: lines.map(({ value, axis = 'y' }) => ({
      type: 'line',
      line: { dash: 'dash', color: GREY },
      ...(axis === 'y'
        ? { xref: 'paper', x0: 0, x1: 1, y0: value, y1: value }
        : { yref: 'paper', y0: 0, y1: 1, x0: value, x1: value }),
    })),
    annotations: lines.map(({ value, label, axis = 'y' }) => ({
      text: label,
      showarrow: false,
      ...(axis === 'y'
        ? { xref: 'paper', x: 1, xanchor: 'right', y: value, yanchor: 'bottom' }
        : { yref: 'paper', y: 1, yanchor: 'top', x: value, xanchor: 'left' }),
    })),
  };
}
