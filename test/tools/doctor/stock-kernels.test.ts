import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernelSpec } from '../../../lib/tslab-kernel/src/kernel-spec';
import { loginUsers, peopleIn } from '../../../tools/doctor/login-users.mjs';
import { kernelFolders, stockKernels } from '../../../tools/doctor/stock-kernels.mjs';

let folder: string;
let kernels: string;
const put = (name: string, content: string) => {
  mkdirSync(join(kernels, name), { recursive: true });
  writeFileSync(join(kernels, name, 'kernel.json'), content);
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'selfsup-doctor-'));
  kernels = join(folder, 'kernels');
  put('tslab', JSON.stringify({ argv: ['tslab', 'kernel', '--config-path', '{connection_file}'] }));
  put(
    'by-path',
    JSON.stringify({ argv: ['/usr/bin/node', '/usr/lib/node_modules/tslab/bin/tslab'] }),
  );
  put('ours', JSON.stringify(kernelSpec()));
  put('python3', JSON.stringify({ argv: ['python', '-m', 'ipykernel_launcher'] }));
  put('damaged', '{"argv": ');
  mkdirSync(join(kernels, 'empty'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a stock tslab', () => {
  it('is found among kernels, and ours is not taken for one', () => {
    expect(stockKernels([join(folder, 'missing'), kernels]).sort()).toEqual(
      ['by-path', 'tslab'].map((name) => join(kernels, name, 'kernel.json')),
    );
  });

  it('is looked for where Jupyter looks', () => {
    expect(kernelFolders({ HOME: '/home/a', JUPYTER_PATH: '/x:/y' }, 'linux')).toEqual([
      ...['/x/kernels', '/y/kernels', '/home/a/.local/share/jupyter/kernels'],
      ...['/usr/local/share/jupyter/kernels', '/usr/share/jupyter/kernels'],
      '/opt/homebrew/share/jupyter/kernels',
    ]);
    expect(kernelFolders({ JUPYTER_DATA_DIR: '/d' }, 'linux')).toContain('/d/kernels');
    expect(kernelFolders({ HOME: '/Users/a' }, 'darwin')).toContain(
      '/Users/a/Library/Jupyter/kernels',
    );
  });
});

describe('people who may log in', () => {
  it('are neither services, nor root, nor nobody', () => {
    const passwd =
      'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\nann:x:1000:1000::/home/ann:/bin/bash\n' +
      'bob:x:1001:1001::/home/bob:/bin/zsh\nweb:x:1002:1002::/srv:/bin/false\nnobody:x:65534:65534::/:/bin/sh\n';
    expect(peopleIn(passwd, 1000)).toEqual(['ann', 'bob']);
  });

  it('are told of this machine without an error', () => {
    expect(loginUsers(process.platform)).toBeInstanceOf(Array);
    expect(loginUsers('win32')).toEqual([]);
  });
});

it.skipIf(process.platform !== 'linux')('npm run doctor warns where both are so', () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const passwd = 'ann:x:1000:1000::/:/bin/sh\\nbob:x:1001:1001::/:/bin/sh\\n';
  writeFileSync(join(bin, 'getent'), `#!/bin/sh\nprintf '${passwd}'\n`, { mode: 0o755 });
  const doctor = () =>
    spawnSync(process.execPath, [join(__dirname, '../../../tools/doctor.mjs')], {
      encoding: 'utf8',
      env: {
        ...process.env,
        JUPYTER_PATH: folder,
        PATH: `${bin}:${process.env.PATH}`,
      },
    });
  const { stdout, status } = doctor();
  expect(stdout).toContain(`! Kernel elsewhere     ${join(kernels, 'by-path', 'kernel.json')}`);
  expect(stdout).toMatch(/2 people may log in here.* → replace it: "npx tslab-kernel install/);
  // It is no fault of the course.
  expect(status).toBe(0);
});
