// Says whether this machine can run the course, and what to do where it cannot: `npm run doctor`. It changes nothing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freeBytes } from './setup/disk-space.mjs';
import { jupyterEnvironment, tslabKernel } from './setup/jupyter-settings.mjs';
import { libraryBuild, libraryIsCompiled } from './setup/library-build.mjs';
import { nodePackages } from './setup/node-packages.mjs';
import { nodeVersion } from './setup/node-version.mjs';
import { pythonPackages } from './setup/python-environment.mjs';
import { findPython } from './setup/python-interpreter.mjs';
import { setupContext } from './setup/setup-context.mjs';
import { compilerAdvice, findCompilers, tensorFlowBinding } from './setup/tensorflow-binding.mjs';
import {
  tensorFlow,
  tensorFlowBuild,
  tensorFlowFolder,
  tensorFlowVersion,
} from './setup/tensorflow-libraries.mjs';

const SET_UP = 'run "npm run setup"';
const MEGABYTES_TO_WORK = 500;

const context = setupContext();
let missing = 0;

/** One line of the report; `advice` is said, and the report fails, when `ok` is false. */
function line(ok, name, found, advice) {
  if (!ok) missing += 1;
  console.log(`${ok ? '✓' : '✗'} ${name.padEnd(18)} ${found}${ok ? '' : ` → ${advice}`}`);
}

/** Something that may be absent: said, but no failure. */
function remark(name, found) {
  console.log(`· ${name.padEnd(18)} ${found}`);
}

function run(command, args, env = context.env) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: context.root,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { ok: status === 0, stdout: stdout ?? '', stderr: error?.message ?? stderr ?? '' };
}

function lastLine(text) {
  return text.trim().split('\n').at(-1) ?? '';
}

/** A sentence of set-up in place of a value. */
function attempt(work) {
  try {
    return { value: work() };
  } catch (error) {
    return { message: error.message };
  }
}

function checkNode() {
  const advice = 'install Node 22 (nodejs.org, or "nvm install 22")';
  line(nodeVersion.isDone(context), 'Node', context.nodeVersion, advice);
  const installed = nodePackages.isDone(context);
  line(installed, 'Node packages', installed ? 'as locked' : 'not as locked', SET_UP);
  return installed;
}

function checkPython() {
  const python = attempt(() => findPython(context));
  if (python.value === undefined) line(false, 'Python', 'none that serves', python.message);
  else line(true, 'Python', `${python.value.version} (${python.value.program})`);
  if (!pythonPackages.isDone(context)) {
    line(false, 'JupyterLab', 'not installed in .venv', SET_UP);
    return false;
  }
  const { ok, stdout } = run(context.python, [
    '-c',
    'from importlib.metadata import version; print(version("jupyterlab"))',
  ]);
  line(ok, 'JupyterLab', ok ? stdout.trim() : 'does not start', `delete .venv, then ${SET_UP}`);
  return ok;
}

function checkCompiler() {
  const [compiler] = findCompilers(context);
  if (compiler !== undefined) {
    line(true, 'C++ compiler', run(compiler, ['--version']).stdout.split('\n')[0]);
  } else if (tensorFlowBinding.isDone(context)) {
    remark('C++ compiler', 'none; the binding is built, so none is needed now');
  } else {
    line(false, 'C++ compiler', 'none', compilerAdvice(context));
  }
}

const ENGINE_PROBE = `
const { tf } = require('selfsup');
const backend = tf.backend();
tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync();
console.log(JSON.stringify({ version: backend.binding.TF_Version, gpu: backend.isUsingGpuDevice }));
`;

