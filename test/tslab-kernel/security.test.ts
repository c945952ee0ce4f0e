import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Dealer, Subscriber } from 'zeromq';
import { KernelClient, printed } from './kernel-client';

const ROUNDS = 20;

let kernel: KernelClient;
let marks: string;
/** A stranger on the same machine: knows the ports and everything that is published, not the key. */
const stranger = {
  shell: new Dealer({ linger: 0 }),
  control: new Dealer({ linger: 0 }),
  iopub: new Subscriber({ linger: 0 }),
  heard: [] as Buffer[][],
};

beforeAll(async () => {
  marks = mkdtempSync(path.join(tmpdir(), 'tslab-kernel-marks-'));
  kernel = await KernelClient.start();
  stranger.shell.connect(kernel.address('shell'));
  stranger.control.connect(kernel.address('control'));
  stranger.iopub.connect(kernel.address('iopub'));
  stranger.iopub.subscribe();
  void (async () => {
    for (const socket of [stranger.shell, stranger.control, stranger.iopub]) {
      void (async () => {
        for await (const frames of socket) stranger.heard.push(frames);
      })();
    }
  })();
});
afterAll(async () => {
  for (const socket of [stranger.shell, stranger.control, stranger.iopub]) socket.close();
  await kernel.stop();
  rmSync(marks, { recursive: true, force: true });
});

const markFile = (round: number) => path.join(marks, `${round}`);
const markCode = (round: number) =>
  `require('fs').writeFileSync(${JSON.stringify(markFile(round))}, '');`;

function execute(code: string) {
  const content = { code, silent: false, store_history: true, user_expressions: {} };
  return { content, type: 'execute_request' };
}

describe('a stranger without the key', () => {
  it(`runs nothing and learns no signature, ${ROUNDS} of ${ROUNDS} times, while a cell awaits`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const running = await kernel.submit(
        `await new Promise((resolve) => setTimeout(resolve, 60)); console.log(${round});`,
      );
      const { content, type } = execute(markCode(round));
      const frames = kernel.frames(type, content, { key: randomBytes(16).toString('hex') });
      const digest = createHmac('sha256', kernel.connection.key);
      for (const part of frames.slice(2)) digest.update(part);
      const secret = digest.digest('hex');
      const channel = round % 2 === 0 ? stranger.shell : stranger.control;
      await channel.send(frames);
      // Guesses of every length and form.
      for (const guess of ['', '0', secret.slice(0, 63), `${secret}0`, secret.toUpperCase()]) {
        await channel.send([frames[0] as string, guess, ...frames.slice(2)]);
      }
      const { reply } = await kernel.answer(running);
      expect(reply.status).toBe('ok');
      expect(printed(kernel.of(running))).toBe(`${round}\n`);
      // A question after the forged one: whatever the kernel makes of that, it has made by now.
      expect((await kernel.run('1')).reply.status).toBe('ok');
      expect(existsSync(markFile(round))).toBe(false);
      const told = Buffer.concat(stranger.heard.flat()).toString('latin1') + kernel.printed;
      expect(told).not.toContain(secret);
      expect(told).not.toContain(kernel.connection.key);
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
      const { content, type } = execute('runs += 1;');
      const frames = kernel.frames(type, content);
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
