import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, auditAnswer } from '../../tools/test/advisory-check.mjs';

const TOOL = join(__dirname, '..', '..', 'tools', 'test', 'advisory-check.mjs');

/** A registry on this machine that knows an advisory about one package, or none at all. */
function registry(knowsAdvisories: boolean): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      if (!knowsAdvisories || !request.url?.endsWith('/security/advisories/bulk')) {
        response.writeHead(405).end('{}');
        return;
      }
      const body = Buffer.concat(chunks);
      const asked = JSON.parse(
        `${request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body}`,
      );
      const advisory = {
        ...{
          id: 1,
          url: 'https://example.org/1',
          title: 'Prototype pollution',
          severity: 'critical',
        },
        ...{ vulnerable_versions: '<1.2.6', cwe: [], cvss: { score: 9.8, vectorString: null } },
      };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify('minimist' in asked ? { minimist: [advisory] } : {}));
    });
  });
}

describe('npm audit, asked of a registry', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'selfsup-advisories-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function ask(knowsAdvisories: boolean, version: string): Promise<Answer> {
    const root = { name: 'a', version: '1.0.0', dependencies: { minimist: version } };
    const packages = { '': root, 'node_modules/minimist': { version } };
    const lock = { ...root, lockfileVersion: 3, requires: true, packages };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(root));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
    const server = registry(knowsAdvisories);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const args = [`--registry=http://127.0.0.1:${port}`, '--fetch-retries=0'];
    // In a process of its own: it waits for npm, and the registry is in this one.
    const program = join(folder, 'ask.mjs');
    writeFileSync(
      program,
      `import { askForAdvisories } from ${JSON.stringify(TOOL)};
       process.send(askForAdvisories(${JSON.stringify(folder)}, ${JSON.stringify(args)}));`,
    );
    const child = fork(program);
    const answer = await new Promise<Answer>((resolve) => {
      child.on('message', (message) => resolve(message as Answer));
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    return answer;
  }

  it('tells an advisory about a version in the lock file', async () => {
    expect(await ask(true, '0.0.8')).toEqual({
      advisories: ['minimist <1.2.6: Prototype pollution (critical) https://example.org/1'],
    });
  });

  it('tells none where the version is repaired', async () => {
    expect(await ask(true, '1.2.8')).toEqual({ advisories: [] });
  });

  it('says that it was not answered, without the address', async () => {
    const answer = await ask(false, '0.0.8');
    expect(answer).toMatchObject({ notAsked: expect.stringMatching(/\w/) });
    expect(JSON.stringify(answer)).not.toMatch(/http|127\.0/);
  });
});

it('what is no report is no clean bill of health', () => {
  expect(auditAnswer('')).toHaveProperty('notAsked');
  expect(auditAnswer('{"error": {"summary": "no network"}}')).toEqual({ notAsked: 'no network' });
});
