import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findCompilers } from '../../lib/tfjs-node-tensorflow/src/compiler';
import { engineContext } from '../../lib/tfjs-node-tensorflow/src/engine-context';
import { tensorFlowBuild } from '../../lib/tfjs-node-tensorflow/src/tensorflow-build';
import { librariesAreReady } from '../../lib/tfjs-node-tensorflow/src/tensorflow-libraries';

import { exampleOf } from '../../tools/test/readme-example.mjs';

const MODULES = join(__dirname, '..', '..', 'node_modules');
const SETUP_CONTEXT: string = '../../tools/setup/setup-context.mjs';

/** The course's cache folder, as its set-up finds it. */
async function courseCache(): Promise<string> {
  const module = (await import(SETUP_CONTEXT)) as { setupContext: () => { cache: string } };
  return module.setupContext().cache;
}

/** Why the real installation cannot be tried here, `undefined` when it can. */
function obstacle(cacheDir: string): string | undefined {
  const context = engineContext({ cacheDir });
  const build = tensorFlowBuild(context);
  if (build === undefined) return `no TensorFlow for ${process.platform} on ${process.arch}`;
  if (!librariesAreReady(build)) return `${build.folder} is not there: 260 MB would be fetched`;
  return findCompilers(context).length === 0 ? 'there is no C++ compiler' : undefined;
}

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'real-install-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Links all entries of a folder of packages but one, so that nothing of this clone is written. */
function linkPackages(from: string, to: string, except: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== except) symlinkSync(join(from, name), join(to, name));
  }
}

/** The first program of the package's README. */
function readmeProgram(): string {
  const { source } = exampleOf(join(MODULES, 'tfjs-node-tensorflow', 'README.md'));
  expect(source).toContain('tf.matMul');
  return source;
}

async function run(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  return stdout;
}

it('gives a project, in a folder with a comma and a space, a TensorFlow that multiplies', async (test) => {
  const cache = await courseCache();
  const reason = obstacle(cache);
  if (reason !== undefined) return test.skip(`Not tried: ${reason}`);

  const project = join(folder, 'my, project');
  const modules = join(project, 'node_modules');
  linkPackages(MODULES, modules, '@tensorflow');
  linkPackages(join(MODULES, '@tensorflow'), join(modules, '@tensorflow'), 'tfjs-node');
  const tfjsNode = join(modules, '@tensorflow', 'tfjs-node');
  cpSync(join(MODULES, '@tensorflow', 'tfjs-node'), tfjsNode, {
    recursive: true,
    filter: (file) => !file.startsWith(join(MODULES, '@tensorflow', 'tfjs-node', 'lib')),
  });
  const linkedCache = join(folder, 'cache, too');
  symlinkSync(cache, linkedCache);

  const command = join(modules, 'tfjs-node-tensorflow', 'bin', 'tfjs-node-tensorflow.js');
  const said = await run(project, command, 'install', '--cache-dir', linkedCache);
  expect(said).toMatch(/tfjs-node computes with TensorFlow 2\.\d+\.\d+ on the CPU\./);
  expect(existsSync(join(tfjsNode, 'lib', 'napi-v8', 'tfjs_binding.node'))).toBe(true);

  expect(await run(project, '-e', readmeProgram())).toMatch(/\[\[3, 3\],\s*\[3, 3\]\]/);
  const module = `
    import 'tfjs-node-tensorflow/node-compatibility';
    import * as tf from '@tensorflow/tfjs-node';
    tf.zeros([2]).print();`;
  expect(await run(project, '--input-type=module', '-e', module)).toContain('[0, 0]');
  const report = await run(project, command, 'doctor', '--cache-dir', linkedCache);
  expect(report).toMatch(/tfjs-node is ready\.\n$/);
  expect(report).not.toContain('✗');
}, 180_000);
