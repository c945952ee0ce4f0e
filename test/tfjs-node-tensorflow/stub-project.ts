import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { InstallOptions } from '../../lib/tfjs-node-tensorflow/src/options';
import { COMPILER, pythonStub, SHELL_PRELUDE, TFJS_INSTALLER, TFJS_NODE } from './stub-programs';

/** Somebody's project that uses tfjs-node, on a machine whose every program is a stub. */
export class StubProject {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'tfjs-node-tensorflow-')));
  readonly root = join(this.folder, 'project');
  readonly bin = join(this.folder, 'bin');
  cache = join(this.folder, 'cache');

  constructor(packages: readonly string[] = ['tfjs-node']) {
    mkdirSync(this.root);
    for (const name of packages) this.addPackage(name);
    this.program('python3', pythonStub('3.11', 'venv'));
    this.program('c++', COMPILER);
    this.program('apt-get', SHELL_PRELUDE);
  }

  addPackage(name: string): void {
    const folder = `node_modules/@tensorflow/${name}`;
    this.write(`${folder}/package.json`, '{ "version": "4.22.0" }');
    this.write(`${folder}/index.js`, TFJS_NODE);
    this.write(`${folder}/binding/tfjs_backend.cc`, '// source');
    this.write(`${folder}/scripts/install.js`, TFJS_INSTALLER);
  }

  write(name: string, text: string): void {
    const file = join(this.root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  program(name: string, text: string): void {
    mkdirSync(this.bin, { recursive: true });
    writeFileSync(join(this.bin, name), text);
    chmodSync(join(this.bin, name), 0o755);
  }

  remove(name: string): void {
    rmSync(join(this.bin, name));
  }

  get bindingFile(): string {
    return join(this.root, 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node');
  }

  get env(): NodeJS.ProcessEnv {
    return { PATH: this.bin, HOME: join(this.folder, 'home'), STUB_LOG: join(this.folder, 'log') };
  }

  options(env: NodeJS.ProcessEnv = {}, more: InstallOptions = {}): InstallOptions {
    return {
      cwd: this.root,
      cacheDir: this.cache,
      machine: { env: { ...this.env, ...env }, platform: 'linux', arch: 'x64' },
      ...more,
    };
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

  /** What is in the cache and in tfjs-node and is not a finished result. */
  leftovers(): string[] {
    return [this.cache, this.root].flatMap((folder) =>
      existsSync(folder)
        ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
            /half|\.lock$|\.whl$|venv-/.test(name),
          )
        : [],
    );
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
