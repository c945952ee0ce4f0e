import { alternate } from './alternation';
import type { Claim } from './claim';
import { milliseconds } from './comparison-row';
import type { MeasuringOptions, Row, RowResult } from './row';
import { quantile } from './sample-statistics';
import { TRACED_STEPS } from './traced-steps';

const NAME = 'trace';
const TITLE = 'Time to trace and load each step of the course';
const SHORT: Claim = { id: 'longest', claim: '≤ 2 s, any step', bound: { atMost: 2 } };

/** A process for each step, so that the first trace is one that a learner meets. */
async function measure({ quick }: MeasuringOptions): Promise<RowResult> {
  const repeats = quick ? 1 : 3;
  const measured = [];
  for (const [step, label] of Object.entries(TRACED_STEPS)) {
    const side = {
      id: step,
      label,
      runtime: 'node' as const,
      workload: 'step-tracing',
      settings: { step },
    };
    measured.push(...(await alternate([side], { rounds: 1, repeats, programs: {} })));
  }
  const samples = measured.map(({ rounds }) => rounds.flat());
  const seconds = Math.max(...samples.flat()) / 1000;
  return {
    name: NAME,
    title: TITLE,
    table: {
      columns: ['step', 'first (ms)', 'median (ms)', 'most (ms)'],
      rows: measured.map(({ side }, index) => {
        const sample = samples[index] as number[];
        const numbers = [sample[0] as number, quantile(sample, 0.5), Math.max(...sample)];
        return [side.label, ...numbers.map(milliseconds)];
      }),
    },
    findings: { [SHORT.id]: { value: seconds, reached: `${seconds.toFixed(2)} s at most` } },
    sides: [],
    notes: [
      `${repeats} times each, with the batches the course uses: an eager call that is recorded, a second one ` +
        'that is recorded and compared with it, loading the graph, and its first run, which optimizes it.',
    ],
    engines: measured.map(({ facts }) => facts.engine),
  };
}

export const stepTracing: Row = { name: NAME, title: TITLE, claims: [SHORT], measure };
