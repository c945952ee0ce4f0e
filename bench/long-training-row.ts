import type { Claim } from './claim';
import type { MeasuringOptions, Row, RowResult } from './row';
import { SideProcess } from './side-process';

const NAME = 'memory';
const TITLE = 'Ten thousand compiled steps: tensors and resident memory';
const SAME_TENSORS: Claim = {
  id: 'tensors',
  claim: 'number of tensors constant',
  bound: { atMost: 0 },
};
const SAME_MEMORY: Claim = {
  id: 'resident-memory',
  claim: 'resident memory within 5 %',
  bound: { atMost: 0.05 },
};
const PAIRS = 8;

async function measure({ quick }: MeasuringOptions): Promise<RowResult> {
  const steps = quick ? 500 : 10_000;
  const side = await SideProcess.start(
    {
      id: 'ours',
      label: 'selfsup, train()',
      runtime: 'node',
      workload: 'long-training',
      settings: { batch: PAIRS },
    },
    {},
  );
  const { looks = [] } = await side.measure(steps);
  await side.end();
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined) throw new Error('The training took no look.');
  const resident = looks.map(({ residentMiB }) => residentMiB);
  const change = Math.max(...resident.map((size) => Math.abs(size / first.residentMiB - 1)));
  return {
    name: NAME,
    title: TITLE,
    table: {
      columns: ['step', 'tensors', 'resident (MiB)'],
      rows: looks.map(({ step, tensors, residentMiB }) => [
        `${step}`,
        `${tensors}`,
        residentMiB.toFixed(0),
      ]),
    },
    findings: {
      [SAME_TENSORS.id]: {
        value: Math.max(...looks.map(({ tensors }) => Math.abs(tensors - first.tensors))),
        reached: `${last.tensors - first.tensors} more`,
      },
      [SAME_MEMORY.id]: { value: change, reached: `${(100 * change).toFixed(1)} % at most` },
    },
    sides: [],
    notes: [
      `${steps} steps of ${PAIRS} pairs by train(), the tutorial's recipe; compared with the look after a tenth of them, when ` +
        'all buffers have been made.',
    ],
    engines: [side.facts.engine],
  };
}

export const longTraining: Row = {
  name: NAME,
  title: TITLE,
  claims: [SAME_TENSORS, SAME_MEMORY],
  measure,
};
