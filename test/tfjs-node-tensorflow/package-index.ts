import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the index does with a request for the wheel. */
export type Behaviour = 'serve' | 'break off' | 'refuse others than pip';

/** A package index on this machine that has one wheel, and a connection that can break. */
export class PackageIndex {
  readonly project = 'tensorflow-cpu';
  readonly fileName = 'tensorflow_cpu-2.20.0-cp312-cp312-manylinux_2_17_x86_64.whl';
  readonly wheel = randomBytes(3_000_000);
  behaviour: Behaviour = 'serve';
  /** `pip` or `tfjs-node-tensorflow`, and the first byte asked for, of each request for the wheel. */
  readonly requests: [string, number][] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/simple`;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (!request.url?.endsWith('.whl')) {
      response.setHeader('content-type', 'text/html');
      response.end(`<a href="/files/${this.fileName}">${this.fileName}</a>`);
      return;
    }
    const who = request.headers['user-agent']?.split('/')[0] ?? '';
    const first = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    this.requests.push([who, first]);
    if (this.behaviour === 'refuse others than pip' && who !== 'pip') {
      response.writeHead(407).end();
      return;
    }
    const { length } = this.wheel;
    const headers = { etag: '"1"', 'content-length': length - first };
    if (first === 0) response.writeHead(200, headers);
    else {
      const range = `bytes ${first}-${length - 1}/${length}`;
      response.writeHead(206, { ...headers, 'content-range': range });
    }
    if (this.behaviour === 'break off' && who !== 'pip') {
      const half = this.wheel.subarray(first, first === 0 ? 1_000_000 : first);
      response.write(half, () => setTimeout(() => response.destroy(), 50));
    } else if (who === 'pip' && this.behaviour !== 'refuse others than pip') {
      // Slowly, so that a takeover is seen: what pip is sent before it is stopped is lost.
      response.write(this.wheel.subarray(0, 100_000));
      setTimeout(() => response.end(this.wheel.subarray(100_000)), 20_000).unref();
    } else response.end(this.wheel.subarray(first));
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
