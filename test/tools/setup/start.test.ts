import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';

const ROOT = join(__dirname, '..', '..', '..');

it('serves the course on loopback behind a token, and Ctrl-C leaves no process behind', async () => {
  const args = ['tools/start.mjs', '--no-browser', '--port', '9327'];
  const runtime = mkdtempSync(join(tmpdir(), 'selfsup-start-'));
  const start = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, XDG_RUNTIME_DIR: runtime },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
    const [folder] = readdirSync(runtime) as [string];
    const connection = join(runtime, folder, `kernel-${id}.json`);
    const { transport, ip, shell_port: number } = JSON.parse(readFileSync(connection, 'utf8'));
    expect(transport).toBe('ipc');
    const socket = `${ip}-${number}`;
    for (let tenths = 0; tenths < 300 && !existsSync(socket); tenths += 1) await sleep(100);
    expect(lstatSync(socket).isSocket()).toBe(true);
    expect(lstatSync(join(runtime, folder)).mode & 0o077).toBe(0);

    start.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(readdirSync(runtime)).toEqual([]);
    await expect(fetch(`${server}/api/kernels`)).rejects.toThrow();
  } finally {
    start.kill('SIGTERM');
    await ended;
    rmSync(runtime, { recursive: true, force: true });
  }
}, 120_000);
