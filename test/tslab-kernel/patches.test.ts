import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient, printed, root } from './kernel-client';

const folder = path.join(root, 'patches');
const patchProgram = spawnSync('patch', ['--version']).status === 0;

describe.skipIf(!patchProgram)('the patches of tslab (needs the program "patch")', () => {
  let home: string;
  let kernel: KernelClient;

  beforeAll(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'tslab-patched-'));
    const patched = path.join(home, 'tslab');
    // A copy: the files of node_modules may be shared with other clones.
    cpSync(path.join(root, 'node_modules/tslab'), patched, { recursive: true });
    symlinkSync(path.join(root, 'node_modules'), path.join(home, 'node_modules'));
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.patch'))) {
      execFileSync('patch', ['-p1', '--fuzz=0', '-s'], {
        cwd: patched,
        input: readFileSync(path.join(folder, name)),
      });
    }
    // Not below a node_modules: tslab would start the one it finds there.
    const elsewhere = path.join(tmpdir(), path.basename(home).replace('patched', 'cwd'));
    mkdirSync(elsewhere);
    kernel = await KernelClient.start({
      script: path.join(patched, 'bin/tslab'),
      folder: elsewhere,
      transport: 'ipc',
    });
  });
  afterAll(async () => {
    await kernel?.stop();
    rmSync(home, { recursive: true, force: true });
    rmSync(path.join(tmpdir(), path.basename(home).replace('patched', 'cwd')), {
      recursive: true,
      force: true,
    });
  });

  it('let a shorthand property name a variable of an earlier cell', async () => {
    await kernel.run('const epochs = 3;');
    const { published } = await kernel.run('console.log({ epochs })');
    expect(printed(published)).toBe('{ epochs: 3 }\n');
  });

  it('let a destructured property of an earlier cell have another name', async () => {
    await kernel.run('const ways = [{ steps: 3 }];');
    const { published } = await kernel.run('for (const { steps: own } of ways) console.log(own)');
    expect(printed(published)).toBe('3\n');
  });

  it('let a namespace be known in more cells than the next', async () => {
    await kernel.run('namespace Shapes { export const sides = 3; }');
    await kernel.run('const other = 1;');
    const { published } = await kernel.run('console.log(Shapes.sides)');
    expect(printed(published)).toBe('3\n');
  });

  it('keep half a surrogate pair from losing the notebook', async () => {
    const { published } = await kernel.run(String.raw`console.log('a\ud83d')`);
    expect(printed(published)).toBe('a\ufffd\n');
  });

  it('tell no signature', async () => {
    const running = await kernel.submit(
      'await new Promise((resolve) => setTimeout(resolve, 200));',
    );
    const content = { code: "console.log('obeyed')", silent: false };
    const key = randomBytes(16).toString('hex');
    await kernel.sendRaw(kernel.frames('execute_request', content, { key }));
    await kernel.sendRaw(['<IDS|MSG>', '']);
    await kernel.answer(running);
    expect((await kernel.run('1')).reply.status).toBe('ok');
    const told = JSON.stringify(kernel.published) + kernel.printed;
    expect(told).not.toMatch(/obeyed|hmac|[0-9a-f]{64}/);
  });

  it('answer as the protocol says', async () => {
    expect((await kernel.ask('kernel_info_request', {})).reply.status).toBe('ok');
    expect((await kernel.ask('comm_info_request', {})).reply).toEqual({ status: 'ok', comms: {} });
  });
});
