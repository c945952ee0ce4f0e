// Says whether this machine can run the course, and what to do where it cannot: `npm run doctor`. It changes nothing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loginUsers } from './doctor/login-users.mjs';
import { kernelFolders, stockKernels } from './doctor/stock-kernels.mjs';
import { counted } from './setup/counted.mjs';
import { freeBytes } from './setup/disk-space.mjs';
import { findProgram } from './setup/find-program.mjs';
import { jupyterEnvironment, tslabKernel } from './setup/jupyter-settings.mjs';
import { libraryBuild, libraryIsCompiled } from './setup/library-build.mjs';
import { mendingCommand } from './setup/mending-command.mjs';
import { helpOrNothing } from './setup/no-options.mjs';
import { nodePackages } from './setup/node-packages.mjs';
import { nodeVersion } from './setup/node-version.mjs';
import { pythonPackages } from './setup/python-environment.mjs';
import { findPython } from './setup/python-interpreter.mjs';
import { setupContext } from './setup/setup-context.mjs';
import { engineOptions, enginePackage, enginePackageIsReady } from './setup/tensorflow-engine.mjs';
import { resolveTypedPaths } from './setup/typed-paths.mjs';

helpOrNothing(`Says whether this machine can run the course, and what to do where it cannot. It changes nothing.

  npm run doctor

  ✓   as it should be
  ·   for your information
  !   works, but should be changed
  ✗   has to be fixed; what to do stands after →

It ends with status 1 where something has to be fixed.`);

const SET_UP = 'run "npm run setup"';
const MEGABYTES_TO_WORK = 500;

resolveTypedPaths(process.env);
const context = setupContext();
let missing = 0;

/** One line of the report; `advice` is said, and the report fails, when `ok` is false. */
function line(ok, name, found, advice) {
  if (!ok) missing += 1;
  console.log(`${ok ? '✓' : '✗'} ${name.padEnd(20)} ${found}${ok ? '' : ` → ${advice}`}`);
}

/** Something that may be absent: said, but no failure. */
function remark(name, found) {
  console.log(`· ${name.padEnd(20)} ${found}`);
}

/** Something that works, and should be changed all the same. */
function warning(name, found, advice) {
  console.log(`! ${name.padEnd(20)} ${found} → ${advice}`);
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

/**
 * A sentence of set-up in place of a value.
 *
 * @template Value
 * @param {() => Value} work
 * @returns {{ value: Value, message?: undefined } | { value?: undefined, message: string }}
 */
function attempt(work) {
  try {
    return { value: work() };
  } catch (error) {
    return { message: /** @type {Error} */ (error).message };
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

function checkLibrary() {
  const compiled = libraryIsCompiled(context);
  if (compiled && !libraryBuild.isDone(context)) {
    remark('Library (lib/)', `sources changed or do not compile cleanly; to see it, ${SET_UP}`);
  } else {
    line(compiled, 'Library (lib/)', compiled ? 'built' : 'not built', SET_UP);
  }
}

/** Before the package that installs TensorFlow is there to look for itself. */
function checkCompiler() {
  const names = context.env.CXX ? [context.env.CXX] : ['c++', 'g++', 'clang++'];
  const compiler = names.map((name) => findProgram(context, name)).find((path) => path);
  const packages = {
    'apt-get': 'g++',
    dnf: 'gcc-c++',
    zypper: 'gcc-c++',
    pacman: 'gcc',
    apk: 'g++',
  };
  const advice = mendingCommand(context, packages, 'install g++ or clang++');
  line(compiler !== undefined, 'C++ compiler', compiler ?? 'none', advice);
}

/** What the package that installs TensorFlow finds; Node and Python are looked at above, by what the course needs. */
async function checkEngine() {
  if (!enginePackageIsReady(context)) {
    checkCompiler();
    line(false, 'TensorFlow', 'not installed', SET_UP);
    return;
  }
  for (const { subject, title, state, found, fix } of await enginePackage(context).doctor(
    engineOptions(context),
  )) {
    if (subject === 'node' || subject === 'python') continue;
    if (state === 'note') remark(title, found);
    else line(state === 'ok', title, found, fix);
  }
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

/** The course does not use them; whoever opens JupyterLab in another way does. */
function checkStockKernels() {
  const found = stockKernels(kernelFolders(context.env, context.platform));
  const people = loginUsers(context.platform);
  if (found.length === 0 || people.length < 2) return;
  warning(
    'Kernel elsewhere',
    `${found.join(', ')} starts tslab as published, and ${people.length} people may log in here: any of them can run code in ` +
      'its kernels',
    'replace it: "npx tslab-kernel install --user" (or --prefix FOLDER), and start notebooks with npm start',
  );
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
  const megabytes = freeBytes(context.root) / 1e6;
  const found = `${(megabytes / 1000).toFixed(1)} GB free in ${context.root}`;
  const ok = megabytes >= MEGABYTES_TO_WORK;
  line(ok, 'Disk of the course', found, `free ${MEGABYTES_TO_WORK} MB`);
}

const packagesInstalled = checkNode();
const jupyterWorks = checkPython();
if (packagesInstalled) checkLibrary();
await checkEngine();
if (packagesInstalled && jupyterWorks) checkKernel();
checkStockKernels();
if (packagesInstalled) checkData();
checkDisk();
console.log(
  missing === 0
    ? '\nThe course can run: npm start'
    : `\n${counted(missing, 'thing')} to fix, see → above.`,
);
process.exitCode = missing === 0 ? 0 : 1;
