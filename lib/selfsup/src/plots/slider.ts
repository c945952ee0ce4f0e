import { isDeepStrictEqual } from 'node:util';
import { InvalidArgumentError } from '../runtime/errors';
import { assertText } from './chart';
import { textsOf } from './descriptions';
import { type Figure, type FigureOptions, textAlternative, type VegaLiteSpec } from './figure';

/** Options of {@link slider}. */
export interface SliderOptions extends FigureOptions {
  /** What the slider changes: `temperature τ`. */
  readonly label: string;
  /** Its values from left to right, one for each figure. Numbers in equal steps are shown beside the slider as they are. */
  readonly values: readonly (number | string)[];
  /** What is shown at each value: charts of one kind with the same axes and names, or image grids of one size. */
  readonly figures: readonly (Figure | Promise<Figure>)[];
  /** Position of the value shown at first, from 0; it is also what a page without Vega shows. Default 0. */
  readonly first?: number;
}

/** A channel that places or colours marks by a number. */
interface QuantitativeChannel {
  readonly field?: string;
  readonly type?: string;
  readonly scale?: Readonly<Record<string, unknown>>;
}
type Encoding = Readonly<Record<string, QuantitativeChannel>>;
type Row = Readonly<Record<string, unknown>>;
type Layer = VegaLiteSpec & { readonly encoding?: Encoding; readonly data?: unknown };

/** The signal that holds the position; the part of its name before the number would clash with none of a chart's own. */
const POSITION = 'sliderPosition';
const CHANNELS = ['x', 'y', 'color'] as const;

/**
 * Several figures as one, with a slider that chooses which is shown. It works without a kernel, and offline: the data of all
 * are in the figure. Axes are the same at every position, wide enough for all of them, so that what moves is the data.
 *
 * @returns Its PNG, for places that cannot move anything, is that of the figure at `first`.
 * @throws InvalidArgumentError when there are fewer than two figures, numbers differ, a value is not finite or stands twice,
 *   `first` is no position, a figure is a slider itself, or the figures differ in more than their data.
 *
 * @example
 * const temperatures = [0.05, 0.1, 0.2, 0.5];
 * await show(slider({
 *   title: 'The push on each negative', description: '…', label: 'temperature τ', values: temperatures,
 *   figures: temperatures.map((temperature) => barChart({ … })),
 * }));
 */
export async function slider(options: SliderOptions): Promise<Figure> {
  const { label, values, first = 0 } = options;
  const figures = await Promise.all(options.figures);
  assertPositions(figures.length, values, first);
  assertFigures(figures);
  const { title, description } = textsOf(
    options,
    () =>
      `A slider changes ${label}: ${values.join(', ')}. At ${values[first]}: ${figures[first]?.description}`,
  );
  assertText({ title, description, label });
  const specs = figures.map(({ spec }) => spec);
  const shared = sharedPart(specs, values);
  const rows = specs.flatMap((spec, frame) => rowsOf(spec).map((row) => ({ ...row, frame })));
  const control = controlOf(values, first, label);
  const own = withSharedDomains(shared, rows);
  const named = specs[first]?.title !== undefined;
  const spec: VegaLiteSpec = {
    ...own,
    description: textAlternative({ title, description }),
    ...(named && { title: { text: title, subtitle: { expr: valueText(control, label, values) } } }),
    params: [...((own.params as unknown[]) ?? []), control.param],
    data: { values: rows },
    transform: [
      { filter: `datum.frame === ${control.frame}` },
      ...((own.transform as unknown[]) ?? []),
    ],
  };
  const shown = figures[first] as Figure;
  return { title, description, spec, png: () => shown.png() };
}

function assertPositions(count: number, values: readonly unknown[], first: number): void {
  if (count < 2 || values.length !== count) {
    throw new InvalidArgumentError(
      `The slider was given ${count} figures and ${values.length} values; expected two or more figures, and a value for each.`,
    );
  }
  const odd = values.find((value) => typeof value === 'number' && !Number.isFinite(value));
  if (odd !== undefined || new Set(values).size < count) {
    throw new InvalidArgumentError(
      `The slider's values are ${values.join(', ')}; expected finite numbers or texts, each once.`,
    );
  }
  if (!(Number.isInteger(first) && first >= 0 && first < count)) {
    throw new InvalidArgumentError(
      `The slider's first is ${first}; expected a position, a whole number from 0 to ${count - 1}.`,
    );
  }
}

/** @throws InvalidArgumentError naming the position that has no figure, or one that has a slider itself. */
function assertFigures(figures: readonly Figure[]): void {
  for (const [position, figure] of figures.entries()) {
    const params = (figure?.spec?.params ?? []) as readonly { readonly name?: string }[];
    const isSlider = params.some(({ name }) => name === POSITION);
    if (figure?.spec !== undefined && !isSlider) continue;
    throw new InvalidArgumentError(
      `The slider's figure at position ${position} is ${isSlider ? 'itself a slider' : String(figure)}; expected a chart or an ` +
        'image grid.',
    );
  }
}

