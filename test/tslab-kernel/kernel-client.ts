import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dealer, Subscriber } from 'zeromq';

export const root = path.join(__dirname, '..', '..');

// biome-ignore lint/suspicious/noExplicitAny: what a kernel sends is looked into freely
export type Content = Record<string, any>;

export interface Message {
  readonly type: string;
  /** The id of the request that it belongs to. */
  readonly parent: string | undefined;
  readonly content: Content;
  readonly header: Content;
}

/** A request's reply and what was published for it until the kernel was idle again. */
export interface Answer {
  readonly reply: Content;
  readonly published: readonly Message[];
}

const DELIMITER = '<IDS|MSG>';
/** Longest wait for anything, in ms: slow machines are slow. */
const PATIENCE = 40_000;

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export interface StartOptions {
  /** Default `tcp`. */
  readonly transport?: 'tcp' | 'ipc';
  /** The folder the kernel runs in. Default the course's `notebooks`. */
  readonly folder?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The script that starts the kernel. Default: ours. */
  readonly script?: string;
}

/** A kernel in a process of its own, and Jupyter's side of the protocol to it. */
export class KernelClient {
  /** Everything that the kernel has published, in order. */
  readonly published: Message[] = [];
  readonly replies: Message[] = [];
  /** What the process printed itself, which no client sees. */
  printed = '';
  exit: { code: number | null; signal: NodeJS.Signals | null } | null = null;
  private readonly shell = new Dealer({ linger: 0 });
  private readonly control = new Dealer({ linger: 0 });
  private readonly iopub = new Subscriber({ linger: 0 });
  readonly session = randomUUID();

  private constructor(
    /** Null where somebody else started the kernel. */
    private readonly started: ChildProcess | null,
    private readonly home: string | null,
    readonly connection: Content,
  ) {}

  /** The process of a kernel that this client started. */
  get child(): ChildProcess {
    if (this.started === null) throw new Error('somebody else started this kernel');
    return this.started;
  }

