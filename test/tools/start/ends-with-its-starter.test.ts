import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { commandLine, markedProcesses } from './marked-processes';
import { ROOT, StartedCourse, until } from './started-course';

const npm = spawnSync('npm', ['--version']).status === 0;

/** The one process of the course whose command line has this text. */
function find(course: StartedCourse, part: string): number {
  const [pid] = course.processes().filter((one) => commandLine(one).includes(part));
  if (pid === undefined)
    throw new Error(`no "${part}" among ${course.processes().map(commandLine)}`);
  return pid;
}

describe.skipIf(process.platform !== 'linux')(
  'F7: killed with -9, npm start leaves nothing',
  () => {
    it.each([
      ['the command itself', 'tools/start.mjs'],
      ['npm', 'npm start'],
      ['JupyterLab', 'serve_lab.py'],
    ])('when it is %s that is killed, while a kernel loops for ever', async (_who, victim) => {
      const command = ['npm', 'start', '--'] as const;
      const course = await StartedCourse.start(npm ? { command: [...command] } : {});
      try {
        if (!npm && victim === 'npm start') return;
        const busy = await course.startKernel();
        const idle = await course.startKernel();
        await idle.run('1');
        await busy.submit('console.log("looping"); for (;;);');
        await busy.until(
          () => busy.published.some(({ content }) => /looping/.test(content.text ?? '')),
          'the loop',
        );
        await Promise.all([busy.stop(), idle.stop()]);
        expect(course.processes().length).toBeGreaterThan(3);
        process.kill(find(course, victim), 'SIGKILL');
        await until(() => course.processes().length === 0, 'the end of every process');
        expect(readdirSync(course.runtime)).toEqual([]);
      } finally {
        await course.remove();
      }
    });

    it('when npm itself is killed during set-up or a run of the course, its command is told to stop', async () => {
      // A stand-in for npm: it starts the command, as npm does, and is killed.
      const script = `
      const { spawn } = require('node:child_process');
      const watch = "import { endWithNpm } from './tools/setup/npm-parent.mjs';" +
        "process.on('SIGTERM', () => { console.log('told to stop'); process.exit(); });" +
        "endWithNpm(process.env); console.log('at work ' + process.ppid); setTimeout(() => {}, 60_000);";
      spawn('sh', ['-c', 'true; ' + JSON.stringify(process.execPath) + ' --input-type=module -e "$WATCH"; true'],
        { stdio: 'inherit', env: { ...process.env, npm_lifecycle_event: 'course', WATCH: watch } });
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1500);`;
      const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
      // A shell stands between: killed with npm it is not.
      expect(stdout).toMatch(/^at work \d+\ntold to stop\n$/);
    });
  },
);

describe.skipIf(process.platform !== 'linux' || !npm)(
  'F7: killed with -9, npm run course leaves no process',
  () => {
    it.each([
      ['npm', 'npm run course'],
      ['the command itself', 'tools/course.mjs'],
    ])('when it is %s that is killed, while a cell loops for ever', async (_who, victim) => {
      const runtime = mkdtempSync(join(tmpdir(), 'selfsup-course-'));
      mkdirSync(join(ROOT, 'course-output'), { recursive: true });
      const folder = mkdtempSync(join(ROOT, 'course-output', 'test-'));
      const spins = '05-spins.ipynb';
      cpSync(join(ROOT, 'test/notebooks/fixtures/run', spins), join(folder, spins));
      const args = ['--notebooks', folder, '--out', join(folder, 'out'), '--profile', 'quick'];
      const course = spawn('npm', ['run', 'course', '--', ...args], {
        cwd: ROOT,
        env: { ...process.env, XDG_RUNTIME_DIR: runtime },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let text = '';
      for (const stream of [course.stdout, course.stderr]) {
        stream.on('data', (part) => {
          text += part;
        });
      }
      try {
        await until(() => /cell 1 of/.test(text), 'the first cell');
        const found = markedProcesses(runtime).filter((pid) => commandLine(pid).includes(victim));
        expect(found.length).toBeGreaterThan(0);
        process.kill(found[0] as number, 'SIGKILL');
        await until(() => markedProcesses(runtime).length === 0, 'the end of every process');
      } finally {
        for (const pid of markedProcesses(runtime)) process.kill(pid, 'SIGKILL');
        rmSync(runtime, { recursive: true, force: true });
        rmSync(folder, { recursive: true, force: true });
      }
    });
  },
);

it.skipIf(process.platform !== 'linux')(
  'without npm, the command outlives the shell that started it',
  async () => {
    const course = await StartedCourse.start();
    try {
      await sleep(2500);
      expect(course.child.exitCode).toBe(null);
      course.child.kill('SIGINT');
      expect(await course.ended).toBe(0);
      expect(course.processes()).toEqual([]);
    } finally {
      await course.remove();
    }
  },
);