function checkEngine() {
  if (tensorFlowBuild(context) !== undefined) {
    const fetched = tensorFlow.isDone(context);
    const found = fetched ? tensorFlowFolder(context) : `${tensorFlowVersion(context)} not fetched`;
    line(fetched, 'TensorFlow library', found, SET_UP);
  }
  const built = tensorFlowBinding.isDone(context);
  line(built, 'Binding', built ? 'built' : 'not built', SET_UP);
  const compiled = libraryIsCompiled(context);
  if (compiled && !libraryBuild.isDone(context)) {
    remark('Library (lib/)', `sources changed or do not compile cleanly; to see it, ${SET_UP}`);
  } else {
    line(compiled, 'Library (lib/)', compiled ? 'built' : 'not built', SET_UP);
  }
  if (!built || !compiled) return;
  // At log level 0 TensorFlow says whether its oneDNN kernels are on.
  const { ok, stdout, stderr } = run(process.execPath, ['-e', ENGINE_PROBE], {
    ...context.env,
    TF_CPP_MIN_LOG_LEVEL: '0',
  });
  if (!ok) {
    line(false, 'TensorFlow', `does not load: ${lastLine(stderr)}`, SET_UP);
    return;
  }
  const { version, gpu } = JSON.parse(lastLine(stdout));
  line(true, 'TensorFlow', version);
  line(true, 'Device', gpu ? 'GPU' : 'CPU');
  if (context.gpu && !gpu) {
    remark('GPU', 'the NVIDIA driver is loaded, but TensorFlow does not use the GPU');
  }
  const on = /oneDNN custom operations are on/.test(stderr);
  remark('oneDNN', on ? 'on' : 'off (slower on x86; unset TF_ENABLE_ONEDNN_OPTS if it is set)');
}

const KERNEL_PROBE = `
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="tslab", startup_timeout=30)
try:
    reply = client.execute_interactive("1 + 1", timeout=30, output_hook=lambda message: None)
    assert reply["content"]["status"] == "ok", reply["content"]
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
`;

function checkKernel() {
  if (!tslabKernel.isDone(context)) {
    line(false, 'Kernel (tslab)', 'not installed in .venv', SET_UP);
    return;
  }
  const { ok, stderr } = run(context.python, ['-c', KERNEL_PROBE], jupyterEnvironment(context));
  line(ok, 'Kernel (tslab)', ok ? 'starts and answers' : lastLine(stderr), SET_UP);
}

const DATA_PROBE = `
const { findCifar10, defaultDataFolder } = require('cifar10-loader');
const found = findCifar10({ dataDir: defaultDataFolder() });
console.log(found === null ? '' : found.path);
`;

function checkData() {
  if (!libraryIsCompiled(context)) return;
  const { ok, stdout, stderr } = run(process.execPath, ['-e', DATA_PROBE]);
  const absent = 'not on this machine; downloaded when a notebook needs it, or set CIFAR10_DIR';
  if (ok) remark('CIFAR-10', stdout.trim() || absent);
  else {
    const said = /Error: (.*)/.exec(stderr)?.[1] ?? lastLine(stderr);
    line(false, 'CIFAR-10', said, 'correct CIFAR10_DIR, or unset it');
  }
  const artists = ['noto', 'twemoji', 'openmoji', 'fluent-emoji-flat'];
  const present = artists.every((name) =>
    existsSync(join(context.root, 'node_modules', '@iconify-json', name, 'icons.json')),
  );
  line(present, 'Emoji', present ? 'embedded, works offline' : 'drawings missing', SET_UP);
}

function checkDisk() {
  for (const [name, folder] of [
    ['Disk of the course', context.root],
    ['Disk of the cache', context.cache],
  ]) {
    const megabytes = freeBytes(folder) / 1e6;
    const found = `${(megabytes / 1000).toFixed(1)} GB free in ${folder}`;
    line(megabytes >= MEGABYTES_TO_WORK, name, found, `free ${MEGABYTES_TO_WORK} MB`);
  }
}

const packagesInstalled = checkNode();
const jupyterWorks = checkPython();
checkCompiler();
if (packagesInstalled) checkEngine();
if (packagesInstalled && jupyterWorks) checkKernel();
if (packagesInstalled) checkData();
checkDisk();
console.log(
  missing === 0
    ? '\nThe course can run: npm start'
    : `\n${missing} thing${missing === 1 ? '' : 's'} to mend, see → above.`,
);
process.exitCode = missing === 0 ? 0 : 1;
