import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

interface Cell {
  readonly status: string;
  readonly outputs: readonly {
    readonly stream?: string;
    readonly text?: string;
    readonly data?: Record<string, string>;
    readonly update?: boolean;
  }[];
}

const CELLS = {
  figure: `
import { lineChart, tf } from 'selfsup';
import { check, notAttempted, progressBar, show, table } from 'selfsup-course';
console.log('before');
await show(lineChart({
  title: 'Loss', description: 'It falls.', xLabel: 'epoch', yLabel: 'loss', series: [{ name: 'a', y: [2, 1] }],
}));
console.log('after');`,
  helpers: `
table([{ encoder: 'random' }], { title: 'Encoders' });
const mine = (z1: tf.Tensor2D, z2: tf.Tensor2D, { temperature }: { temperature: number }): tf.Scalar => notAttempted();
check.ntXentLoss(mine);
const onProgress = progressBar({ interval: 0 });
for (const done of [0, 1, 2]) onProgress({ label: 'Training', done, total: 2, unit: 'steps' });`,
  interrupted: 'await new Promise(() => setInterval(() => undefined, 1000));',
  afterwards: "console.error('an error of the learner');",
};

/** What tslab's own executor sends for the cells, without Jupyter. */
let sent: Record<keyof typeof CELLS, Cell>;

beforeAll(() => {
  const { figure, helpers, interrupted, afterwards } = CELLS;
  const runner = path.join(__dirname, 'run-cells.cjs');
  const printed = execFileSync(
    process.execPath,
    [runner, figure, helpers, 'INTERRUPT', interrupted, afterwards],
    { encoding: 'utf8', timeout: 50_000 },
  );
  const cells = JSON.parse(printed) as [Cell, Cell, Cell, Cell];
  sent = { figure: cells[0], helpers: cells[1], interrupted: cells[2], afterwards: cells[3] };
});

describe('in a tslab kernel', () => {
  it('a figure stands between what is printed before and after it', () => {
    expect(sent.figure.outputs.map(({ text, data }) => text ?? Object.keys(data ?? {}))).toEqual([
      'before\n',
      ['application/vnd.vegalite.v5+json', 'image/png', 'text/plain'],
      'after\n',
    ]);
    expect(sent.figure.status).toBe('ok');
  });

  it('tables, checks and progress come as HTML with text, and an open exercise is no error', () => {
    expect(sent.helpers.outputs.map(({ data }) => data?.['text/plain']?.split('\n')[0])).toEqual([
      'Encoders',
      '○ NT-Xent loss: not attempted',
      'Training: 0 of 2 steps',
      expect.stringMatching(/^Training: 1 of 2 steps/),
      expect.stringMatching(/^Training: 2 steps · in /),
    ]);
    for (const { data } of sent.helpers.outputs) expect(data).toHaveProperty('text/html');
    expect(sent.helpers.outputs.map(({ update }) => update)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(sent.helpers.status).toBe('ok');
  });

  it('an interrupted cell says so in a sentence, without the kernel’s stack', () => {
    expect(sent.interrupted.status).toBe('error');
    const printed = sent.interrupted.outputs.map(({ text }) => text).join('');
    expect(printed).toContain('Interrupted: this cell was given up. ');
    expect(printed).not.toMatch(/^ +at /m);
    expect(printed).not.toContain('Interrupted asynchronously');
  });

  it('errors printed later are left as they are', () => {
    expect(sent.afterwards).toEqual({
      status: 'ok',
      outputs: [{ stream: 'stderr', text: 'an error of the learner\n' }],
    });
  });
});
