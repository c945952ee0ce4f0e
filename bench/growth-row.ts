import type { Figure } from 'selfsup';
import { alternate, type Measured } from './alternation';
import { NOT_MEASURED } from './claim';
import type { MeasuringOptions, Row, RowResult } from './row';
import { summarize } from './sample-statistics';
import { canRun, type Side } from './side-process';

const NAME = 'growth';
const BATCHES = [64, 128, 256, 512, 1024];
const TITLE = 'Growth: time per pair and peak memory';

function sides(batch: number): Side[] {
  const settings = { batch, encoder: 'tutorial', temperature: 0.5, optimizer: 'adam' };
  const workload = 'simclr-step';
  // Trying XLA or torch.compile too would leave its memory in the peak.
  const compiledBy = (name: string) => ({ ...settings, compilers: [name] });
  return [
    { id: 'ours', label: 'selfsup, compiled', runtime: 'node', workload, settings },
    {
      id: 'tensorflow',
      label: 'TensorFlow, tf.function',
      runtime: 'tensorflow',
      workload,
      settings: compiledBy('tf.function'),
    },
    {
      id: 'pytorch',
      label: 'PyTorch, eager',
      runtime: 'pytorch',
      workload,
      settings: compiledBy('eager'),
    },
  ];
}

interface Point {
  readonly batch: number;
  readonly perPair: number;
  readonly peakMiB: number;
}

/** A side along the batches; without points where it was not measured. */
interface Curve {
  readonly label: string;
  readonly points: readonly Point[];
}

function point(batch: number, { rounds, peakMiB }: Measured): Point {
  return { batch, perPair: summarize(rounds.flat()).median / batch, peakMiB };
}

async function measure({ programs, quick }: MeasuringOptions): Promise<RowResult> {
  const [rounds, repeats] = quick ? [1, 3] : [4, 5];
  const points = new Map<string, Point[]>();
  const engines = new Set<string>();
  for (const batch of BATCHES) {
    const present = sides(batch).filter((side) => canRun(side, programs));
    for (const one of await alternate(present, { rounds, repeats, programs })) {
      engines.add(one.facts.engine);
      points.set(one.side.id, [...(points.get(one.side.id) ?? []), point(batch, one)]);
    }
  }
  const compared = sides(0);
  const curves = compared.map(({ id, label }) => ({ label, points: points.get(id) ?? [] }));
  const cells = (found: Point | undefined): string[] =>
    found ? [found.perPair.toFixed(3), found.peakMiB.toFixed(0)] : [NOT_MEASURED, NOT_MEASURED];
  return {
    name: NAME,
    title: TITLE,
    table: {
      columns: [
        'pairs in a batch',
        ...curves.flatMap(({ label }) => [`${label} (ms per pair)`, `${label}, peak (MiB)`]),
      ],
      rows: BATCHES.map((batch, index) => [
        `${batch}`,
        ...curves.flatMap((curve) => cells(curve.points[index])),
      ]),
    },
    findings: {},
    sides: compared.map(({ id, label }) => ({ id, label, measured: points.has(id) })),
    notes: [
      `The tutorial's SimCLR step in float32, ${rounds} rounds of ${repeats} steps for each batch, a new process for each ` +
        'batch and side. Memory is the largest resident memory of the whole process, the library and its start included. ' +
        'The similarity matrix of NT-Xent grows with the square of the batch.',
    ],
    engines: [...engines],
    charts: {
      'growth-time.png': () => chart('Time per pair', 'time (ms per pair)', 'perPair', curves),
      'growth-memory.png': () =>
        chart('Largest resident memory', 'memory (MiB)', 'peakMiB', curves),
    },
  };
}

/** One quantity of all sides over the batch. */
async function chart(
  title: string,
  yLabel: string,
  field: 'perPair' | 'peakMiB',
  curves: readonly Curve[],
): Promise<Figure> {
  const { lineChart } = await import('selfsup');
  const series = curves
    .filter(({ points }) => points.length > 0)
    .map(({ label, points }) => ({
      name: label,
      x: points.map(({ batch }) => batch),
      y: points.map((one) => one[field]),
    }));
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

export const growth: Row = { name: NAME, title: TITLE, claims: [], measure };
