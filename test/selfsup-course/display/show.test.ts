import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { imageGrid, lineChart } from 'selfsup';
import { show } from 'selfsup-course';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { printedBy } from './captured-console';
import { startFakeKernel } from './fake-kernel';

const chart = lineChart({
  title: 'Loss: while / training',
  description: 'It falls.',
  xLabel: 'epoch',
  yLabel: 'loss',
  series: [{ name: 'SimCLR', y: [3, 2, 1] }],
});
const PNG_SIGNATURE = [137, 80, 78, 71];

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('show in a notebook', () => {
  it('sends one output in three forms, with its text alternative and size', async () => {
    const outputs = startFakeKernel();
    await show(chart);
    expect(outputs).toHaveLength(1);
    const [{ data, metadata }] = outputs as [(typeof outputs)[0]];
    expect(Object.keys(data)).toEqual([
      'application/vnd.vegalite.v5+json',
      'image/png',
      'text/plain',
    ]);
    expect(data['application/vnd.vegalite.v5+json']).toEqual(chart.spec);
    const png = Buffer.from(data['image/png'] as string, 'base64');
    expect([...png.subarray(0, 4)]).toEqual(PNG_SIGNATURE);
    expect(data['text/plain']).toBe('Loss: while / training. It falls.');
    const { width, height } = await chart.png();
    expect(metadata['image/png']).toEqual({
      width,
      height,
      alt: 'Loss: while / training. It falls.',
    });
  });

  it('takes the promise of a figure, and sends to the cell that asked', async () => {
    const asked = startFakeKernel();
    const shown = show(
      imageGrid(
        { pixels: new Uint8Array(12), imageShape: [2, 2, 3] },
        { title: 'Grid', description: 'Black.' },
      ),
    );
    const nextCell = startFakeKernel();
    await shown;
    expect(asked).toHaveLength(1);
    expect(asked[0]?.data['text/plain']).toBe('Grid. Black.');
    expect(nextCell).toHaveLength(0);
  });

  it('uses the public API of tslab where the kernel’s writer is not found', async () => {
    const raw = vi.fn();
    vi.stubGlobal('__tslab__', { require: (id: string) => id === 'tslab' && { display: { raw } } });
    try {
      await show(chart);
    } finally {
      vi.unstubAllGlobals();
    }
    expect(raw.mock.calls).toEqual([['application/vnd.vegalite.v5+json', chart.spec]]);
  });
});

describe('show without a desktop', () => {
  it('saves a PNG under the title, keeps an earlier one, and prints the path', async () => {
    vi.stubEnv('CI', 'true');
    const directory = mkdtempSync(path.join(tmpdir(), 'figures-'));
    try {
      const printed = await printedBy(async () => {
        await show(chart, { directory });
        await show(chart, { directory });
      });
      const files = ['loss-while-training.png', 'loss-while-training-2.png'].map((name) =>
        path.join(directory, name),
      );
      expect(printed).toBe(files.map((file) => `${chart.title}: ${file}`).join('\n'));
      for (const file of files)
        expect([...readFileSync(file).subarray(0, 4)]).toEqual(PNG_SIGNATURE);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
