import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What the server does with one request for the archive. */
export type Answer =
  | 'whole'
  | 'ignore-range'
  | 'truncate'
  | 'corrupt'
  | 'stall-before-headers'
  | 'stall-midway'
  | 'redirect'
  | 'lie-about-range'
  | number
  | ((exchange: Exchange) => void);

/** One request and its answer, for what no name says. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly archive: Buffer;
  /** First byte asked for; 0 where no range was. */
  readonly start: number;
}

export interface HttpTestServer {
  readonly url: string;
  /** The `Range` header of each request so far, `undefined` where it had none. */
  readonly ranges: (string | undefined)[];
  /** All headers of each request so far. */
  readonly requests: IncomingMessage['headers'][];
}

function send(
  answer: Answer,
  archive: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (typeof answer === 'number') {
    response.writeHead(answer).end('no archive here');
    return;
  }
  if (answer === 'redirect') {
    response.writeHead(302, { location: '/moved.tar.gz' }).end();
    return;
  }
  if (answer === 'stall-before-headers') return;
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const start = asked === null || answer === 'ignore-range' ? 0 : Number(asked[1]);
  if (typeof answer === 'function') {
    answer({ request, response, archive, start });
    return;
  }
  if (start >= archive.length) {
    response.writeHead(416, { 'content-range': `bytes */${archive.length}` }).end();
    return;
  }
  const rest = Buffer.from(archive.subarray(start));
  if (answer === 'corrupt')
    rest[Math.floor(rest.length / 2)] = (rest[Math.floor(rest.length / 2)] ?? 0) ^ 0xff;
  const told = answer === 'lie-about-range' ? 0 : start;
  const isPart = asked !== null && answer !== 'ignore-range';
  response.writeHead(isPart ? 206 : 200, {
    'content-length': rest.length,
    ...(isPart ? { 'content-range': `bytes ${told}-${archive.length - 1}/${archive.length}` } : {}),
  });
  if (answer === 'truncate') {
    response.write(rest.subarray(0, Math.ceil(rest.length / 2)), () => {
      setTimeout(() => request.socket.destroy(), 30);
    });
  } else if (answer === 'stall-midway') {
    response.write(rest.subarray(0, Math.ceil(rest.length / 2)));
  } else {
    response.end(rest);
  }
}

/** Answers with the rest of the archive that was asked for, with these headers besides. */
export function sendRest(
  { response, archive, start }: Exchange,
  headers: Record<string, string> = {},
  bytes = archive.length - start,
): void {
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': archive.length - start,
    ...(start > 0
      ? { 'content-range': `bytes ${start}-${archive.length - 1}/${archive.length}` }
      : {}),
    ...headers,
  });
  const rest = archive.subarray(start, start + bytes);
  if (start + bytes >= archive.length) response.end(rest);
  else response.write(rest, () => setTimeout(() => response.destroy(), 30));
}

/**
 * A real HTTP server on loopback that serves `archive`, answering the first request with the first of `answers`, and
 * so on; the last one is repeated. It is closed when the test ends.
 */
export async function startHttpTestServer(
  archive: Buffer,
  answers: readonly [Answer, ...Answer[]],
  fileName = 'cifar-10-binary.tar.gz',
): Promise<HttpTestServer> {
  const ranges: (string | undefined)[] = [];
  const requests: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(ranges.length, answers.length - 1)] as Answer;
    ranges.push(request.headers.range);
    requests.push(request.headers);
    send(answer, archive, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/${fileName}`, ranges, requests };
}
