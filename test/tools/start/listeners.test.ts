import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANNELS } from '../../../lib/tslab-kernel/src/connection-file';
import { KernelClient } from '../../tslab-kernel/kernel-client';
import { Stranger } from '../../tslab-kernel/stranger';
import { isLoopback, listeners, markedProcesses } from './marked-processes';
import { ROOT, StartedCourse, until } from './started-course';

const ROUNDS = 20;
const linux = process.platform === 'linux';

/** Runs a program in Node as another user. */
function asAnother(program: string, ...args: string[]): string {
  const another = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  const node = [process.execPath, '-e', program, ...args];
  const { stdout } = spawnSync('setpriv', [...another, ...node], { encoding: 'utf8', cwd: '/' });
  return (stdout ?? '').trim();
}

/** Tries to open a kernel's sockets as another user; tells what happened to each. */
function openedByAnother(kernel: KernelClient): string[] {
  const program =
    "require('net').connect(process.argv[1]).on('error', ({ code }) => console.log(code))" +
    ".on('connect', () => { console.log('connected'); process.exit(); });";
  return CHANNELS.map((channel) => {
    const file = kernel.address(channel).slice('ipc://'.length);
    return `${channel}: ${asAnother(program, file)}`;
  });
}

const DENIED = CHANNELS.map((channel) => `${channel}: EACCES`);
/** Needs root, and a Node that others may run. */
const canBecomeAnother = linux && asAnother('console.log(process.getuid())') === '65534';

/** Sockets and connection files of a run's kernels, and the folder they lie in, are their user's alone. */
function assertPrivate(runtime: string): void {
  for (const folder of readdirSync(runtime)) {
    expect(statSync(join(runtime, folder)).mode & 0o077).toBe(0);
    const kernels = readdirSync(join(runtime, folder)).filter((name) => name.startsWith('kernel-'));
    expect(kernels.length).toBeGreaterThan(CHANNELS.length);
    for (const name of kernels) expect(statSync(join(runtime, folder, name)).mode & 0o077).toBe(0);
  }
}

it.skipIf(!linux)('a listener that others could reach is seen', async () => {
  const open = createServer();
  await new Promise<void>((resolve) => open.listen(0, '0.0.0.0', resolve));
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const found = listeners([process.pid]);
  expect(found.filter((one) => !isLoopback(one))).toHaveLength(1);
  expect(found.filter(isLoopback).length).toBeGreaterThan(0);
  await new Promise((resolve) => open.close(resolve));
  await new Promise((resolve) => closed.close(resolve));
});

describe.skipIf(!linux)('while npm start runs', () => {
  let course: StartedCourse;
  let kernel: KernelClient;
  beforeAll(async () => {
    course = await StartedCourse.start({ args: ['--ServerApp.terminals_enabled=False'] });
    kernel = await course.startKernel();
    await kernel.run('1');
  });
  afterAll(async () => {
    await kernel?.stop();
    await course?.remove();
  });

  it('nothing listens beyond loopback, and kernels on no port at all', () => {
    const found = listeners(course.processes());
    expect(found.filter((one) => !isLoopback(one))).toEqual([]);
    expect(found).toHaveLength(1);
    expect(found[0]?.program).toContain('serve_lab.py');
    assertPrivate(course.runtime);
  });

  it('a class has no terminals', async () => {
    expect((await course.fetch('/api/terminals')).status).toBe(404);
  });

  it.skipIf(!canBecomeAnother)('another user reaches none of the sockets', () => {
    expect(openedByAnother(kernel)).toEqual(DENIED);
  });

  it(`S1: forged messages fail, ${ROUNDS} of ${ROUNDS}, while a cell awaits`, async () => {
    const stranger = new Stranger(kernel);
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const running = await kernel.submit(
          'await new Promise((resolve) => setTimeout(resolve, 60));',
        );
        await stranger.forge(round);
        expect((await kernel.answer(running)).reply.status).toBe('ok');
        expect((await kernel.run('1')).reply.status).toBe('ok');
        expect(stranger.gains(course.text)).toEqual([]);
      }
    } finally {
      stranger.leave();
    }
  });
});

