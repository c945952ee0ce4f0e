import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient, printed, result } from './kernel-client';
import { executeContent, Stranger } from './stranger';

const ROUNDS = 20;

let kernel: KernelClient;
let stranger: Stranger;

beforeAll(async () => {
  kernel = await KernelClient.start();
  stranger = new Stranger(kernel);
});
afterAll(async () => {
  stranger.leave();
  await kernel.stop();
});

describe('a stranger without the key', () => {
  it(`runs nothing and learns no signature, ${ROUNDS} of ${ROUNDS} times, while a cell awaits`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const running = await kernel.submit(
        `await new Promise((resolve) => setTimeout(resolve, 60)); console.log(${round});`,
      );
      await stranger.forge(round);
      const { reply } = await kernel.answer(running);
      expect(reply.status).toBe('ok');
      expect(printed(kernel.of(running))).toBe(`${round}\n`);
      // A question after the forged one: whatever the kernel makes of that, it has made by now.
      expect((await kernel.run('1')).reply.status).toBe('ok');
      expect(stranger.gains(kernel.printed)).toEqual([]);
    }
    expect(kernel.printed).toBe('');
  });

  it('cannot stop it with malformed messages', async () => {
    const { key } = kernel.connection;
    const signed = (...parts: string[]) => {
      const hmac = createHmac('sha256', key);
      for (const part of parts) hmac.update(part);
      return ['<IDS|MSG>', hmac.digest('hex'), ...parts];
    };
    const header = JSON.stringify({
      msg_id: randomUUID(),
      msg_type: 'kernel_info_request',
      session: 's',
    });
    const malformed: (string | Buffer)[][] = [
      [''],
      ['<IDS|MSG>'],
      ['<IDS|MSG>', ''],
      ['<IDS|MSG>', '', '', '', '', ''],
      ['no delimiter', 'at', 'all', 'in', 'this', 'message'],
      [randomBytes(100_000)],
      Array.from({ length: 500 }, () => randomBytes(8)),
      signed('{}', '{}', '{}', '{}'),
      signed('not json', '{}', '{}', '{}'),
      signed('null', 'null', 'null', 'null'),
      signed('[]', '[]', '[]', '[]'),
      signed(header, '{}', '{}', '"text"'),
      signed(header, '{}', '{}'),
      signed('{"msg_id": 1, "msg_type": {}, "session": []}', '{}', '{}', '{}'),
    ];
    for (const frames of malformed) {
      await stranger.shell.send(frames);
      await stranger.control.send(frames);
    }
    // Not even ZeroMQ.
    for (const name of ['shell', 'hb', 'stdin']) {
      const socket = connect(kernel.connection[`${name}_port`], '127.0.0.1');
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.end(randomBytes(5000), () => resolve(undefined)));
    }
    expect((await kernel.run('1 + 1')).reply.status).toBe('ok');
    expect(kernel.printed).toBe('');
  });
});

describe('a message sent again', () => {
  it(`is obeyed once, ${ROUNDS} of ${ROUNDS} times`, async () => {
    await kernel.run('let runs = 0;');
    for (let round = 1; round <= ROUNDS; round++) {
      const frames = kernel.frames('execute_request', executeContent('runs += 1;'));
      await kernel.sendRaw(frames);
      await kernel.sendRaw(frames);
      await stranger.shell.send(frames);
      await stranger.control.send(frames);
      const { published } = await kernel.run('console.log(runs)');
      expect(printed(published)).toBe(`${round}\n`);
    }
  });
});

describe('the ipc transport', () => {
  it('uses sockets that only their user may open', async () => {
    const other = await KernelClient.start({ transport: 'ipc' });
    try {
      for (const name of ['shell', 'iopub', 'stdin', 'control', 'hb']) {
        const status = lstatSync(other.address(name).slice('ipc://'.length));
        expect([status.isSocket(), status.mode & 0o077]).toEqual([true, 0]);
      }
      const { reply, published } = await other.run("console.log('over files')");
      expect([reply.status, printed(published)]).toEqual(['ok', 'over files\n']);
    } finally {
      await other.stop();
    }
  });
});

it('a watched kernel has no work of its own that a driver would wait for', async () => {
  const watched = await KernelClient.start({ env: { JPY_PARENT_PID: `${process.pid}` } });
  try {
    // The timer that loads the compiler has run by then.
    await watched.run('1');
    const { published } = await watched.run('process.getActiveResourcesInfo().join()');
    expect(result(published)).not.toMatch(/Timeout|Immediate|FSReq|Worker/);
  } finally {
    await watched.stop();
  }
});
