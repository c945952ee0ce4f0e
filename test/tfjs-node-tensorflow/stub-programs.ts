import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const REPOSITORY = dirname(dirname(__dirname));

const ROLLUP = join(REPOSITORY, 'node_modules', '@rollup');

/** Any native module of this platform: what the stub compiler "compiles". */
export function nativeModule(): string {
  for (const name of readdirSync(ROLLUP)) {
    const file = readdirSync(join(ROLLUP, name)).find((entry) => entry.endsWith('.node'));
    if (file !== undefined) return join(ROLLUP, name, file);
  }
  throw new Error(`No native module in ${ROLLUP}`);
}

/**
 * Programs that behave as the real ones do towards set-up, in milliseconds. Each writes a line to the log of the
 * clone. `STUB_FAIL` says what goes wrong, as `command:what it prints`; `STUB_SLOW` what takes twenty seconds, after it
 * wrote its process number to the log's name with `.pid`.
 */
export const SHELL_PRELUDE = `#!/bin/sh
PATH=/usr/bin:/bin
begin() {
  echo "$1" >> "$STUB_LOG"
  case "$STUB_FAIL" in "$1":*) echo "\${STUB_FAIL#"$1":}" >&2; exit 1 ;; esac
  if [ "$STUB_SLOW" = "$1" ]; then echo $$ > "$STUB_LOG.pid"; sleep 20; fi
}
after() { # the word that follows $1 in the rest
  wanted=$1; shift
  while [ "$1" != "$wanted" ]; do shift; done
  echo "$2"
}
`;

export const NODE_PRELUDE = `#!${process.execPath}
const fs = require('fs'), path = require('path');
const args = process.argv.slice(2);
function begin(name) {
  fs.appendFileSync(process.env.STUB_LOG, name + '\\n');
  const failure = process.env.STUB_FAIL || '';
  if (failure.startsWith(name + ':')) { console.error(failure.slice(name.length + 1)); process.exit(1); }
}
function put(file, text) { fs.mkdirSync(path.dirname(file), { recursive: true }); fs.writeFileSync(file, text); }
`;

/** Of the two stub libraries, as the real unpacking writes them. */
const DIGESTS = JSON.stringify(
  Object.fromEntries(
    ['cc', 'framework'].map((name) => [
      `tensorflow/libtensorflow_${name}.so.2`,
      { size: 8, sha256: createHash('sha256').update('library\n').digest('hex') },
    ]),
  ),
);

export function pythonStub(version: string, venv: string): string {
  return `${SHELL_PRELUDE}
case "$*" in
  *find_spec*) echo "${version} pip ensurepip venv" ;;
  -c*) echo "${version}"; echo "${venv}" ;;
  *"-m venv"*) begin venv; mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
  *"-m pip install"*) begin "pip install"; echo "Collecting jupyterlab" ;;
  *"-m pip download"*)
    dest=$(after --dest "$@"); echo half > "$dest/half.whl"
    begin "pip download"; mv "$dest/half.whl" "$dest/tensorflow.whl" ;;
  *unpack_wheels.py*)
    begin unpack; mkdir -p "$3/tensorflow"
    for name in cc framework; do echo library > "$3/tensorflow/libtensorflow_$name.so.2"; done
    echo '${DIGESTS}' > "$3/files.json" ;;
esac
`;
}

export const COMPILER = `${SHELL_PRELUDE}
begin c++; cp '${nativeModule()}' "$(after -o "$@")"
`;
export const TFJS_INSTALLER = `${NODE_PRELUDE}
begin('tfjs-node installer');
const file = path.join(process.cwd(), 'lib/napi-v8/tfjs_binding.node');
put(file, '');
fs.copyFileSync('${nativeModule()}', file);
`;

/** As much of tfjs-node as multiplies matrices: it needs no binding. */
export const TFJS_NODE = `
const matrix = (values, [rows, columns]) => ({ rows, columns, values, dataSync: () => values });
exports.tensor2d = matrix;
exports.matMul = (a, b) => matrix(Float32Array.from({ length: a.rows * b.columns }, (_, at) => {
  let sum = 0;
  for (let k = 0; k < a.columns; k += 1) {
    sum += a.values[Math.floor(at / b.columns) * a.columns + k] * b.values[k * b.columns + (at % b.columns)];
  }
  return sum;
}), [a.rows, b.columns]);
exports.backend = () => ({ binding: { TF_Version: '2.20.0' }, isUsingGpuDevice: false });
`;
