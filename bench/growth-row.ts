import type { Figure } from 'selfsup';
import { alternate, type Measured } from './alternation';
import { type MeasuringOptions, NOT_MEASURED, type Row, type RowResult } from './row';
import { summarize } from './sample-statistics';
import type { Side } from './side-process';

const BATCHES = [64, 128, 256, 512, 1024];
const TITLE = 'Growth: time per pair and peak memory';

function sides(batch: number): Side[] {
  const step = { batch, encoder: 'tutorial', temperature: 0.5, optimizer: 'adam' };
  return [
    {
      id: 'ours',
      label: 'selfsup',
      language: 'typescript',
      workload: 'simclr-step',
      settings: step,
    },
    {
      id: 'python',
      label: 'Python',
      language: 'python',
      workload: 'simclr-step',
      // Trying XLA too would leave its memory in the peak.
      settings: { ...step, compilers: ['tf.function'] },
    },
  ];
}

export interface Point {
  readonly batch: number;
  readonly perPair: number;
  readonly peakMiB: number;
}

function point(batch: number, measured: Measured | undefined): Point | null {
  if (measured === undefined) return null;
  const { median } = summarize(measured.rounds.flat());
  return { batch, perPair: median / batch, peakMiB: measured.peakMiB };
}

async function measure({ python, quick }: MeasuringOptions): Promise<RowResult> {
  const [rounds, repeats] = quick ? [1, 3] : [4, 5];
  const points: Record<'ours' | 'python', (Point | null)[]> = { ours: [], python: [] };
  const engines = new Set<string>();
  for (const batch of BATCHES) {
    const present = sides(batch).filter(({ id }) => id === 'ours' || python !== null);
    const measured = await alternate(present, { rounds, repeats, python: python ?? '' });
    for (const { facts } of measured) engines.add(facts.engine);
    points.ours.push(point(batch, measured[0]));
    points.python.push(point(batch, measured[1]));
  }
  const cells = (found: Point | null | undefined): string[] =>
    found ? [found.perPair.toFixed(3), found.peakMiB.toFixed(0)] : [NOT_MEASURED, NOT_MEASURED];
  return {
    title: TITLE,
    table: {
      columns: [
        'pairs in a batch',
        'selfsup (ms per pair)',
        'selfsup, peak (MiB)',
        'Python (ms per pair)',
        'Python, peak (MiB)',
      ],
      rows: BATCHES.map((batch, index) => [
        `${batch}`,
        ...cells(points.ours[index]),
        ...cells(points.python[index]),
      ]),
    },
    verdicts: [],
    notes: [
      `The tutorial's SimCLR step in float32, ${rounds} rounds of ${repeats} steps for each batch, a new process for each ` +
        'batch and side. Memory is the largest resident memory of the whole process, TensorFlow and its start included. ' +
        'The similarity matrix of NT-Xent grows with the square of the batch.',
    ],
    engines: [...engines],
    charts: {
      'growth-time.png': () => chart('Time per pair', 'time (ms per pair)', 'perPair', points),
      'growth-memory.png': () =>
        chart('Largest resident memory', 'memory (MiB)', 'peakMiB', points),
    },
  };
}

/** One quantity of both sides over the batch. */
export async function chart(
  title: string,
  yLabel: string,
  field: 'perPair' | 'peakMiB',
  points: Record<'ours' | 'python', readonly (Point | null)[]>,
): Promise<Figure> {
  const { lineChart } = await import('selfsup');
  const series = [
    { name: 'selfsup, compiled', points: points.ours },
    { name: 'Python, tf.function', points: points.python },
  ].flatMap(({ name, points }) => {
    const found = points.filter((one) => one !== null);
    if (found.length === 0) return [];
    return [{ name, x: found.map(({ batch }) => batch), y: found.map((one) => one[field]) }];
  });
  const told = series.map(({ name, x, y }) => {
    const values = y.map(
      (value, index) => `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} at ${x[index]}`,
    );
    return `${name}: ${values.join(', ')}`;
  });
  return lineChart({
    title: `${title} of the tutorial's SimCLR step`,
    description: `${yLabel} over pairs in a batch. ${told.join('; ')}.`,
    series,
    xLabel: 'pairs in a batch',
    yLabel,
    xDomain: [0, BATCHES.at(-1) ?? 0],
    // From zero: otherwise a difference of two hundredths fills the picture.
    yDomain: [0, 1.1 * Math.max(...series.flatMap(({ y }) => y))],
  });
}

export const growth: Row = { name: 'growth', title: TITLE, measure };