/** A notebook whose first cell waits for a file, so that the kernel is at work as long as the test wants. */
function waitingNotebook(goOn: string): unknown {
  const cell = (id: string, source: string) => {
    return { cell_type: 'code', id, source, metadata: {}, outputs: [], execution_count: null };
  };
  const wait =
    `while (!require('fs').existsSync(${JSON.stringify(goOn)}))` +
    ' await new Promise((resolve) => setTimeout(resolve, 50));';
  const kernelspec = { name: 'tslab', display_name: 'TypeScript', language: 'typescript' };
  return {
    cells: [cell('a', wait), cell('b', "console.log('after')")],
    metadata: { kernelspec, language_info: { name: 'typescript' } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

describe.skipIf(!linux)('while npm run course runs', () => {
  let runtime: string;
  let folder: string;
  let child: ChildProcess;
  let text = '';
  let kernel: KernelClient;
  const goOn = () => join(folder, 'go-on');

  beforeAll(async () => {
    runtime = mkdtempSync(join(tmpdir(), 'selfsup-course-'));
    // Inside the repository, so that the kernel finds the packages.
    mkdirSync(join(ROOT, 'course-output'), { recursive: true });
    folder = mkdtempSync(join(ROOT, 'course-output', 'test-'));
    writeFileSync(join(folder, '01-waits.ipynb'), JSON.stringify(waitingNotebook(goOn())));
    const args = ['--notebooks', folder, '--out', join(folder, 'out'), '--profile', 'quick'];
    child = spawn(process.execPath, [join(ROOT, 'tools/course.mjs'), ...args], {
      env: { ...process.env, XDG_RUNTIME_DIR: runtime },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        text += chunk;
      });
    }
    const file = await until(() => {
      const [private_ = ''] = readdirSync(runtime);
      const inside = join(runtime, private_);
      const [name] = readdirSync(inside).filter((one) => /^kernel-.*\.json$/.test(one));
      return name === undefined ? undefined : join(inside, name);
    }, 'the connection file');
    await until(() => /cell 1 of 2/.test(text), 'the first cell');
    kernel = await KernelClient.attach(file);
  });
  afterAll(async () => {
    await kernel?.stop();
    child.kill('SIGTERM');
    await until(() => markedProcesses(runtime).length === 0, 'the end of every process');
    rmSync(runtime, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  });

  it('nothing listens', () => {
    expect(markedProcesses(runtime).length).toBeGreaterThan(2);
    expect(listeners(markedProcesses(runtime))).toEqual([]);
    assertPrivate(runtime);
  });

  it.skipIf(!canBecomeAnother)('another user reaches none of the sockets', () => {
    expect(openedByAnother(kernel)).toEqual(DENIED);
  });

  it(`S1: forged messages fail, ${ROUNDS} of ${ROUNDS}, while a cell awaits`, async () => {
    const stranger = new Stranger(kernel);
    try {
      for (let round = 0; round < ROUNDS; round++) {
        await stranger.forge(round);
        // A question after the forged one, on both channels.
        for (const channel of ['shell', 'control'] as const) {
          const { reply } = await kernel.ask('kernel_info_request', {}, channel);
          expect(reply.status).toBe('ok');
        }
      }
      // What was taken for a request would run now.
      writeFileSync(goOn(), '');
      await new Promise((resolve) => child.on('close', resolve));
      expect(child.exitCode, text).toBe(0);
      expect(stranger.gains(text)).toEqual([]);
      expect(existsSync(join(folder, 'out', '01-waits.ipynb'))).toBe(true);
      expect(readdirSync(runtime)).toEqual([]);
    } finally {
      stranger.leave();
    }
  });
});
