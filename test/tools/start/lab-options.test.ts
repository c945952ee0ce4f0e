import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  labArguments,
  ROOT_REFUSAL,
  ROOT_WARNING,
  startOptions,
} from '../../../tools/start/lab-options.mjs';
import { ROOT, StartedCourse } from './started-course';

const start = {
  root: '/course',
  folder: 'my-work',
  transport: 'ipc' as const,
  given: [],
  forClass: false,
  env: { DISPLAY: ':0' },
  platform: 'linux',
  isRoot: false,
};

describe('the command line of JupyterLab', () => {
  it('has our settings, less those that are given by long or short name', () => {
    expect(labArguments(start)).toContain('--ServerApp.ip=127.0.0.1');
    const args = labArguments({ ...start, given: ['--ip=::1', '--port', '9000'] });
    expect(args).not.toContain('--ServerApp.ip=127.0.0.1');
    expect(args.slice(-3)).toEqual(['--ip=::1', '--port', '9000']);
  });

  it('allows root where root asks, and opens no browser where nobody sees it', () => {
    expect(labArguments(start)).not.toContain('--allow-root');
    expect(labArguments({ ...start, isRoot: true })).toContain('--allow-root');
    expect(labArguments(start)).not.toContain('--no-browser');
    expect(labArguments({ ...start, env: {} })).toContain('--no-browser');
  });

  it('for a class has no terminals and no root, whatever is given', () => {
    const given = ['--ServerApp.terminals_enabled=True', '--allow-root', '--port=9000'];
    const args = labArguments({ ...start, forClass: true, isRoot: true, given });
    expect(args.filter((arg) => /terminals|root$/.test(arg))).toEqual([
      '--ServerApp.terminals_enabled=False',
    ]);
    expect(args).toContain('--port=9000');
  });

  it('is a class by option or variable, and JupyterLab never sees our options', () => {
    const none = { help: false, forClass: false, original: false, changes: undefined };
    expect(startOptions(['--port', '1', '--class'], {})).toEqual({
      ...none,
      forClass: true,
      given: ['--port', '1'],
    });
    expect(startOptions([], { SELFSUP_CLASS: '1' }).forClass).toBe(true);
    expect(startOptions(['--port=1'], {})).toEqual({ ...none, given: ['--port=1'] });
    expect(startOptions(['--original', '-y', '--changes', 'keep', '--port=1'], {})).toEqual({
      ...none,
      original: true,
      changes: 'keep',
      given: ['-y', '--port=1'],
    });
    expect(startOptions(['--changes=new'], {})).toEqual({ ...none, changes: 'new', given: [] });
    expect(startOptions(['--help'], {})).toEqual({ ...none, help: true, given: [] });
    expect(startOptions(['--help-all'], {})).toEqual({ ...none, given: ['--help-all'] });
  });

  it('opens the learner’s folder and leaves the course’s out of the file browser, but not for authors', () => {
    const hides = (args: string[]) => args.includes('--ContentsManager.hide_globs=notebooks');
    const args = labArguments(start);
    expect(args).toContain('--LabApp.default_url=/lab/tree/my-work/README.md');
    expect(hides(args)).toBe(true);
    const original = labArguments({ ...start, folder: 'notebooks' });
    expect(original).toContain('--LabApp.default_url=/lab/tree/notebooks/README.md');
    expect(hides(original)).toBe(false);
  });

  it('ends kernels that nobody looks at and that do nothing', () => {
    const args = labArguments(start);
    expect(args).toContain('--MappingKernelManager.cull_idle_timeout=1800');
    expect(args.filter((arg) => /cull_(busy|connected)/.test(arg))).toEqual([]);
  });
});

describe.skipIf(process.getuid?.() !== 0)('S3: started as root', () => {
  it('it says in one line what that means', async () => {
    const course = await StartedCourse.start();
    try {
      expect(course.text.split('\n').filter((line) => line === ROOT_WARNING)).toHaveLength(1);
      expect((await course.fetch('/api/terminals')).status).toBe(200);
    } finally {
      await course.remove();
    }
  });

  it('for a class it refuses', () => {
    const run = spawnSync(process.execPath, [join(ROOT, 'tools/start.mjs'), '--class'], {
      encoding: 'utf8',
    });
    expect([run.status, run.stderr.trim()]).toEqual([1, ROOT_REFUSAL]);
  });
});
