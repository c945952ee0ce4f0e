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
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const REPOSITORY = dirname(dirname(dirname(__dirname)));
const ROLLUP = join(REPOSITORY, 'node_modules', '@rollup');

/** Any native module of this platform: what the stub compiler "compiles". */
function nativeModule(): string {
  for (const name of readdirSync(ROLLUP)) {
    const file = readdirSync(join(ROLLUP, name)).find((entry) => entry.endsWith('.node'));
    if (file !== undefined) return join(ROLLUP, name, file);
  }
  throw new Error(`No native module in ${ROLLUP}`);
}

/**
 * Programs that behave as the real ones do towards set-up, in milliseconds. Each writes a line to the log of the
 * clone. `STUB_FAIL` says what goes wrong, as `command:what it prints`; `STUB_SLOW` what takes ten seconds, or until
 * set-up is gone.
 */
const SHELL_PRELUDE = `#!/bin/sh
PATH=/usr/bin:/bin
begin() {
  echo "$1" >> "$STUB_LOG"
  case "$STUB_FAIL" in "$1":*) echo "\${STUB_FAIL#"$1":}" >&2; exit 1 ;; esac
  if [ "$STUB_SLOW" = "$1" ]; then
    i=0
    while [ $i -lt 200 ]; do kill -0 $PPID 2>/dev/null || exit 1; sleep 0.05; i=$((i + 1)); done
  fi
}
after() { # the word that follows $1 in the rest
  wanted=$1; shift
  while [ "$1" != "$wanted" ]; do shift; done
  echo "$2"
}
`;

const NODE_PRELUDE = `#!${process.execPath}
const fs = require('fs'), path = require('path');
const args = process.argv.slice(2);
function begin(name) {
  fs.appendFileSync(process.env.STUB_LOG, name + '\\n');
  const failure = process.env.STUB_FAIL || '';
  if (failure.startsWith(name + ':')) { console.error(failure.slice(name.length + 1)); process.exit(1); }
}
function put(file, text) { fs.mkdirSync(path.dirname(file), { recursive: true }); fs.writeFileSync(file, text); }
`;

function pythonStub(version: string, venv: string): string {
  return `${SHELL_PRELUDE}
case "$*" in
  -c*) echo "${version}"; echo "${venv}" ;;
  *"-m venv"*) begin venv; mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
  *"-m pip install"*) begin "pip install"; echo "Collecting jupyterlab" ;;
  *"-m pip download"*)
    dest=$(after --dest "$@"); echo half > "$dest/half.whl"
    begin "pip download"; mv "$dest/half.whl" "$dest/tensorflow.whl" ;;
  *unpack_wheels.py*)
    begin unpack; mkdir -p "$3/tensorflow/include/tensorflow/c"
    echo header > "$3/tensorflow/include/tensorflow/c/c_api.h"
    for name in cc framework; do echo library > "$3/tensorflow/libtensorflow_$name.so.2"; done ;;
esac
`;
}

const COMPILER = `${SHELL_PRELUDE}
begin c++; cp '${nativeModule()}' "$(after -o "$@")"
`;
const NPM = `${SHELL_PRELUDE}
begin "npm $1"; rm -rf node_modules; cp -R stub-modules node_modules
cp package-lock.json node_modules/.package-lock.json
`;
const TSLAB = `${NODE_PRELUDE}
begin('tslab install');
const prefix = path.dirname(path.dirname(args.find((arg) => arg.startsWith('--python=')).slice(9)));
const binary = args.find((arg) => arg.startsWith('--binary=')).slice(9);
for (const name of ['tslab', 'jslab']) {
  put(path.join(prefix, 'share/jupyter/kernels', name, 'kernel.json'),
    JSON.stringify({ argv: [binary, 'kernel', '--config-path', '{connection_file}'], language: 'typescript' }));
}
`;
const TSC = `${NODE_PRELUDE}
begin('tsc');
put(path.join(process.cwd(), 'lib/selfsup/dist/index.js'), '');
`;
const TFJS_INSTALLER = `${NODE_PRELUDE}
begin('tfjs-node installer');
const file = path.join(process.cwd(), 'lib/napi-v8/tfjs_binding.node');
put(file, '');
fs.copyFileSync('${nativeModule()}', file);
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
  }

  /** What the stub npm installs. */
  #putModules(): void {
    this.write('stub-modules/tslab/bin/tslab', TSLAB);
    this.write('stub-modules/typescript/bin/tsc', TSC);
    this.write('stub-modules/node-api-headers/package.json', '{}');
    for (const name of ['tfjs-node', 'tfjs-node-gpu']) {
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
