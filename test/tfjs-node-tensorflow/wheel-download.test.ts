import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { engineContext } from '../../lib/tfjs-node-tensorflow/src/engine-context';
import {
  type TensorFlowBuild,
  tensorFlowBuild,
} from '../../lib/tfjs-node-tensorflow/src/tensorflow-build';
import { downloadWheels } from '../../lib/tfjs-node-tensorflow/src/wheel-download';
import { SHELL_PRELUDE } from './stub-programs';
import { StubProject } from './stub-project';

/** pip download of one requirement: its name is the wheel's name and, with a line end, its content. */
const PIP = `${SHELL_PRELUDE}
dest=$(after --dest "$@"); name=$(sed 's/==.*//' "$(after -r "$@")")
begin "$name"
echo "$name" > "$dest/$name.whl"
`;
const NAMES = ['cublas', 'cudnn', 'tensorflow'];

let project: StubProject;
let folder: string;
let build: TensorFlowBuild;
beforeEach(() => {
  project = new StubProject();
  project.program('python3', PIP);
  folder = join(project.folder, 'wheels');
  mkdirSync(folder);
  const known = tensorFlowBuild(engineContext(project.options())) as TensorFlowBuild;
  const requirements = NAMES.map((name) => {
    const hash = createHash('sha256').update(`${name}\n`).digest('hex');
    return `${name}==1.0 --hash=sha256:${'0'.repeat(64)} --hash=sha256:${hash}`;
  });
  build = { ...known, requirements };
});
afterEach(() => project.delete());

function download(STUB_FAIL = ''): Promise<void> {
  const context = engineContext(project.options({ STUB_FAIL }));
  return downloadWheels(context, build, join(project.bin, 'python3'), folder);
}

it('keeps finished wheels when the download breaks off, and fetches only the others', async () => {
  await expect(download('cudnn:Connection refused')).rejects.toThrow(/check the network/);
  expect(project.calls()).toEqual(['cublas', 'cudnn']);
  await download();
  expect(project.calls()).toEqual(['cudnn', 'tensorflow']);
  expect(readdirSync(folder).sort()).toEqual(NAMES.map((name) => `${name}.whl`));
  await download();
  expect(project.calls()).toEqual([]);
});

it('fetches a wheel again that is cut short, and deletes what nobody asked for', async () => {
  writeFileSync(join(folder, 'cudnn.whl'), 'cud');
  writeFileSync(join(folder, 'numpy.whl'), 'numpy');
  await download();
  expect(project.calls()).toEqual(NAMES);
  expect(readdirSync(folder).sort()).toEqual(NAMES.map((name) => `${name}.whl`));
});

it('has requirements with hashes for every build', () => {
  const machines = [
    ['linux', 'x64', false, 1],
    ['linux', 'arm64', false, 1],
    ['darwin', 'arm64', false, 1],
    ['linux', 'x64', true, 13],
  ] as const;
  for (const [platform, arch, gpu, count] of machines) {
    const context = engineContext({ gpu, machine: { platform, arch } });
    const { requirements, version } = tensorFlowBuild(context) as TensorFlowBuild;
    expect(version).toBe('2.20.0');
    for (const requirement of requirements) {
      expect(requirement).toMatch(/^[a-z0-9-]+==[0-9.]+( --hash=sha256:[0-9a-f]{64})$/);
    }
    expect(requirements).toHaveLength(count);
  }
});
