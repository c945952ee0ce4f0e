import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server does with one request, and where it does it: `at` is a part of the file, from 0 to 1. */
export interface Hostility {
  readonly how:
    | 'honest'
    | 'ignores the range'
    | 'cuts'
    | 'alters a byte'
    | 'says nothing'
    | 'stalls'
    | 'drips'
    | 'redirects for ever'
    | 'lies about the range'
    | 'lies about the length'
    | 'never ends'
    | 'resets the connection'
    | 'speaks another protocol'
    | 'is a captive portal'
    | 'claims gzip'
    | 'cuts a chunk'
    | 'another version';
  readonly at: number;
  /** In place of all that. */
  readonly status: 200 | 400 | 403 | 404 | 408 | 416 | 429 | 500 | 502 | 503 | 504;
  readonly retryAfter: string | null;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly content: Buffer;
  /** First byte asked for; null where no range was. */
  readonly start: number | null;
  readonly at: number;
}

/** The head of an honest answer. */
function head({ response, content, start }: Exchange, more: Record<string, string | number> = {}) {
  const from = start ?? 0;
  response.writeHead(start === null ? 200 : 206, {
    'content-length': content.length - from,
    etag: '"one"',
    ...(start === null
      ? {}
      : { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    ...more,
  });
}

const rest = ({ content, start }: Exchange) => content.subarray(start ?? 0);
const part = (exchange: Exchange) => {
  const bytes = rest(exchange);
  return bytes.subarray(0, Math.floor(exchange.at * bytes.length));
};

const ACTIONS: Readonly<Record<Hostility['how'], (exchange: Exchange) => void>> = {
  honest: (exchange) => {
    head(exchange);
    exchange.response.end(rest(exchange));
  },
  'ignores the range': (exchange) => ACTIONS.honest({ ...exchange, start: null }),
  cuts: (exchange) => {
    head(exchange);
    exchange.response.write(part(exchange), () => exchange.request.socket.destroy());
  },
  'alters a byte': (exchange) => {
    head(exchange);
    const bytes = Buffer.from(rest(exchange));
    const place = Math.min(bytes.length - 1, Math.floor(exchange.at * bytes.length));
    bytes[place] = (bytes[place] ?? 0) ^ 0x10;
    exchange.response.end(bytes);
  },
  'says nothing': () => undefined,
  stalls: (exchange) => {
    head(exchange);
    exchange.response.write(part(exchange));
  },
  drips: (exchange) => {
    head(exchange);
    let place = 0;
    const drop = setInterval(() => {
      if (exchange.response.destroyed || place >= rest(exchange).length) clearInterval(drop);
      else exchange.response.write(rest(exchange).subarray(place, ++place));
    }, 30);
    exchange.response.on('close', () => clearInterval(drop));
  },
  'redirects for ever': ({ response }) => {
    response.writeHead(302, { location: `/again-${Math.random()}` }).end();
  },
  'lies about the range': (exchange) => {
    const { content } = exchange;
    const told = Math.floor(exchange.at * content.length);
    const range = `bytes ${told}-${content.length - 1}/${content.length}`;
    exchange.response.writeHead(206, { 'content-range': range });
    exchange.response.end(rest(exchange));
  },
  'lies about the length': (exchange) => {
    head(exchange, { 'content-length': Math.floor(exchange.at * 2 * exchange.content.length) + 1 });
    exchange.response.write(rest(exchange), () => exchange.request.socket.destroy());
  },
  'never ends': (exchange) => {
    exchange.response.writeHead(200, {});
    const block = Buffer.alloc(65_536, 7);
    const more = () => {
      while (!exchange.response.destroyed && exchange.response.write(block));
    };
    exchange.response.on('drain', more);
    more();
  },
  'resets the connection': ({ request }) => request.socket.resetAndDestroy(),
  'speaks another protocol': ({ request }) => {
    request.socket.end('SSH-2.0-OpenSSH_9.2\r\n\u0000\u0001\r\n\r\n');
  },
  'is a captive portal': ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html><body>Please log in.</body></html>');
  },
  'claims gzip': (exchange) => {
    head(exchange, { 'content-encoding': 'gzip' });
    exchange.response.end(rest(exchange));
  },
  'cuts a chunk': (exchange) => {
    exchange.response.writeHead(200, { 'transfer-encoding': 'chunked' });
    exchange.response.write(part({ ...exchange, start: null }), () => {
      exchange.request.socket.end('FFFF\r\nbroken');
    });
  },
  'another version': (exchange) => {
    const other = Buffer.from(exchange.content.map((byte) => byte ^ 1));
    const answer = { ...exchange, content: other };
    head(answer, { etag: '"two"' });
    exchange.response.end(rest(answer));
  },
};

/** A server on loopback that answers the first request in the first way, and so on; when they are through, honestly. */
export class HostileServer {
  readonly content: Buffer;
  private readonly server: Server;
  private answers: Hostility[] = [];
  requests = 0;

  constructor(content: Buffer) {
    this.content = content;
    this.server = createServer((request, response) => this.answer(request, response));
    this.server.on('clientError', (_error, socket) => socket.destroy());
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests += 1;
    response.on('error', () => undefined);
    const hostility = this.answers.shift();
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const start = asked === null ? null : Number(asked[1]);
    const { how = 'honest', at = 0, status = 200, retryAfter = null } = hostility ?? {};
    if (start !== null && start >= this.content.length) {
      response.writeHead(416, { 'content-range': `bytes */${this.content.length}` }).end();
    } else if (status !== 200) {
      response.writeHead(status, retryAfter === null ? {} : { 'retry-after': retryAfter });
      response.end('not now');
    } else {
      ACTIONS[how]({ request, response, content: this.content, start, at });
    }
  }

  /** @returns the address */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/data.bin`;
  }

  /** From the next request on. */
  behave(answers: readonly Hostility[]): void {
    this.server.closeAllConnections();
    this.answers = [...answers];
    this.requests = 0;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
