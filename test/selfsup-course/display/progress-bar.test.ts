import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { progressBar } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { printedBy } from './captured-console';
import { startFakeKernel } from './fake-kernel';

const work = { label: 'Training', total: 100, unit: 'steps' };

/** A clock that stands still until it is set. */
function fakeClock(): { seconds: number; now: () => number } {
  const clock = { seconds: 1000, now: () => clock.seconds };
  return clock;
}

describe('progressBar in a notebook', () => {
  it('tells rate and time left, and updates one output in place', () => {
    const outputs = startFakeKernel();
    const clock = fakeClock();
    const onProgress = progressBar({ now: clock.now });
    onProgress({ ...work, done: 0 });
    clock.seconds += 5;
    onProgress({ ...work, done: 20, message: 'loss 4.12' });
    expect(outputs.map(({ data }) => data['text/plain'])).toEqual([
      'Training: 0 of 100 steps',
      'Training: 20 of 100 steps · 4 steps/s · 20 s left · loss 4.12',
    ]);
    expect(outputs.map(({ update }) => update)).toEqual([false, true]);
    expect(outputs[0]?.displayId).toBeDefined();
    expect(outputs[1]?.displayId).toBe(outputs[0]?.displayId);
    expect(outputs[1]?.data['text/html']).toContain(
      '<progress value="20" max="100" aria-label="Training"',
    );
  });

  it('draws each piece of work in the cell that does it, wherever the receiver was made', () => {
    const onProgress = progressBar();
    const outputs = startFakeKernel();
    onProgress({ ...work, done: 100 });
    expect(outputs.map(({ update }) => update)).toEqual([false]);
  });

  it('forgets a slow beginning', () => {
    const outputs = startFakeKernel();
    const clock = fakeClock();
    const onProgress = progressBar({ now: clock.now });
    onProgress({ ...work, done: 0 });
    clock.seconds += 60;
    onProgress({ ...work, done: 1 });
    for (let done = 2; done <= 40; done++) {
      clock.seconds += 1;
      onProgress({ ...work, done });
    }
    expect(outputs.at(-1)?.data['text/plain']).toBe(
      'Training: 40 of 100 steps · 1 step/s · 1 min 0 s left',
    );
  });

  it('draws at most five times a second, and always the end, which stays', () => {
    const outputs = startFakeKernel();
    const clock = fakeClock();
    const onProgress = progressBar({ now: clock.now });
    for (let done = 0; done <= 100; done++) {
      onProgress({ ...work, done });
      clock.seconds += 0.01;
    }
    expect(outputs.length).toBeLessThanOrEqual(7);
    expect(outputs.at(-1)?.data['text/plain']).toBe('Training: 100 steps · in 1 s · 100 steps/s');
    const drawn = outputs.length;
    onProgress({ ...work, done: 100 });
    expect(outputs).toHaveLength(drawn);
  });

  it('begins a new bar for new work, and when work begins again', () => {
    const outputs = startFakeKernel();
    const onProgress = progressBar();
    onProgress({ ...work, done: 50 });
    onProgress({ ...work, done: 0 });
    onProgress({ ...work, label: 'Embedding <test>', done: 0 });
    expect(new Set(outputs.map(({ displayId }) => displayId)).size).toBe(3);
    expect(outputs[2]?.data['text/html']).toContain('Embedding &lt;test&gt;');
  });

  it('serves work of unknown length, and bytes', () => {
    const outputs = startFakeKernel();
    const clock = fakeClock();
    const onProgress = progressBar({ now: clock.now });
    const download = { label: 'Download', unit: 'bytes' };
    onProgress({ ...download, done: 0, total: null });
    clock.seconds += 2;
    onProgress({ ...download, done: 3_000_000, total: null });
    expect(outputs[1]?.data['text/plain']).toBe('Download: 3.0 MB · 1.5 MB/s');
    expect(outputs[1]?.data['text/html']).toContain('<progress  aria-label');
    clock.seconds += 2;
    onProgress({ ...download, done: 6_000_000, total: 12_000_000 });
    expect(outputs[2]?.data['text/plain']).toBe(
      'Download: 6.0 MB of 12.0 MB · 1.5 MB/s · 4 s left',
    );
  });
});

describe('progressBar in a log', () => {
  it('prints a line every five seconds, and one at the end', async () => {
    const clock = fakeClock();
    const printed = await printedBy(() => {
      const onProgress = progressBar({ now: clock.now });
      for (let done = 0; done <= 12; done++) {
        onProgress({ ...work, total: 12, done });
        clock.seconds += 1;
      }
    });
    expect(printed.split('\n')).toEqual([
      'Training: 0 of 12 steps',
      'Training: 5 of 12 steps · 1 step/s · 7 s left',
      'Training: 10 of 12 steps · 1 step/s · 2 s left',
      'Training: 12 steps · in 12 s · 1 step/s',
    ]);
  });
});

describe('progressBar on a terminal', () => {
  /** What a program writes that takes its output for a terminal, and how it ends. */
  function onTerminal(code: string) {
    const bar = path.join(__dirname, '../../../lib/selfsup-course/src/display/progress-bar.ts');
    const program = `
      process.stdout.isTTY = process.stderr.isTTY = true;
      const onProgress = require(${JSON.stringify(bar)}).progressBar({ interval: 0 });
      ${code}`;
    const started = ['-r', 'ts-node/register/transpile-only', '-e', program];
    return spawnSync(process.execPath, started, { encoding: 'utf8', timeout: 60_000 });
  }
  const report = (done: number) =>
    `onProgress({ label: 'Work', unit: 'steps', total: 4, done: ${done} });`;

  it('draws each report that is due, and ends its line', () => {
    const { stderr, status } = onTerminal([1, 2, 4].map(report).join(''));
    for (const details of ['1 of 4 steps', '4 steps · in 0 s']) expect(stderr).toContain(details);
    expect(stderr.endsWith('\n')).toBe(true);
    expect(status).toBe(0);
  });

  it('holds up no program that breaks its work off, and leaves the cursor and the wrapping of lines as they are', () => {
    const { stderr, status, signal } = onTerminal(report(1));
    expect({ status, signal }).toEqual({ status: 0, signal: null });
    expect(stderr).toContain('1 of 4 steps');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are told with them.
    expect(stderr).not.toMatch(/\x1b\[\?/);
  });
});
