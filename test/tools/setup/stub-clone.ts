import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import {
  COMPILER,
  NODE_PRELUDE,
  pythonStub,
  SHELL_PRELUDE,
  TFJS_INSTALLER,
  TFJS_NODE,
} from '../../tfjs-node-tensorflow/stub-programs';

const REPOSITORY = dirname(dirname(dirname(__dirname)));
const ENGINE_PACKAGE = join(REPOSITORY, 'lib', 'tfjs-node-tensorflow');

const NPM = `${SHELL_PRELUDE}
begin "npm $1"; rm -rf node_modules; cp -R stub-modules node_modules
cp package-lock.json node_modules/.package-lock.json
`;
const KERNEL = `${NODE_PRELUDE}
begin('kernel install');
const prefix = args[args.indexOf('--prefix') + 1];
for (const name of ['tslab', 'jslab']) {
  put(path.join(prefix, 'share/jupyter/kernels', name, 'kernel.json'),
    JSON.stringify({ argv: [process.execPath, __filename], language: 'typescript' }));
}
`;
const TSC = `${NODE_PRELUDE}
begin('tsc');
put(path.join(process.cwd(), 'lib/selfsup/dist/index.js'), '');
`;
export interface SetupRun {
  readonly status: number | null;
  /** What the user reads. */
  readonly text: string;
  /** The last line of it: the sentence of a failure. */
  readonly sentence: string;
}

/** A clone of the repository whose every outside program is a stub; set-up itself is the real one. */
export class StubClone {
  readonly folder: string;
  readonly root: string;
  readonly cache: string;
  readonly #bin: string;

  constructor() {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'selfsup-setup-')));
    this.root = join(this.folder, 'clone');
    this.cache = join(this.folder, 'cache');
    this.#bin = join(this.folder, 'bin');
    this.#copyRepository();
    this.#putModules();
    this.program('npm', NPM);
    this.python('python3', '3.11');
    this.program('c++', COMPILER);
    this.program('apt-get', SHELL_PRELUDE);
  }

  #copyRepository(): void {
    for (const name of [
      'tools/setup',
      'tools/setup.mjs',
      'tools/requirements.txt',
      'package.json',
    ]) {
      cpSync(join(REPOSITORY, name), join(this.root, name), { recursive: true });
    }
    const packages = { '': {}, 'node_modules/tslab': { version: '1.0.22' } };
    this.write('package-lock.json', JSON.stringify({ packages }));
    this.write('tsconfig.json', '{}');
    this.write('lib/selfsup/tsconfig.json', '{}');
    this.write('lib/selfsup/src/index.ts', 'export {};');
    // The package that set-up calls is the real one, too, compiled from the sources beside this test.
    symlinkSync(ENGINE_PACKAGE, join(this.root, 'lib', 'tfjs-node-tensorflow'));
    this.write('lib/tslab-kernel/src/kernel-spec.ts', 'export {};');
    this.write('lib/tslab-kernel/bin/tslab-kernel.js', KERNEL);
  }

  /** What the stub npm installs. */
  #putModules(): void {
    this.write('stub-modules/tslab/package.json', '{}');
    this.write('stub-modules/typescript/bin/tsc', TSC);
    symlinkSync(ENGINE_PACKAGE, join(this.root, 'stub-modules', 'tfjs-node-tensorflow'));
    for (const name of ['tfjs-node', 'tfjs-node-gpu']) {
      this.write(`stub-modules/@tensorflow/${name}/package.json`, '{ "version": "4.22.0" }');
      this.write(`stub-modules/@tensorflow/${name}/index.js`, TFJS_NODE);
      this.write(`stub-modules/@tensorflow/${name}/binding/tfjs_backend.cc`, '// source');
      this.write(`stub-modules/@tensorflow/${name}/scripts/install.js`, TFJS_INSTALLER);
    }
  }

  write(name: string, text: string): void {
    const file = join(this.root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  program(name: string, text: string): void {
    mkdirSync(this.#bin, { recursive: true });
    writeFileSync(join(this.#bin, name), text);
    chmodSync(join(this.#bin, name), 0o755);
  }

  python(name: string, version: string, venv: 'venv' | 'no venv' = 'venv'): void {
    this.program(name, pythonStub(version, venv));
  }

  compiler(): void {
    this.program('c++', COMPILER);
  }

  remove(name: string): void {
    rmSync(join(this.#bin, name));
  }

  /** The commands the stubs were called with since the last look. */
  calls(): string[] {
    const log = join(this.folder, 'log');
    if (!existsSync(log)) return [];
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    rmSync(log);
    return lines;
  }

  /** The path of a file of this name in the cache. */
  cached(name: string): string {
    const files = readdirSync(this.cache, { recursive: true, encoding: 'utf8' });
    const file = files.find((path) => basename(path) === name);
    if (file === undefined) throw new Error(`No ${name} in ${this.cache}`);
    return join(this.cache, file);
  }

  /** Set-up's own folders and locks in the cache that are not a finished result. */
  leftovers(): string[] {
    return readdirSync(this.cache, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /half|\.lock$/.test(name),
    );
  }

  /** Starts set-up; `overrides` is the source text of what stands in for this machine's properties. */
  start(env: Record<string, string> = {}, overrides = '{}'): ChildProcess {
    const setup = JSON.stringify(join(this.root, 'tools', 'setup.mjs'));
    const script = `
      const { ensureSetup } = await import(${setup});
      try { await ensureSetup({ gpu: false, platform: 'linux', arch: 'x64', ...${overrides} }); }
      catch (error) { if (error.name !== 'SetupError') throw error; console.error(error.message); process.exit(1); }`;
    return spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: this.root,
      env: {
        PATH: this.#bin,
        HOME: join(this.folder, 'home'),
        SELFSUP_CACHE: this.cache,
        STUB_LOG: join(this.folder, 'log'),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async setUp(env?: Record<string, string>, overrides?: string): Promise<SetupRun> {
    return StubClone.end(this.start(env, overrides));
  }

  static async end(child: ChildProcess): Promise<SetupRun> {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      text += chunk;
    });
    const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { status, text, sentence: text.trim().split('\n').at(-1) ?? '' };
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
