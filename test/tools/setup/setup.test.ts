import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SetupRun, StubClone } from './stub-clone';

const EVERYTHING = [
  'npm ci',
  'venv',
  'pip install',
  'tsc',
  'kernel install',
  'pip download',
  'unpack',
  'c++',
];

const CONTENT_HASH: string = '../../../tools/setup/content-hash.mjs';
let contentHash: (text: string) => string;
let clone: StubClone;
beforeAll(async () => {
  ({ contentHash } = (await import(CONTENT_HASH)) as { contentHash: (text: string) => string });
});
beforeEach(() => {
  clone = new StubClone();
});
afterEach(() => clone.delete());

/** A failure is one sentence that names a command or a remedy, without a stack. */
async function expectFailure(
  saying: RegExp,
  env: Record<string, string> = {},
  overrides = '{}',
): Promise<void> {
  const { status, text, sentence } = await clone.setUp(env, overrides);
  expect(sentence).toMatch(saying);
  expect(status).toBe(1);
  expect(text).not.toMatch(/^\s+at /m);
  expect(clone.leftovers()).toEqual([]);
}

/** The next run, without the cause, does `steps` and then nothing is left to do. */
async function expectRepair(steps: string[]): Promise<void> {
  clone.calls();
  const { status, text } = await clone.setUp();
  expect(text).toContain('✓');
  expect(status).toBe(0);
  expect(clone.calls()).toEqual(steps);
  expect(await clone.setUp()).toEqual({ status: 0, text: '', sentence: '' });
}

describe('a complete set-up', () => {
  it('does every step once, and nothing on the second run', async () => {
    const first = await clone.setUp();
    expect(first.status).toBe(0);
    expect(clone.calls()).toEqual(EVERYTHING);
    expect(await clone.setUp()).toEqual({ status: 0, text: '', sentence: '' });
    expect(clone.calls()).toEqual([]);
  });

  it('keeps no wheel, and writes nowhere but into the clone and the cache', async () => {
    await clone.setUp();
    const cached = readdirSync(clone.cache, { recursive: true, encoding: 'utf8' });
    expect(cached.filter((name) => name.endsWith('.whl'))).toEqual([]);
    expect(readdirSync(clone.folder).sort()).toEqual(['bin', 'cache', 'clone', 'log']);
  });

  it('gives the kernel an absolute command, so that it needs no PATH', async () => {
    await clone.setUp();
    const file = join(clone.root, '.venv/share/jupyter/kernels/tslab/kernel.json');
    const { argv } = JSON.parse(readFileSync(file, 'utf8'));
    expect(argv).toEqual([
      process.execPath,
      join(clone.root, 'lib/tslab-kernel/bin/tslab-kernel.js'),
    ]);
  });

  it('runs once when two are started at the same time', async () => {
    const both = [clone.start(), clone.start()].map((child) => StubClone.end(child));
    const results = await Promise.all(both);
    expect(results.map(({ status }) => status)).toEqual([0, 0]);
    expect(clone.calls()).toEqual(EVERYTHING);
    expect(clone.leftovers()).toEqual([]);
  });
});

describe('what changed is done again, and nothing else', () => {
  beforeEach(async () => {
    await clone.setUp();
    clone.calls();
  });

  it('a source of the library', async () => {
    clone.write('lib/selfsup/src/index.ts', 'export const changed = true;');
    await expectRepair(['tsc']);
  });

  it('the lock file', async () => {
    const packages = { '': {}, 'node_modules/tslab': { version: '1.0.23' } };
    clone.write('package-lock.json', JSON.stringify({ packages }));
    // npm removes node_modules, and with it the binding.
    await expectRepair(['npm ci', 'tsc', 'c++']);
  });

  it('the Python requirements', async () => {
    clone.write('tools/requirements.txt', 'jupyterlab==4.6.6 --hash=sha256:0');
    await expectRepair(['venv', 'pip install', 'kernel install']);
  });

  it('the sources of the binding', async () => {
    clone.write('node_modules/@tensorflow/tfjs-node/binding/tfjs_backend.cc', '// changed');
    await expectRepair(['c++']);
  });

  it("TensorFlow's folder, deleted", async () => {
    const [folder] = readdirSync(clone.cache).filter((name) => name.startsWith('tensorflow-'));
    rmSync(join(clone.cache, folder as string), { recursive: true });
    await expectRepair(['pip download', 'unpack']);
  });

  it('the clone, moved: scripts of a virtual environment hold its path', async () => {
    const moved = join(clone.folder, 'moved');
    renameSync(clone.root, moved);
    Object.assign(clone, { root: moved });
    await expectRepair(['venv', 'pip install', 'kernel install']);
  });
});

