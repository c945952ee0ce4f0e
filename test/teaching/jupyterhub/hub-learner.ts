import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** Longest wait for anything, in ms: ten learners on two cores are slow. */
const PATIENCE = 600_000;

// biome-ignore lint/suspicious/noExplicitAny: what a server sends is looked into freely
type Json = any;

/** A cell's result, as a page would show it. */
export interface Answer {
  readonly status: 'ok' | 'error' | 'aborted';
  /** What was printed, and texts of results and errors. */
  readonly text: string;
}

/** Asks until there is an answer. */
export async function until<T>(
  find: () => Promise<T | undefined | false> | T | undefined | false,
  what: string,
): Promise<T> {
  for (const end = Date.now() + PATIENCE; ; await sleep(200)) {
    const found = await find();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not come in ${PATIENCE / 1000} s`);
  }
}

function answerOf(received: readonly Json[]): Answer {
  const text = received
    .map(({ msg_type, content }) => {
      if (msg_type === 'stream') return content.text;
      if (msg_type === 'error') return content.traceback.join('\n');
      return content.data?.['text/plain'] ?? '';
    })
    .join('');
  const reply = received.find(({ msg_type }) => msg_type === 'execute_reply');
  return { status: reply?.content.status ?? 'aborted', text };
}

/** A kernel behind the hub's proxy, over a WebSocket as a page has it. */
export class HubKernel {
  private readonly session = randomUUID();
  private readonly listeners = new Map<string, (message: Json) => void>();
  /** Rejects when the connection ends. */
  private readonly lost: Promise<never>;

  constructor(
    readonly id: string,
    private readonly socket: WebSocket,
  ) {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      this.listeners.get(message.parent_header?.msg_id)?.(message);
    });
    this.lost = new Promise((_, reject) => {
      socket.on('close', () => reject(new Error('the connection to the kernel ended')));
      socket.on('error', reject);
    });
    this.lost.catch(() => undefined);
  }

  /** Runs a cell to its end. */
  async execute(code: string): Promise<Answer> {
    const id = randomUUID();
    const received: Json[] = [];
    const done = new Promise<void>((resolve) => {
      this.listeners.set(id, (message) => {
        received.push(message);
        const idle = received.some(
          ({ msg_type, content }) => msg_type === 'status' && content.execution_state === 'idle',
        );
        if (idle && received.some(({ msg_type }) => msg_type === 'execute_reply')) resolve();
      });
    });
    this.send(id, 'execute_request', {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    });
    try {
      await Promise.race([done, this.lost]);
    } finally {
      this.listeners.delete(id);
    }
    return answerOf(received);
  }

  private send(id: string, type: string, content: Json): void {
    const header = {
      msg_id: id,
      msg_type: type,
      session: this.session,
      username: '',
      version: '5.3',
      date: new Date().toISOString(),
    };
    const message = { header, parent_header: {}, metadata: {}, content, channel: 'shell' };
    this.socket.send(JSON.stringify({ ...message, buffers: [] }));
  }

  close(): void {
    this.socket.close();
  }
}

/** A learner with a browser: logs in by the hub's form, and then asks as the hub's own pages do. */
export class HubLearner {
  private readonly cookies = new Map<string, string>();
  private token = '';

  constructor(
    private readonly hub: string,
    readonly name: string,
    private readonly password: string,
  ) {}

  /** As a page's own request: `fetch` would say that it is none, and the hub then gives no cookie. */
  private async ask(
    path: string,
    { method = 'GET', type, body }: { method?: string; type?: string; body?: string } = {},
  ): Promise<{ status: number; text: string }> {
    const asked = request(`${this.hub}${path}`, {
      method,
      headers: {
        Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        Referer: `${this.hub}/hub/home`,
        'X-XSRFToken': this.cookies.get('_xsrf') ?? '',
        ...(type === undefined ? {} : { 'Content-Type': type }),
      },
    });
    asked.end(body);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    for (const cookie of response.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.cookies.set(name, value);
    }
    let text = '';
    for await (const part of response.setEncoding('utf8')) text += part;
    return { status: response.statusCode ?? 0, text };
  }

  /** Logs in and gets the token of a page. @returns the status of the log-in: 302 is in, 403 is not */
  async logIn(): Promise<number> {
    await this.ask('/hub/login');
    const form = new URLSearchParams({
      username: this.name,
      password: this.password,
      _xsrf: this.cookies.get('_xsrf') ?? '',
    });
    const { status } = await this.ask('/hub/login?next=%2Fhub%2Ftoken', {
      method: 'POST',
      type: 'application/x-www-form-urlencoded',
      body: form.toString(),
    });
    if (status !== 302) return status;
    await this.ask('/hub/token');
    const asked = await this.ask(`/hub/api/users/${this.name}/tokens`, {
      method: 'POST',
      type: 'application/json',
      body: JSON.stringify({ note: 'page', expires_in: 3600 }),
    });
    if (asked.status !== 201) throw new Error(`no token: ${asked.status} ${asked.text}`);
    this.token = JSON.parse(asked.text).token;
    return status;
  }

  /** Asks the hub or a learner's server, with the token. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.hub}${path}`, {
      ...init,
      redirect: 'manual',
      headers: {
        Authorization: `token ${this.token}`,
        'Content-Type': 'application/json',
        // A connection that is kept may be closed by the proxy in the moment in which it is used again.
        Connection: 'close',
      },
    });
  }

  private async json(path: string, init: RequestInit = {}): Promise<Json> {
    const response = await this.fetch(`/user/${this.name}/api/${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${this.name}, ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Starts the learner's server and waits until it answers. */
  async startServer(): Promise<void> {
    await until(async () => {
      const asked = await this.fetch(`/hub/api/users/${this.name}/server`, { method: 'POST' });
      if ([201, 202].includes(asked.status)) return true;
      // Too many start at once: the hub's page says so, and tries again.
      if (asked.status === 429) return false;
      throw new Error(`${this.name}'s server: ${asked.status} ${await asked.text()}`);
    }, 'a place to start');
    await until(
      async () => (await this.fetch(`/user/${this.name}/api/status`)).status === 200,
      'the server',
    );
  }

  /** Ends it and waits until it has ended. */
  async stopServer(): Promise<void> {
    await this.fetch(`/hub/api/users/${this.name}/server`, { method: 'DELETE' });
    await until(async () => {
      const user = await (await this.fetch(`/hub/api/users/${this.name}`)).json();
      return (user as Json).server === null && (user as Json).pending === null;
    }, 'the end of the server');
  }

  /** Opens a notebook's kernel. */
  async openKernel(path: string): Promise<HubKernel> {
    const { id } = await this.json('kernels', {
      method: 'POST',
      body: JSON.stringify({ name: 'tslab', path }),
    });
    return this.attach(id);
  }

  /** Connects to a kernel that runs. */
  async attach(id: string): Promise<HubKernel> {
    const address = `${this.hub.replace(/^http/, 'ws')}/user/${this.name}/api/kernels/${id}/channels`;
    const socket = new WebSocket(address, { headers: { Authorization: `token ${this.token}` } });
    await new Promise((resolve, reject) => {
      socket.on('open', resolve);
      socket.on('error', reject);
    });
    return new HubKernel(id, socket);
  }

  kernels(): Promise<{ id: string }[]> {
    return this.json('kernels');
  }

  async read(path: string): Promise<Json> {
    return (await this.json(`contents/${path}`)).content;
  }

  async save(path: string, content: Json): Promise<void> {
    const body = JSON.stringify({ type: 'notebook', format: 'json', content });
    await this.json(`contents/${path}`, { method: 'PUT', body });
  }

  /** Runs all cells of a notebook and saves it. @returns texts of failed cells */
  async runNotebook(path: string): Promise<string[]> {
    const notebook = await this.read(path);
    const kernel = await this.openKernel(path);
    const failures: string[] = [];
    for (const cell of notebook.cells) {
      if (cell.cell_type !== 'code') continue;
      const { status, text } = await kernel.execute(cell.source);
      if (status !== 'ok') failures.push(`${cell.source}\n${text}`);
      cell.outputs = [{ output_type: 'stream', name: 'stdout', text: `${this.name}: ${text}` }];
    }
    await this.save(path, notebook);
    kernel.close();
    return failures;
  }
}
