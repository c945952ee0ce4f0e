import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { computeDigests, readDigests } from '../../lib/tfjs-node-tensorflow/src/file-digests';

const ROOT = join(__dirname, '..', '..');
const PYTHON = process.env.PYTHON || 'python3';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'selfsup-wheels-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function python(...args: string[]): string {
  return execFileSync(PYTHON, args, { cwd: folder, encoding: 'utf8' });
}

it('unpacks what the patterns name, with the right to execute, and nothing else', () => {
  python(
    '-c',
    `
import zipfile
with zipfile.ZipFile("a.whl", "w") as wheel:
    wheel.writestr("tensorflow/libtensorflow_cc.so.2", "library")
    wheel.writestr("tensorflow/include/tensorflow/c/eager/c_api.h", "header")
    wheel.writestr("tensorflow/python/model.py", "not wanted")
with zipfile.ZipFile("b.whl", "w") as wheel:
    tool = zipfile.ZipInfo("nvidia/cuda_nvcc/bin/ptxas")
    tool.external_attr = 0o755 << 16
    wheel.writestr(tool, "program")
`,
  );
  const output = python(
    join(ROOT, 'lib/tfjs-node-tensorflow/programs/unpack_wheels.py'),
    ...[folder, 'out', 'tensorflow/libtensorflow_cc.*', 'tensorflow/include/tensorflow/c/*.h'],
    'nvidia/*/bin/*',
  );
  const files = readdirSync(join(folder, 'out'), { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, 'out', name)).isFile())
    .sort();
  expect(files).toEqual([
    'files.json',
    'nvidia/cuda_nvcc/bin/ptxas',
    'tensorflow/include/tensorflow/c/eager/c_api.h',
    'tensorflow/libtensorflow_cc.so.2',
  ]);
  expect(readFileSync(join(folder, 'out', files[3] as string), 'utf8')).toBe('library');
  expect(statSync(join(folder, 'out', files[1] as string)).mode & 0o111).toBe(0o111);
  expect(output.trim().split('\n')).toHaveLength(3);
  expect(readDigests(join(folder, 'out'))).toEqual(computeDigests(join(folder, 'out')));
});

it('refuses a wheel whose member leads out of its folder', () => {
  python(
    '-c',
    `
import zipfile
with zipfile.ZipFile("a.whl", "w") as wheel:
    wheel.writestr("tensorflow/../../out.h", "out")
`,
  );
  const script = join(ROOT, 'lib/tfjs-node-tensorflow/programs/unpack_wheels.py');
  expect(() => python(script, folder, 'out', 'tensorflow/*.h')).toThrow(/leads out of its folder/);
});