function rowsOf(spec: VegaLiteSpec): readonly Row[] {
  return (spec.data as { readonly values: readonly Row[] }).values;
}

/**
 * What the specifications have in common: all but titles and data.
 *
 * @throws InvalidArgumentError naming a value whose figure is another kind of chart, or has other axes.
 */
function sharedPart(specs: readonly VegaLiteSpec[], values: readonly unknown[]): VegaLiteSpec {
  const [common, ...others] = specs.map(
    ({ title: _title, description: _description, data: _data, ...rest }) => rest,
  ) as [VegaLiteSpec, ...VegaLiteSpec[]];
  const odd = others.findIndex((other) => !isDeepStrictEqual(other, common));
  if (odd === -1) return common;
  const parts = Object.keys({ ...common, ...others[odd] }).filter(
    (part) => !isDeepStrictEqual(common[part], others[odd]?.[part]),
  );
  throw new InvalidArgumentError(
    `The slider's figure at ${String(values[odd + 1])} differs from the one at ${String(values[0])} in more than its data ` +
      `(${parts.join(', ')}); expected charts of one kind with the same names, sizes, reference lines and domains. ` +
      'Give all of them the same options, such as `domain`.',
  );
}

/** The slider itself, and the expression of the figure that it chooses. */
interface Control {
  readonly param: Readonly<Record<string, unknown>>;
  readonly frame: string;
}

/** Numbers in equal steps are the slider's own values; anything else is chosen by its position. */
function controlOf(values: readonly (number | string)[], first: number, label: string): Control {
  const step = equalStep(values);
  const [min, max, by] =
    step === null
      ? [0, values.length - 1, 1]
      : [values[0] as number, values[values.length - 1] as number, step];
  const name = step === null ? `${label}, choice ` : `${label} `;
  return {
    param: {
      name: POSITION,
      value: step === null ? first : values[first],
      bind: { input: 'range', min, max, step: by, name },
    },
    // Browsers add steps up in floating point.
    frame: step === null ? POSITION : `round((${POSITION} - ${min}) / ${by})`,
  };
}

/** The distance of neighbouring values where all have the same one, upwards; else `null`. */
function equalStep(values: readonly (number | string)[]): number | null {
  if (!values.every((value) => typeof value === 'number' && Number.isFinite(value))) return null;
  const numbers = values as readonly number[];
  const span = (numbers.at(-1) as number) - (numbers[0] as number);
  const step = Number((span / (numbers.length - 1)).toPrecision(12));
  const isEqual = numbers.every(
    (value, i) => Math.abs(value - (numbers[0] as number) - i * step) <= 1e-9 * Math.abs(span),
  );
  return step > 0 && isEqual ? step : null;
}

/** The expression of the line under the title that names the value. */
function valueText({ frame }: Control, label: string, values: readonly unknown[]): string {
  return `${JSON.stringify(`${label}: `)} + ${JSON.stringify(values.map(String))}[${frame}]`;
}

/**
 * Gives each quantitative axis and colour that has no domain the one of all rows together. Vega would fit it to the rows shown,
 * and the axes would jump.
 */
function withSharedDomains(spec: VegaLiteSpec, rows: readonly Row[]): VegaLiteSpec {
  const layers = (spec.layer as readonly Layer[] | undefined) ?? [spec as Layer];
  const ofChart = layers.filter(({ data }) => data === undefined);
  const domains = new Map(
    CHANNELS.map((channel) => [channel, domainOf(channel, ofChart, rows)] as const),
  );
  const settled = (layer: Layer): Layer => {
    if (layer.encoding === undefined) return layer;
    const encoding: Record<string, QuantitativeChannel> = { ...layer.encoding };
    for (const [name, domain] of domains) {
      const channel = encoding[name];
      if (channel?.type !== 'quantitative' || channel.field === undefined || domain === null)
        continue;
      if (channel.scale?.domain !== undefined) continue;
      encoding[name] = { ...channel, scale: { ...channel.scale, domain, nice: true } };
    }
    return { ...layer, encoding };
  };
  if (spec.layer === undefined) return settled(spec as Layer);
  return {
    ...spec,
    layer: layers.map((layer) => (layer.data === undefined ? settled(layer) : layer)),
  };
}

/** Least and greatest of all fields that a channel shows; from 0 where its scale would begin there. `null`: it shows none. */
function domainOf(
  channel: (typeof CHANNELS)[number],
  layers: readonly Layer[],
  rows: readonly Row[],
): [number, number] | null {
  const shown = layers.flatMap(({ encoding }) => {
    const [one, two] = [encoding?.[channel], encoding?.[`${channel}2`]];
    if (one?.type !== 'quantitative' || one.field === undefined) return [];
    return [one, ...(two?.field === undefined ? [] : [two])];
  });
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { field } of shown) {
    for (const row of rows) {
      const value = row[field as string];
      if (typeof value !== 'number') continue;
      [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
  }
  if (low > high) return null;
  const fromZero = shown[0]?.scale?.zero !== false && shown[0]?.scale?.type !== 'log';
  return fromZero && channel !== 'color' ? [Math.min(0, low), Math.max(0, high)] : [low, high];
}
