import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubLearner, until } from './hub-learner';

export interface HubOptions {
  /** The folder of the course, set up. */
  readonly course: string;
  readonly learners: readonly string[];
  /** Whether each learner is a system user, made for this run; otherwise all run as this user. */
  readonly systemUsers: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** Three free ports in a row: the proxy's, the hub's and the proxy's interface. */
async function freePorts(): Promise<number> {
  const isFree = (port: number) =>
    new Promise<boolean>((resolve) => {
      const server = createServer();
      server.on('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
  for (let tries = 0; tries < 100; tries += 1) {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const free = await Promise.all([0, 1, 2].map((more) => isFree(port + more)));
    if (free.every(Boolean)) return port;
  }
  throw new Error('no three free ports in a row');
}

function must(program: string, args: string[], input = ''): void {
  const { status, stderr, error } = spawnSync(program, args, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
}

/** Processes whose environment holds all of these. */
function processesWith(...wanted: string[]): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        return wanted.every((one) => variables.includes(one));
      } catch {
        // It has ended, or is another user's.
        return false;
      }
    });
}

/** A JupyterHub as `npm run hub` starts it, with its state in a folder of its own. */
export class RunningHub {
  text = '';
  readonly state = mkdtempSync(join(tmpdir(), 'selfsup-hub-'));
  private readonly password = `a-trial-${Math.random().toString(36).slice(2)}`;
  /** System users that are removed in the end. */
  private readonly made: string[] = [];
  private child: ChildProcess | undefined;
  private address = '';
  private port = 0;

  private constructor(private readonly options: HubOptions) {}

  static async start(options: HubOptions): Promise<RunningHub> {
    const hub = new RunningHub(options);
    writeFileSync(join(hub.state, 'learners.txt'), `${options.learners.join('\n')}\n`);
    try {
      if (options.systemUsers) {
        for (const name of options.learners) {
          must('useradd', ['--create-home', name]);
          hub.made.push(name);
          must('chpasswd', [], `${name}:${hub.password}\n`);
        }
      }
      hub.port = await freePorts();
      hub.address = `http://127.0.0.1:${hub.port}`;
      await hub.begin();
    } catch (error) {
      await hub.remove();
      throw error;
    }
    return hub;
  }

  /** Starts the hub, or starts it again; like a service manager, once more where it ends at once: it gives its proxy ten seconds. */
  async begin(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const child = this.spawnHub();
      const answers = await until(async () => {
        if (child.exitCode !== null) return 'ended';
        return fetch(`${this.address}/hub/api`).then(
          ({ status }) => status === 200 && 'answers',
          () => false,
        );
      }, 'the hub');
      if (answers === 'answers') return;
      if (tries === 3) throw new Error(`the hub ended: ${this.text.slice(-4000)}`);
    }
  }

  private spawnHub(): ChildProcess {
    const { course, systemUsers, env } = this.options;
    const child = spawn(process.execPath, ['tools/hub.mjs', '--state', this.state], {
      cwd: course,
      env: {
        ...process.env,
        SELFSUP_HUB_PORT: `${this.port}`,
        ...(systemUsers ? {} : { SELFSUP_HUB_TRY: '1', SELFSUP_HUB_PASSWORD: this.password }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        this.text += chunk;
        if (process.env.SELFSUP_HUB_LOG) appendFileSync(process.env.SELFSUP_HUB_LOG, chunk);
      });
    }
    return child;
  }

  learner(name: string, password = this.password): HubLearner {
    return new HubLearner(this.address, name, password);
  }

  /** Kills the hub itself, as a lack of memory would. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.child?.once('exit', resolve));
    process.kill(Number(readFileSync(join(this.state, 'hub.pid'), 'utf8')), 'SIGKILL');
    await ended;
  }

  /** Processes of a learner: the server and its kernels. */
  processesOf(name: string): number[] {
    return processesWith(`JUPYTERHUB_USER=${name}`, this.mark);
  }

  /** The process that ends idle servers. */
  idleCullers(): number[] {
    return processesWith('JUPYTERHUB_SERVICE_NAME=idle-culler', this.mark);
  }

  /** A variable of everything that this hub starts. */
  private get mark(): string {
    return `JUPYTERHUB_API_URL=http://127.0.0.1:${this.port + 1}/hub/api`;
  }

  /** Processor time that a learner has had, in seconds. */
  processorOf(name: string): number {
    const ticks = this.processesOf(name).map((pid) => {
      try {
        const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
        const [user, system] = fields.split(' ').slice(11, 13).map(Number);
        return (user ?? 0) + (system ?? 0);
      } catch {
        return 0;
      }
    });
    return ticks.reduce((sum, one) => sum + one, 0) / 100;
  }

  /** Memory of a learner's processes in MB, what they share with others divided among them. */
  memoryOf(name: string): number {
    const kilobytes = this.processesOf(name).map((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
        return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
      } catch {
        return 0;
      }
    });
    return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
  }

  /** Ends everything and removes what the run made. */
  async remove(): Promise<void> {
    this.child?.kill('SIGTERM');
    for (let tenths = 0; this.child?.exitCode === null && tenths < 200; tenths += 1)
      await sleep(100);
    this.child?.kill('SIGKILL');
    for (const pid of processesWith(this.mark)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    if (this.made.length > 0) await sleep(1000);
    for (const name of this.made) must('userdel', ['--remove', '--force', name]);
    rmSync(this.state, { recursive: true, force: true });
  }
}