describe('what this machine lacks', () => {
  it('a Node of a supported version', async () => {
    await expectFailure(
      /Node 18\.20\.0.*Node 20 to 26.*"nvm install 22".*"npm run setup"/,
      {},
      '{ nodeVersion: "18.20.0" }',
    );
    await expectFailure(/Node 27\.0\.0/, {}, '{ nodeVersion: "27.0.0" }');
    expect(clone.calls()).toEqual([]);
  });

  it('Python', async () => {
    clone.remove('python3');
    await expectFailure(
      /needs Python 3\.9 or later, and none was found; run "sudo apt-get install -y python3 python3-venv"/,
    );
    clone.python('python3', '3.13');
    await expectRepair(EVERYTHING.slice(1));
  });

  it('a Python that is new enough', async () => {
    clone.python('python3', '3.8');
    await expectFailure(/only Python 3\.8 was found/);
  });

  it('nothing, when a versioned name is new enough', async () => {
    clone.python('python3', '3.8');
    clone.python('python3.12', '3.12');
    await expectRepair(EVERYTHING);
  });

  it('the Python that PYTHON names', async () => {
    await expectFailure(/PYTHON=\/nowhere\/python is none/, { PYTHON: '/nowhere/python' });
  });

  it('the venv module', async () => {
    clone.python('python3', '3.11', 'no venv');
    await expectFailure(
      /Python 3\.11 .* lacks its venv module; run "sudo apt-get install -y python3\.11-venv"/,
    );
    clone.python('python3', '3.11');
    await expectRepair(EVERYTHING.slice(1));
  });

  it("a compiler, where tfjs-node's own installer fails too", async () => {
    clone.remove('c++');
    await expectFailure(
      /a C\+\+17 compiler was not found; run "sudo apt-get install -y g\+\+", then "npm run setup"/,
      { STUB_FAIL: 'tfjs-node installer:getaddrinfo ENOTFOUND' },
    );
    clone.compiler();
    await expectRepair(['c++']);
  });

  it("a compiler, where tfjs-node's own installer serves", async () => {
    clone.remove('c++');
    await expectRepair([...EVERYTHING.slice(0, 7), 'tfjs-node installer']);
  });

  it('a platform for which TensorFlow has a library', async () => {
    await expectFailure(
      /no library for linux on riscv64 .*"wsl --install"/,
      { STUB_FAIL: 'tfjs-node installer:no' },
      '{ arch: "riscv64" }',
    );
  });

  it('npm', async () => {
    clone.remove('npm');
    await expectFailure(/npm was not found; install Node with npm/);
  });

  it('disk space, before anything is fetched', async () => {
    await expectFailure(
      /The Node packages need 1000 MB in .*, where 5 MB are free; free some, then run "npm run setup" again/,
      {},
      '{ freeBytes: () => 5e6 }',
    );
    expect(clone.calls()).toEqual([]);
  });
});

describe('where nothing can be kept', () => {
  it('a cache folder that cannot be made', async () => {
    clone.write('../file', '');
    const SELFSUP_CACHE = join(clone.folder, 'file', 'cache');
    const { status, text, sentence } = await clone.setUp({ SELFSUP_CACHE });
    expect(sentence).toMatch(
      /The cache folder .*file\/cache cannot be made or written \(ENOTDIR.*\); .*SELFSUP_CACHE, then run "npm run setup" again\.$/,
    );
    expect(text).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
    expect(clone.calls()).toEqual([]);
  });

  it('a colon in the path of the cache or of the clone is refused at the start', async () => {
    const SELFSUP_CACHE = join(clone.folder, 'a:b');
    const cache = await clone.setUp({ SELFSUP_CACHE });
    expect(cache.sentence).toMatch(/path of the cache folder, .*a:b, holds ":".*SELFSUP_CACHE/);
    expect(existsSync(SELFSUP_CACHE)).toBe(false);
    const moved = join(clone.folder, 'c:d');
    renameSync(clone.root, moved);
    Object.assign(clone, { root: moved });
    const course = await clone.setUp();
    expect(course.sentence).toMatch(/path of the folder of the course, .*c:d, holds ":".*move/);
    expect(clone.calls()).toEqual([]);
  });

  it('a comma in both paths is no obstacle', async () => {
    const moved = join(clone.folder, 'c,d');
    renameSync(clone.root, moved);
    Object.assign(clone, { root: moved });
    const { status } = await clone.setUp({ SELFSUP_CACHE: join(clone.folder, 'a,b') });
    expect(status).toBe(0);
  });
});

describe('damage to what set-up made', () => {
  beforeEach(async () => {
    await clone.setUp();
    clone.calls();
  });

  it('a TensorFlow library cut short is fetched again', async () => {
    truncateSync(clone.cached('libtensorflow_cc.so.2'), 4);
    await expectRepair(['pip download', 'unpack']);
    expect(readFileSync(clone.cached('libtensorflow_cc.so.2'), 'utf8')).toBe('library\n');
  });

  it('a binding cut short is built again', async () => {
    const name = 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node';
    truncateSync(join(clone.root, name), 1000);
    await expectRepair(['c++']);
  });

  it('a lock left with the number of a process that lives', async () => {
    const lock = join(clone.cache, 'locks', `${contentHash(clone.root)}.lock`);
    const owner = { pid: process.pid, host: hostname(), started: '1' };
    writeFileSync(lock, JSON.stringify(owner));
    clone.write('lib/selfsup/src/index.ts', 'export const changed = true;');
    await expectRepair(['tsc']);
  });
});

