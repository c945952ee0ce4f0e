import type { MeasuringOptions, Row, RowResult } from './row';
import { SideProcess } from './side-process';

const TITLE = 'Ten thousand compiled steps: tensors and resident memory';
const LARGEST_CHANGE = 0.05;
const PAIRS = 8;

async function measure({ quick }: MeasuringOptions): Promise<RowResult> {
  const steps = quick ? 500 : 10_000;
  const side = await SideProcess.start(
    {
      id: 'ours',
      label: 'selfsup, train()',
      language: 'typescript',
      workload: 'long-training',
      settings: { batch: PAIRS },
    },
    '',
  );
  const { looks = [] } = await side.measure(steps);
  await side.end();
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined) throw new Error('The training took no look.');
  const resident = looks.map(({ residentMiB }) => residentMiB);
  const change = Math.max(...resident.map((size) => Math.abs(size / first.residentMiB - 1)));
  return {
    title: TITLE,
    table: {
      columns: ['step', 'tensors', 'resident (MiB)'],
      rows: looks.map(({ step, tensors, residentMiB }) => [
        `${step}`,
        `${tensors}`,
        residentMiB.toFixed(0),
      ]),
    },
    verdicts: [
      {
        claim: 'number of tensors constant',
        reached: `${last.tensors - first.tensors} more`,
        met: looks.every(({ tensors }) => tensors === first.tensors),
      },
      {
        claim: 'resident memory within 5 %',
        reached: `${(100 * change).toFixed(1)} % at most`,
        met: change <= LARGEST_CHANGE,
      },
    ],
    notes: [
      `${steps} steps of ${PAIRS} pairs by train(), the tutorial's recipe; compared with the look after a tenth of them, when ` +
        'all buffers have been made.',
    ],
    engines: [side.facts.engine],
  };
}

export const longTraining: Row = { name: 'memory', title: TITLE, measure };
