import { REPORT_MIME_TYPE, report } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { printedBy } from './captured-console';
import { startFakeKernel } from './fake-kernel';

describe('report', () => {
  it('prints the number with what it was measured on', async () => {
    const printed = await printedBy(() =>
      report('kNN accuracy, SimCLR', 53.612, {
        unit: '%',
        split: 'test',
        n: 10_000,
        seed: 1,
        deviation: 0.42,
      }),
    );
    expect(printed).toBe('kNN accuracy, SimCLR: 53.6 ± 0.42 % (test split, n = 10,000, seed 1)');
  });

  it('names the seeds of a mean', async () => {
    const printed = await printedBy(() => report('kNN', 53, { seeds: [1, 2, 3], deviation: 2 }));
    expect(printed).toBe('kNN: 53 ± 2 (seeds 1, 2, 3)');
  });

  it('prints a bare number, with the decimals asked for', async () => {
    expect(await printedBy(() => report('loss', 5))).toBe('loss: 5');
    expect(await printedBy(() => report('loss', 5, { decimals: 2 }))).toBe('loss: 5.00');
  });

  it('states it in a notebook for programs too, unrounded', () => {
    const outputs = startFakeKernel();
    report('loss <NT-Xent>', 5.123456, { unit: 'nats', seed: 7, decimals: 1 });
    expect(outputs[0]?.data).toEqual({
      [REPORT_MIME_TYPE]: { name: 'loss <NT-Xent>', value: 5.123456, unit: 'nats', seed: 7 },
      'text/html': '<div>loss &lt;NT-Xent&gt;: <strong>5.1 nats</strong> (seed 7)</div>',
      'text/plain': 'loss <NT-Xent>: 5.1 nats (seed 7)',
    });
  });

  it('states a number that is not finite as null, which JSON can hold', () => {
    const outputs = startFakeKernel();
    report('loss', Number.NaN);
    expect(outputs[0]?.data[REPORT_MIME_TYPE]).toEqual({ name: 'loss', value: null });
  });
});