describe('what goes wrong on the way', () => {
  const cases: [string, string, RegExp, string[]][] = [
    [
      'a TensorFlow wheel with another hash',
      'pip download:ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.',
      /Downloading TensorFlow got a file whose hash is not the pinned one, and threw it away; run "npm run setup" again/,
      EVERYTHING.slice(5),
    ],
    [
      'a Node package with another hash',
      'npm ci:npm error code EINTEGRITY',
      /Installing the Node packages got a file whose hash is not the pinned one/,
      EVERYTHING,
    ],
    [
      'a disk that fills up during the download',
      'pip download:ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
      /Downloading TensorFlow ran out of disk space; free some .*, then run "npm run setup" again/,
      EVERYTHING.slice(5),
    ],
    [
      'a disk that fills up while unpacking',
      'unpack:OSError: [Errno 28] No space left on device',
      /Unpacking TensorFlow ran out of disk space/,
      EVERYTHING.slice(5),
    ],
    [
      'no network for npm',
      'npm ci:npm error code ENOTFOUND',
      /Installing the Node packages could not reach the package registry; check the network/,
      EVERYTHING,
    ],
    [
      'no network for pip',
      'pip install:NewConnectionError: Temporary failure in name resolution',
      /Installing JupyterLab into \.venv could not reach the package registry/,
      EVERYTHING.slice(1),
    ],
    [
      'a compiler that refuses the source',
      'c++:tfjs_backend.cc:1:10: fatal error: c_api.h: no such file',
      /Compiling TensorFlow's binding failed \(tfjs_backend\.cc:1:10: fatal error: c_api\.h: no such file\); the whole output is in .*\.log, and "npm run setup" tries again/,
      EVERYTHING.slice(7),
    ],
  ];
  it.each(cases)('%s', async (_name, failure, sentence, repair) => {
    await expectFailure(sentence, { STUB_FAIL: failure });
    await expectRepair(repair);
  });

  it('type errors in the library are a warning once it is compiled', async () => {
    await clone.setUp();
    clone.write('lib/selfsup/src/index.ts', 'const broken: string = 1;');
    const { status, text } = await clone.setUp({ STUB_FAIL: 'tsc:index.ts(1,7): error TS2322' });
    expect(text).toContain(
      'Warning: Building the library (lib/) failed (index.ts(1,7): error TS2322)',
    );
    expect(status).toBe(0);
    await expectRepair(['tsc']);
  });
});

/** True while a process runs, and is not only remembered until its parent asks. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a set-up that was killed', () => {
  /** Ends set-up with `signal` (a power cut: SIGKILL) while the stub `command` is at work; that ends, too. */
  async function killDuring(
    command: string,
    signal: NodeJS.Signals = 'SIGKILL',
  ): Promise<SetupRun> {
    const child = clone.start({ STUB_SLOW: command });
    const ended = StubClone.end(child);
    const log = join(clone.folder, 'log');
    for (let waited = 0; waited < 200; waited += 1) {
      if (existsSync(`${log}.pid`) && readFileSync(`${log}.pid`, 'utf8').endsWith('\n')) break;
      await sleep(50);
    }
    const pid = Number(readFileSync(`${log}.pid`, 'utf8'));
    expect(isAlive(pid)).toBe(true);
    child.kill(signal);
    const end = await ended;
    for (let waited = 0; waited < 100 && isAlive(pid); waited += 1) await sleep(20);
    expect(isAlive(pid)).toBe(false);
    return end;
  }

  it('while it downloaded: the next run takes over its lock and clears its half away', async () => {
    expect((await killDuring('pip download')).status).toBeNull();
    expect(clone.leftovers()).not.toEqual([]);
    await expectRepair(EVERYTHING.slice(5));
    expect(clone.leftovers()).toEqual([]);
  });

  it('by Ctrl-C: it says so, and its command ends with it', async () => {
    const { status, sentence } = await killDuring('pip install', 'SIGINT');
    expect(sentence).toBe('Set-up was stopped; "npm run setup" goes on from here.');
    expect(status).toBe(130);
    await expectRepair(EVERYTHING.slice(1));
  });

  it('while npm installed', async () => {
    await killDuring('npm ci');
    await expectRepair(EVERYTHING);
  });

  it('while pip installed', async () => {
    await killDuring('pip install');
    await expectRepair(EVERYTHING.slice(1));
  });

  it('while it compiled the binding', async () => {
    await killDuring('c++');
    await expectRepair(EVERYTHING.slice(7));
    expect(clone.leftovers()).toEqual([]);
  });
});