  /** Starts a kernel and waits until it answers. */
  static async start(options: StartOptions = {}): Promise<KernelClient> {
    const { transport = 'tcp', folder = path.join(root, 'notebooks') } = options;
    const { script = path.join(root, 'lib/tslab-kernel/bin/tslab-kernel.js') } = options;
    const home = mkdtempSync(path.join(tmpdir(), 'tslab-kernel-'));
    const ports = transport === 'tcp' ? await freePorts(5) : [1, 2, 3, 4, 5];
    const [shell, iopub, stdin, control, hb] = ports;
    const connection: Content = {
      transport,
      ip: transport === 'tcp' ? '127.0.0.1' : path.join(home, 'k'),
      key: randomUUID(),
      signature_scheme: 'hmac-sha256',
      shell_port: shell,
      iopub_port: iopub,
      stdin_port: stdin,
      control_port: control,
      hb_port: hb,
      kernel_name: 'tslab',
    };
    const file = path.join(home, 'connection.json');
    writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
    const child = spawn(process.execPath, [script, 'kernel', '--config-path', file], {
      cwd: folder,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const client = new KernelClient(child, home, connection);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        client.printed += text;
      });
    }
    child.on('exit', (code, signal) => {
      client.exit = { code, signal };
    });
    await client.connect();
    return client;
  }

  /** Talks to a kernel that runs already, once it answers. */
  static async attach(connectionFile: string): Promise<KernelClient> {
    const connection = JSON.parse(readFileSync(connectionFile, 'utf8')) as Content;
    const client = new KernelClient(null, null, connection);
    await client.connect();
    return client;
  }

  address(name: string): string {
    const { transport, ip } = this.connection;
    const port = this.connection[`${name}_port`];
    return transport === 'tcp' ? `tcp://${ip}:${port}` : `ipc://${ip}-${port}`;
  }

  private async connect(): Promise<void> {
    this.iopub.connect(this.address('iopub'));
    this.iopub.subscribe();
    this.shell.connect(this.address('shell'));
    this.control.connect(this.address('control'));
    for (const socket of [this.shell, this.control]) {
      void this.read(socket, (message) => this.replies.push(message));
    }
    void this.read(this.iopub, (message) => this.published.push(message));
    // A subscription takes a moment: asked until what is published arrives as well.
    const end = Date.now() + PATIENCE;
    const ids: string[] = [];
    while (!this.published.some(({ content }) => content.execution_state === 'idle')) {
      if (Date.now() > end || this.exit) throw new Error(`no answer: ${this.printed}`);
      ids.push(await this.send('kernel_info_request', {}));
      await sleep(100);
    }
    await this.answer(ids.at(-1) as string);
  }

  private async read(socket: Dealer | Subscriber, take: (message: Message) => void) {
    try {
      for await (const frames of socket) {
        const at = frames.findIndex((frame) => frame.toString() === DELIMITER);
        const [header, parent, , content] = frames
          .slice(at + 2)
          .map((frame) => JSON.parse(frame.toString()) as Content);
        take({
          type: header?.msg_type,
          parent: parent?.msg_id,
          content: content as Content,
          header: header as Content,
        });
      }
    } catch {
      // Closed.
    }
  }

  /** The frames of a request, signed with `key`. */
  frames(type: string, content: Content, { key = this.connection.key, id = randomUUID() } = {}) {
    const header = {
      msg_id: id,
      msg_type: type,
      session: this.session,
      username: 'tester',
      date: new Date().toISOString(),
      version: '5.3',
    };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(part);
    return [DELIMITER, hmac.digest('hex'), ...parts];
  }

  /** Sends a request and returns its id. */
  async send(type: string, content: Content, channel: 'shell' | 'control' = 'shell') {
    const id = randomUUID();
    await this[channel].send(this.frames(type, content, { id }));
    return id;
  }

  /** Sends frames as they are. */
  async sendRaw(frames: (string | Buffer)[]): Promise<void> {
    await this.shell.send(frames);
  }

  /** Waits until `find` finds something. */
  async until<T>(find: () => T | undefined | false | null, what: string): Promise<T> {
    for (const end = Date.now() + PATIENCE; ; await sleep(5)) {
      const found = find();
      if (found) return found;
      if (Date.now() > end) {
        throw new Error(
          `${what} did not come.\nPublished: ${this.log()}\nPrinted: ${this.printed}`,
        );
      }
    }
  }

  private log(): string {
    return JSON.stringify(this.published.slice(-20).map(({ type, content }) => [type, content]));
  }

  /** What has been published for a request. */
  of(id: string): Message[] {
    return this.published.filter(({ parent }) => parent === id);
  }

  /** The reply to a request, once the kernel is idle again. */
  async answer(id: string): Promise<Answer> {
    const reply = await this.until(
      () => this.replies.find(({ parent }) => parent === id),
      'the reply',
    );
    await this.until(
      () => this.of(id).some(({ content }) => content.execution_state === 'idle'),
      'the status "idle"',
    );
    return { reply: reply.content, published: this.of(id) };
  }

  async ask(
    type: string,
    content: Content,
    channel: 'shell' | 'control' = 'shell',
  ): Promise<Answer> {
    return this.answer(await this.send(type, content, channel));
  }

  /** Sends a cell and returns the request's id. */
  submit(code: string, options: Content = {}): Promise<string> {
    return this.send('execute_request', { ...EXECUTE, code, ...options });
  }

  /** Runs a cell to its end. */
  async run(code: string, options: Content = {}): Promise<Answer> {
    return this.answer(await this.submit(code, options));
  }

  /** Ends the kernel, whatever it does, and tidies up; leaves one alone that somebody else started. */
  async stop(): Promise<void> {
    this.started?.kill('SIGKILL');
    for (const socket of [this.shell, this.control, this.iopub]) socket.close();
    if (this.started !== null) await this.until(() => this.exit, 'the end of the process');
    if (this.home !== null) rmSync(this.home, { recursive: true, force: true });
  }
}

const EXECUTE = {
  silent: false,
  store_history: true,
  user_expressions: {},
  allow_stdin: false,
  stop_on_error: true,
};

/** The text of a stream in what was published. */
export function printed(published: readonly Message[], name = 'stdout'): string {
  return published
    .filter(({ type, content }) => type === 'stream' && content.name === name)
    .map(({ content }) => content.text)
    .join('');
}

/** The text of the cell's value in what was published. */
export function result(published: readonly Message[]): string | undefined {
  return published.find(({ type }) => type === 'execute_result')?.content.data['text/plain'];
}
