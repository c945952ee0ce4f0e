import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { KernelClient } from '../../tslab-kernel/kernel-client';
import { markedProcesses } from './marked-processes';

export const ROOT = join(__dirname, '..', '..', '..');
/** Longest wait for anything, in ms: slow machines are slow. */
const PATIENCE = 90_000;

export interface StartWith {
  /** Default `tools/start.mjs`, without npm. */
  readonly command?: readonly [string, ...string[]];
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Waits until `find` finds something. */
export async function until<T>(find: () => T | undefined | false | null, what: string): Promise<T> {
  for (const end = Date.now() + PATIENCE; ; await sleep(100)) {
    const found = find();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not come in ${PATIENCE / 1000} s`);
  }
}

/** The course in JupyterLab, as `npm start` starts it, with run-time files in a folder of its own. */
export class StartedCourse {
  text = '';
  readonly runtime = mkdtempSync(join(tmpdir(), 'selfsup-start-'));
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** The learner's folder of this run, so that one's own is left alone. */
  readonly work = join('course-output', basename(this.runtime));
  /** Where it answers, for instance `http://127.0.0.1:8888`. */
  server = '';
  /** The folder of notebooks that it opens. */
  folder = '';
  private token = '';

  private constructor({ command, args = [], env = {} }: StartWith) {
    const [program, ...first] = command ?? [process.execPath, 'tools/start.mjs'];
    this.child = spawn(program, [...first, '--no-browser', ...args], {
      cwd: ROOT,
      env: {
        ...process.env,
        SELFSUP_MY_WORK: this.work,
        ...env,
        XDG_RUNTIME_DIR: this.runtime,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk) => {
        this.text += chunk;
      });
    }
    this.ended = new Promise((resolve) => this.child.on('exit', resolve));
  }

  /** Resolves when the address of the course has been printed. */
  static async start(options: StartWith = {}): Promise<StartedCourse> {
    const course = new StartedCourse(options);
    try {
      const address = /(http:\/\/127\.0\.0\.1:\d+)\/lab\/tree\/(\S+)\/README\.md\?token=(\w+)/;
      const [, server, folder, token] = await until(() => {
        if (course.child.exitCode !== null) throw new Error(`it ended: ${course.text}`);
        return address.exec(course.text);
      }, 'the address');
      course.server = server as string;
      course.folder = folder as string;
      course.token = token as string;
      return course;
    } catch (error) {
      await course.remove();
      throw error;
    }
  }

  /** Asks the server, with the token. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { Authorization: `token ${this.token}` };
    return fetch(`${this.server}${path}`, { ...init, headers });
  }

  /** Starts a kernel as JupyterLab does, and talks to it. */
  async startKernel(): Promise<KernelClient> {
    return this.attach(await this.createKernel());
  }

  /** The same for a kernel that a page shows until `page` ends. */
  async startShownKernel(): Promise<{ kernel: KernelClient; page: WebSocket }> {
    const id = await this.createKernel();
    const page = await this.openChannels(id);
    return { kernel: await this.attach(id), page };
  }

  /** A kernel as an open page sees it: what it sends comes as JSON, one message a text. */
  async openPage(): Promise<WebSocket> {
    return this.openChannels(await this.createKernel());
  }

  private async createKernel(): Promise<string> {
    const body = JSON.stringify({ name: 'tslab', path: `${this.folder}/new.ipynb` });
    const response = await this.fetch('/api/kernels', { method: 'POST', body });
    if (response.status !== 201) throw new Error(await response.text());
    return ((await response.json()) as { id: string }).id;
  }

  private async attach(id: string): Promise<KernelClient> {
    const [folder] = readdirSync(this.runtime) as [string];
    const file = join(this.runtime, folder, `kernel-${id}.json`);
    await until(() => existsSync(file), 'the connection file');
    return KernelClient.attach(file);
  }

  /** Connects to a kernel's channels by WebSocket, as an open page does; the page is closed by the socket's end. */
  private async openChannels(id: string): Promise<WebSocket> {
    const page = new WebSocket(`${this.server.replace('http', 'ws')}/api/kernels/${id}/channels`, {
      headers: { Authorization: `token ${this.token}` },
    });
    await once(page, 'open');
    return page;
  }

  /** Every process that it started, directly or not, and that still lives. Linux only. */
  processes(): number[] {
    return markedProcesses(this.runtime);
  }

  /** Ends whatever is left and removes the folder. */
  async remove(): Promise<void> {
    this.child.kill('SIGTERM');
    if (process.platform === 'linux') {
      for (let tenths = 0; this.processes().length > 0 && tenths < 200; tenths += 1)
        await sleep(100);
      for (const pid of this.processes()) process.kill(pid, 'SIGKILL');
    } else await this.ended;
    rmSync(this.runtime, { recursive: true, force: true });
    rmSync(join(ROOT, this.work), { recursive: true, force: true });
  }
}
