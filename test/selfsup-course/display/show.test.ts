import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { Server } from 'node:net';
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
  it('saves a PNG under the title, keeps an earlier one, prints the path and tells it', async () => {
    vi.stubEnv('CI', 'true');
    const directory = mkdtempSync(path.join(tmpdir(), 'figures-'));
    const told: string[] = [];
    try {
      const printed = await printedBy(async () => {
        await show(chart, { directory });
        await show(chart, { directory, onSaved: (file) => told.push(file) });
      });
      const files = ['loss-while-training.png', 'loss-while-training-2.png'].map((name) =>
        path.join(directory, name),
      );
      expect(told).toEqual(files.slice(1));
      expect(printed).toBe(files.map((file) => `${chart.title}: ${file}`).join('\n'));
      for (const file of files)
        expect([...readFileSync(file).subarray(0, 4)]).toEqual(PNG_SIGNATURE);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe.runIf(process.platform === 'linux')('show on a desktop', () => {
  it('saves a PNG and opens a page that holds the same specification; nothing listens', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'figures-'));
    const opened = path.join(directory, 'opened');
    const opener = path.join(directory, 'xdg-open');
    writeFileSync(
      opener,
      `#!/bin/sh\nprintf %s "$1" > ${opened}.part && mv ${opened}.part ${opened}\n`,
    );
    chmodSync(opener, 0o755);
    vi.stubEnv('CI', undefined);
    vi.stubEnv('SSH_CONNECTION', undefined);
    vi.stubEnv('DISPLAY', ':0');
    vi.stubEnv('PATH', `${directory}:${process.env.PATH}`);
    const listen = vi.spyOn(Server.prototype, 'listen');
    try {
      await printedBy(() => show(chart, { directory }));
      await vi.waitUntil(() => existsSync(opened), { timeout: 20_000 });
      const page = readFileSync(opened, 'utf8');
      const html = readFileSync(page, 'utf8');
      const spec = /<script id="spec" type="application\/json">(.*?)<\/script>/.exec(html)?.[1];
      expect(JSON.parse(spec as string)).toEqual(chart.spec);
      expect(html).toContain("default-src 'none'");
      expect(html).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)=/);
      expect(statSync(path.dirname(page)).mode & 0o077).toBe(0);
      expect(existsSync(path.join(directory, 'loss-while-training.png'))).toBe(true);
      expect(listen).not.toHaveBeenCalled();
      rmSync(path.dirname(page), { recursive: true });
    } finally {
      listen.mockRestore();
      rmSync(directory, { recursive: true });
    }
  });
});
