import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';

const ROOT = join(__dirname, '..', '..', '..');

/** True when something listens on this port of the machine. */
function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

it('serves the course on loopback behind a token, and Ctrl-C leaves no process behind', async () => {
  const args = ['tools/start.mjs', '--no-browser', '--port', '9327'];
  const start = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [start.stdout, start.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => start.on('close', resolve));
  try {
    let address: RegExpExecArray | null = null;
    for (let tenths = 0; address === null && start.exitCode === null && tenths < 500; tenths += 1) {
      await sleep(100);
      address = /(http:\/\/127\.0\.0\.1:\d+)(\/lab\/tree\/notebooks\/README\.md)\?token=(\w+)/.exec(
        text,
      );
    }
    expect(text).toContain('The course is open at');
    const [, server, page, token] = address ?? [];
    expect((await fetch(`${server}/api/kernels`)).status).toBe(403);
    expect((await fetch(`${server}${page}?token=${token}`)).status).toBe(200);
    const headers = { Authorization: `token ${token}` };
    const settings = '/lab/api/settings/@jupyterlab/apputils-extension:notification';
    const shown = await (await fetch(`${server}${settings}`, { headers })).text();
    expect(JSON.parse(shown).schema.properties.fetchNews.default).toBe('false');

    const body = JSON.stringify({ name: 'tslab', path: 'notebooks/new.ipynb' });
    const kernel = await fetch(`${server}/api/kernels`, { method: 'POST', headers, body });
    expect(kernel.status).toBe(201);
    const { id } = (await kernel.json()) as { id: string };
    const connection = join(ROOT, `.venv/jupyter-home/runtime/kernel-${id}.json`);
    const { shell_port: port } = JSON.parse(readFileSync(connection, 'utf8'));
    for (let tenths = 0; tenths < 300 && !(await isListening(port)); tenths += 1) await sleep(100);
    expect(await isListening(port)).toBe(true);

    start.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(await isListening(port)).toBe(false);
    expect(existsSync(connection)).toBe(false);
    await expect(fetch(`${server}/api/kernels`)).rejects.toThrow();
  } finally {
    start.kill('SIGTERM');
    await ended;
  }
}, 120_000);
