import { alternate } from './alternation';
import { milliseconds } from './comparison-row';
import type { MeasuringOptions, Row, RowResult } from './row';
import { quantile } from './sample-statistics';
import { TRACED_STEPS } from './traced-steps';

const LONGEST_MS = 2000;
const TITLE = 'Time to trace and load each step of the course';

/** A process for each step, so that the first trace is one that a learner meets. */
async function measure({ quick }: MeasuringOptions): Promise<RowResult> {
  const repeats = quick ? 1 : 3;
  const measured = [];
  for (const [step, label] of Object.entries(TRACED_STEPS)) {
    const side = {
      id: step,
      label,
      language: 'typescript' as const,
      workload: 'step-tracing',
      settings: { step },
    };
    measured.push(...(await alternate([side], { rounds: 1, repeats, python: '' })));
  }
  const samples = measured.map(({ rounds }) => rounds.flat());
  const longest = Math.max(...samples.flat());
  return {
    title: TITLE,
    table: {
      columns: ['step', 'first (ms)', 'median (ms)', 'most (ms)'],
      rows: measured.map(({ side }, index) => {
        const sample = samples[index] as number[];
        const numbers = [sample[0] as number, quantile(sample, 0.5), Math.max(...sample)];
        return [side.label, ...numbers.map(milliseconds)];
      }),
    },
    verdicts: [
      {
        claim: '≤ 2 s, any step',
        reached: `${(longest / 1000).toFixed(2)} s at most`,
        met: longest <= LONGEST_MS,
      },
    ],
    notes: [
      `${repeats} times each, with the batches the course uses: the two eager calls that are recorded and compared, ` +
        'loading the graph, and its first run, which optimizes it, less one ordinary run.',
    ],
    engines: measured.map(({ facts }) => facts.engine),
  };
}

export const stepTracing: Row = { name: 'trace', title: TITLE, measure };
