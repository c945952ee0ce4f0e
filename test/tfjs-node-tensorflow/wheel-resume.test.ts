import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineContext } from '../../lib/tfjs-node-tensorflow/src/engine-context';
import { findPython } from '../../lib/tfjs-node-tensorflow/src/python';
import {
  type TensorFlowBuild,
  tensorFlowBuild,
} from '../../lib/tfjs-node-tensorflow/src/tensorflow-build';
import { downloadWheels } from '../../lib/tfjs-node-tensorflow/src/wheel-download';
import { PipOutput } from '../../lib/tfjs-node-tensorflow/src/wheel-transfer';
import { PackageIndex } from './package-index';

describe('a download with the real pip, from an index on this machine', () => {
  const index = new PackageIndex();
  let folder: string;
  let build: TensorFlowBuild;
  const env = (): NodeJS.ProcessEnv => ({
    ...process.env,
    PIP_CONFIG_FILE: '/dev/null',
    PIP_INDEX_URL: index.url,
    PIP_EXTRA_INDEX_URL: '',
    PIP_FIND_LINKS: '',
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
  });

  beforeEach(async () => {
    await index.start();
    index.requests.length = 0;
    folder = mkdtempSync(join(tmpdir(), 'wheel-resume-'));
    mkdirSync(join(folder, 'wheels'));
    const context = engineContext({ machine: { platform: 'linux', arch: 'x64' } });
    const sha256 = createHash('sha256').update(index.wheel).digest('hex');
    build = {
      ...(tensorFlowBuild(context) as TensorFlowBuild),
      requirements: [`${index.project}==2.20.0 --hash=sha256:${sha256}`],
    };
  });
  afterEach(() => {
    index.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function download(): Promise<void> {
    const machine = { env: env(), platform: 'linux', arch: 'x64' } as const;
    const context = engineContext({ cacheDir: folder, machine });
    const python = await findPython(context);
    await downloadWheels(context, build, python.program, join(folder, 'wheels'));
  }
  const wheel = (): string => join(folder, 'wheels', index.fileName);

  it('goes on where an earlier process was cut off', async () => {
    index.behaviour = 'break off';
    await expect(download()).rejects.toThrow(
      /^Downloading TensorFlow broke off \(.*\); check the network, then run ".*" again: it goes on from where it was\.$/,
    );
    expect(existsSync(wheel())).toBe(false);
    expect(index.requests[0]).toEqual(['pip', 0]);
    expect(index.requests[1]).toEqual(['tfjs-node-tensorflow', 0]);
    index.behaviour = 'serve';
    index.requests.length = 0;
    await download();
    expect(index.requests).toEqual([
      ['pip', 0],
      ['tfjs-node-tensorflow', 1_000_000],
    ]);
    expect(readFileSync(wheel()).equals(index.wheel)).toBe(true);
    expect(readdirSync(join(folder, 'wheels'))).toEqual([index.fileName]);
  });

  it("is pip's where the network lets only pip through", async () => {
    index.behaviour = 'refuse others than pip';
    // pip looks into the wheel, which is none; that it fetched it to the end is what counts.
    await expect(download()).rejects.toThrow(/Downloading TensorFlow failed/);
    expect(index.requests.map(([who]) => who)).toEqual(['pip', 'tfjs-node-tensorflow', 'pip']);
  });
});

describe("pip's output", () => {
  const name = 'tensorflow_cpu-2.20.0+x-cp312-cp312-manylinux_2_17_x86_64.whl';
  const url = `https://index.test/packages/62/${name.replace('+', '%2B')}`;

  it('gives the address of the wheel that is being fetched, alone', () => {
    const output = new PipOutput();
    expect(
      [
        '  Found link https://index.test/a-1.0-py3-none-any.whl (from https://index.test/a/), version: 1.0',
        `  Found link ${url}#sha256=00 (from https://index.test/simple/) (requires-python:>=3.9), version: 2.20.0`,
        'Collecting tensorflow-cpu==2.20.0',
        '  Created temporary directory: /tmp/pip-unpack',
      ].map((line) => output.read(line)),
    ).toEqual([undefined, undefined, undefined, undefined]);
    expect(output.read('  Downloading other-1.0-py3-none-any.whl (1 kB)')).toBeUndefined();
    expect(output.read(`  Downloading ${name} (259.0 MB)`)).toEqual({ url, fileName: name });
    expect(output.read(`Downloading https://mirror.test/x/${name} (259.0 MB)`)).toEqual({
      url,
      fileName: name,
    });
  });

  it('gives none that holds a password pip does not print', () => {
    const output = new PipOutput();
    output.read(
      '  Found link https://me:****@index.test/a-1.0-py3-none-any.whl (from x), version: 1',
    );
    expect(output.read('  Downloading a-1.0-py3-none-any.whl (1 kB)')).toBeUndefined();
  });
});
