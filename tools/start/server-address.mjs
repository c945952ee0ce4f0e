import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @param {URL} url
 * @returns {Promise<boolean>} whether somebody listens there
 */
function answers({ hostname, port }) {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/**
 * Waits until JupyterLab can be opened. It writes its address, with the port it found free and its token, into a file, and
 * listens a moment later.
 *
 * @param {import('node:child_process').ChildProcess} server
 * @param {string} runtime the folder of its run-time files
 * @returns {Promise<{ url: string, token: string } | undefined>} `undefined` when the server has ended
 */
export async function serverAddress(server, runtime) {
  const file = join(runtime, `jpserver-${server.pid}.json`);
  while (server.exitCode === null && server.signalCode === null) {
    if (existsSync(file)) {
      try {
        const { url, token } = JSON.parse(readFileSync(file, 'utf8'));
        if (!url.startsWith('http') || url.startsWith('http+') || (await answers(new URL(url)))) {
          return { url: url.replace(/\/$/, ''), token };
        }
      } catch {
        // Half written; read it again.
      }
    }
    await sleep(100);
  }
  return undefined;
}
