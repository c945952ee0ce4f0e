import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TensorFlowInstallError } from '../../lib/tfjs-node-tensorflow/src/errors';
import { install, isInstalled } from '../../lib/tfjs-node-tensorflow/src/install';
import type { InstallOptions } from '../../lib/tfjs-node-tensorflow/src/options';
import type { InstallProgress } from '../../lib/tfjs-node-tensorflow/src/progress';
import { pythonStub } from './stub-programs';
import { StubProject } from './stub-project';

const EVERYTHING = ['pip download', 'unpack', 'c++'];
const AGAIN = /run "npx tfjs-node-tensorflow install" again/;

let project: StubProject;
beforeEach(() => {
  project = new StubProject();
});
afterEach(() => project.delete());

/** The error that `install` ends with: of this reason, one sentence, nothing left behind. */
async function failure(
  reason: string,
  options: InstallOptions = project.options(),
): Promise<TensorFlowInstallError> {
  const error = await install(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TensorFlowInstallError);
  const known = error as TensorFlowInstallError;
  expect(known.reason).toBe(reason);
  expect(known.message).toBe(`${known.problem}; ${known.advice}.`);
  expect(known.message).not.toContain('\n');
  expect(project.leftovers()).toEqual([]);
  return known;
}

describe('install', () => {
  it('does everything once, says what it does, and then nothing is left to do', async () => {
    const stages = new Set<string>();
    const onProgress = ({ stage }: InstallProgress): unknown => stages.add(stage);
    expect(isInstalled(project.options())).toBe(false);
    const installed = await install(project.options({}, { onProgress }));
    expect(installed).toMatchObject({
      packageName: '@tensorflow/tfjs-node',
      tensorflow: '2.20.0',
      gpu: false,
      bindingFile: project.bindingFile,
    });
    expect(installed.librariesFolder).toMatch(/tensorflow-2\.20\.0-linux-x64-[0-9a-f]{8}$/);
    expect([...stages]).toEqual(['download', 'unpack', 'compile', 'verify']);
    expect(project.calls()).toEqual(EVERYTHING);
    expect(isInstalled(project.options())).toBe(true);
    await install(project.options());
    expect(project.calls()).toEqual([]);
    expect(project.leftovers()).toEqual([]);
  });

  it('keeps the libraries for other projects', async () => {
    await install(project.options());
    const other = new StubProject();
    try {
      other.cache = project.cache;
      await install(other.options());
      expect(other.calls()).toEqual(['c++']);
    } finally {
      other.delete();
    }
  });

  it('uses a cache that is shared and read-only', async () => {
    await install(project.options());
    const other = new StubProject();
    other.cache = project.cache;
    const isRoot = process.geteuid?.() === 0;
    chmodSync(project.folder, 0o755);
    chmodSync(project.cache, 0o555);
    try {
      if (isRoot) {
        // Root may write anywhere; a user of this project may not.
        execFileSync('chown', ['-R', '65534', other.folder]);
        process.seteuid?.(65534);
      }
      expect(() => writeFileSync(join(project.cache, 'file'), '')).toThrow(/EACCES/);
      await install(other.options());
      expect(isInstalled(other.options())).toBe(true);
      expect(other.leftovers()).toEqual([]);
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(project.cache, 0o755);
      other.delete();
    }
  });

  it('is done once when two ask for it at the same time', async () => {
    const waiting: string[] = [];
    const onProgress = ({ stage, message }: InstallProgress): void => {
      if (stage === 'wait') waiting.push(message);
    };
    await Promise.all([1, 2].map(() => install(project.options({}, { onProgress }))));
    expect(project.calls()).toEqual(EVERYTHING);
    expect(waiting).toEqual([expect.stringMatching(/^another installation \(process \d+ on/)]);
  });

  it('gives tfjs-node-gpu the CUDA build', async () => {
    project.addPackage('tfjs-node-gpu');
    const { packageName, bindingFile } = await install(project.options({}, { gpu: true }));
    expect(packageName).toBe('@tensorflow/tfjs-node-gpu');
    expect(bindingFile).toContain('/tfjs-node-gpu/lib/napi-v8/');
    expect(isInstalled(project.options())).toBe(false);
  });

  it("takes tfjs-node's own installer where there is no compiler", async () => {
    project.remove('c++');
    const { librariesFolder } = await install(project.options());
    expect(project.calls()).toEqual(['pip download', 'unpack', 'tfjs-node installer']);
    expect(librariesFolder).toBeNull();
    expect(isInstalled(project.options())).toBe(true);
  });

  it('links with the cache by an argument of its own, so that a comma in its path is kept', async () => {
    project.cache = join(project.folder, 'a,b');
    project.program(
      'c++',
      `#!/bin/sh\nPATH=/usr/bin:/bin\nprintf '%s\\n' "$@" > "$STUB_LOG.args"; exit 1`,
    );
    await failure('binding');
    const args = readFileSync(join(project.folder, 'log.args'), 'utf8').split('\n');
    const at = args.indexOf('-rpath');
    expect(args[at + 2]).toMatch(/a,b\/tensorflow-2\.20\.0-[^,]*\/tensorflow$/);
    expect(args.filter((arg) => arg.startsWith('-Wl,'))).toEqual([]);
  });
});

describe('what is damaged is repaired', () => {
  const library = (): string => project.cached('libtensorflow_cc.so.2');
  let repairs: string[];
  const repair = async (): Promise<string[]> => {
    repairs = [];
    await install(
      project.options(
        {},
        {
          onProgress: ({ stage, message }) => {
            if (stage === 'repair') repairs.push(message);
          },
        },
      ),
    );
    expect(isInstalled(project.options())).toBe(true);
    return project.calls();
  };
  beforeEach(async () => {
    await install(project.options());
    project.calls();
  });

  it('a library cut short', async () => {
    truncateSync(library(), 3);
    expect(isInstalled(project.options())).toBe(false);
    expect(await repair()).toEqual(['pip download', 'unpack']);
    expect(repairs).toEqual([expect.stringMatching(/has 3 bytes in place of 8; fetching/)]);
    expect(statSync(library()).size).toBe(8);
  });

  it('a library with other content of the same size and time', async () => {
    const { atime, mtime } = statSync(library());
    writeFileSync(library(), 'Library\n');
    utimesSync(library(), atime, mtime);
    expect(isInstalled(project.options())).toBe(false);
    expect(await repair()).toEqual(['pip download', 'unpack']);
    expect(repairs).toEqual([expect.stringMatching(/is not what was downloaded; fetching/)]);
  });

  it('a binding cut short, or replaced by npm rebuild', async () => {
    truncateSync(project.bindingFile, 1000);
    expect(isInstalled(project.options())).toBe(false);
    expect(await repair()).toEqual(['c++']);
    writeFileSync(project.bindingFile, 'another');
    expect(await repair()).toEqual(['c++']);
  });

  it('a binding of other sources', async () => {
    project.write('node_modules/@tensorflow/tfjs-node/binding/tfjs_backend.cc', '// changed');
    expect(isInstalled(project.options())).toBe(false);
    expect(await repair()).toEqual(['c++']);
  });

  it('a binding that does not compute: built again, and taken away when that is no better', async () => {
    const engine = 'node_modules/@tensorflow/tfjs-node/index.js';
    const right = readFileSync(join(project.root, engine), 'utf8');
    project.write(engine, right.replace('let sum = 0', 'let sum = 1'));
    const { message } = await failure('binding');
    expect(message).toMatch(/does not compute: Error: A product of two matrices is wrong: element/);
    expect(project.calls()).toEqual(['c++']);
    expect(existsSync(project.bindingFile)).toBe(false);
    project.write(engine, right);
    expect(await repair()).toEqual(['c++']);
  });
});

describe('what cannot be done', () => {
  it('a project without tfjs-node', async () => {
    const empty = new StubProject([]);
    const { message } = await failure('package', empty.options());
    expect(message).toMatch(
      /@tensorflow\/tfjs-node was not found from .*; run "npm install --ignore-scripts @tensorflow\/tfjs-node" there, then run/,
    );
    empty.addPackage('tfjs-node-gpu');
    expect((await failure('package', empty.options())).advice).toContain('add --gpu');
    empty.delete();
  });

  it('a platform without a TensorFlow', async () => {
    const machine = {
      env: { ...project.env, STUB_FAIL: 'tfjs-node installer:no' },
      arch: 'riscv64',
    };
    const { message } = await failure('platform', project.options({}, { machine }));
    expect(message).toMatch(
      /no library for linux on riscv64 that tfjs-node can use; run it on Linux/,
    );
  });

  it('a machine without Python, with one too old, or with one that has neither pip nor venv', async () => {
    project.remove('python3');
    expect((await failure('program')).message).toMatch(
      /pip of Python 3\.9 or later, and none was found; run "sudo apt-get install -y python3 python3-pip"/,
    );
    project.program('python3', pythonStub('3.8', 'venv'));
    expect((await failure('program')).message).toMatch(/only Python 3\.8 was found/);
    project.program('python3', '#!/bin/sh\necho 3.12');
    expect((await failure('program')).message).toMatch(/3\.12 .* has neither pip nor venv/);
    const named = project.options({}, { python: '/nowhere/python' });
    expect((await failure('program', named)).message).toContain('/nowhere/python is none');
  });

  it('nothing, when Python has venv but no pip: one is made and deleted', async () => {
    project.program('python3', pythonStub('3.11', 'venv').replace(' pip ensurepip', ' ensurepip'));
    await install(project.options());
    expect(project.calls()).toEqual(['venv', ...EVERYTHING]);
    expect(project.leftovers()).toEqual([]);
  });

  it('a cache folder that cannot be made, or has a colon in its path', async () => {
    project.write('../file', '');
    project.cache = join(project.folder, 'file', 'cache');
    const made = await failure('storage');
    expect(made.message).toMatch(/cannot be made \(ENOTDIR.*TFJS_NODE_TENSORFLOW_CACHE, then run/);
    project.cache = join(project.folder, 'a:b');
    expect((await failure('storage')).message).toMatch(/a:b" holds ":"/);
    expect(existsSync(project.cache)).toBe(false);
  });

  it('a disk without space', async () => {
    const machine = { env: project.env, freeBytes: () => 5e6 };
    const { message } = await failure('storage', project.options({}, { machine }));
    expect(message).toMatch(
      /libraries need 1149 MB in .*, where 5 MB are free; free some, then run/,
    );
    expect(project.calls()).toEqual([]);
  });

  it.each([
    [
      'download',
      'pip download:ERROR: THESE PACKAGES DO NOT MATCH THE HASHES',
      /hash is not the pinned/,
    ],
    [
      'storage',
      'pip download:OSError: [Errno 28] No space left on device',
      /ran out of disk space/,
    ],
    ['storage', 'unpack:OSError: [Errno 28] No space left on device', /ran out of disk space/],
    [
      'download',
      'pip download:Temporary failure in name resolution',
      /could not reach the package registry/,
    ],
    ['download', 'unpack:zipfile.BadZipFile: bad magic number', /Unpacking TensorFlow failed/],
    [
      'binding',
      'c++:tfjs_backend.cc:1:1: error: no such file',
      /Compiling.* failed \(tfjs_backend/,
    ],
  ])('a failure of reason %s: %s', async (reason, STUB_FAIL, sentence) => {
    const error = await failure(reason, project.options({ STUB_FAIL }));
    expect(error.message).toMatch(sentence);
    if (!error.message.includes('tries again')) expect(error.message).toMatch(AGAIN);
    project.calls();
    await install(project.options());
    expect(isInstalled(project.options())).toBe(true);
  });

  it('says the command and the variable of whoever calls it', async () => {
    const names = { installCommand: 'make engine', cacheVariable: 'MY_CACHE' };
    const noNetwork = { STUB_FAIL: 'pip download:ENOTFOUND' };
    const { message } = await failure('download', project.options(noNetwork, names));
    expect(message).toMatch(/run "make engine" again\.$/);
  });
});

it('ends its programs when the caller stops it, and goes on the next time', async () => {
  const stop = new AbortController();
  const slow = project.options({ STUB_SLOW: 'pip download' }, { signal: stop.signal });
  const started = Date.now();
  const stopped = install(slow).catch((error: unknown) => error);
  while (!existsSync(join(project.folder, 'log.pid'))) await sleep(20);
  stop.abort(new Error('enough'));
  expect(await stopped).toEqual(new Error('enough'));
  expect(Date.now() - started).toBeLessThan(15_000);
  expect(project.leftovers()).toEqual([]);
  await install(project.options());
});
