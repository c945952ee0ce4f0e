import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { contentHash } from './content-hash.mjs';
import { requireDiskSpace } from './disk-space.mjs';
import { pythonEnvironment } from './python-environment.mjs';
import { runCommand } from './run-command.mjs';
import { withLock } from './setup-lock.mjs';

/** The wheels that hold TensorFlow's C library. Sizes in MB: what is downloaded, and what stays once unpacked. */
const BUILDS = {
  'linux-x64': { tag: 'manylinux_2_17_x86_64', download: 259, unpacked: 790 },
  'linux-arm64': { tag: 'manylinux_2_17_aarch64', download: 260, unpacked: 850 },
  'darwin-arm64': { tag: 'macosx_12_0_arm64', download: 201, unpacked: 900 },
  'linux-x64-cuda': { tag: 'manylinux_2_17_x86_64', download: 2700, unpacked: 5000 },
};

/** pip's `--platform` takes a list, and NVIDIA's wheels carry older and newer tags than TensorFlow's. */
const MORE_TAGS = {
  'linux-x64-cuda': [
    'manylinux2014_x86_64',
    'manylinux_2_18_x86_64',
    'manylinux_2_27_x86_64',
    'manylinux1_x86_64',
  ],
};

const MEMBERS = [
  'tensorflow/libtensorflow_cc.*',
  'tensorflow/libtensorflow_framework.*',
  'tensorflow/include/tensorflow/c/*.h',
  'tensorflow/include/tensorflow/core/platform/*.h',
  'tensorflow/include/tsl/*.h',
  'tensorflow/include/xla/tsl/*.h',
  // Where the CUDA build looks for them: beside the folder tensorflow.
  'nvidia/*/lib/*',
  'nvidia/cuda_nvcc/bin/*',
  'nvidia/cuda_nvcc/nvvm/*',
];

/** The name of the build for this machine, `undefined` where no wheel has the C library. */
export function tensorFlowBuild(context) {
  const name = `${context.platform}-${context.arch}${context.gpu ? '-cuda' : ''}`;
  return name in BUILDS ? name : undefined;
}

function requirementsFile(context, build) {
  return join(context.root, 'tools', 'setup', 'wheels', `tensorflow-${build}.txt`);
}

/** The version pinned for this machine, for instance `2.20.0`. */
export function tensorFlowVersion(context) {
  const text = readFileSync(
    requirementsFile(context, tensorFlowBuild(context) ?? 'linux-x64'),
    'utf8',
  );
  return /^tensorflow(?:-cpu)?==(\S+)/m.exec(text)[1];
}

/** Where the libraries of this machine's build are, or will be: a folder named after what its wheels hash to. */
export function tensorFlowFolder(context) {
  const build = tensorFlowBuild(context);
  const hash = contentHash(readFileSync(requirementsFile(context, build), 'utf8'), ...MEMBERS);
  return join(
    context.cache,
    `tensorflow-${tensorFlowVersion(context)}-${build}-${hash.slice(0, 8)}`,
  );
}

/** The two shared libraries, in the order the linker wants them. */
export function tensorFlowLibraries(context) {
  const ending = context.platform === 'darwin' ? '.2.dylib' : '.so.2';
  const folder = join(tensorFlowFolder(context), 'tensorflow');
  return [
    join(folder, `libtensorflow_cc${ending}`),
    join(folder, `libtensorflow_framework${ending}`),
  ];
}

function folderBytes(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    try {
      if (entry.isFile()) bytes += statSync(join(entry.parentPath ?? entry.path, entry.name)).size;
    } catch {
      // pip has moved it meanwhile.
    }
  }
  return bytes;
}

async function downloadWheels(context, build, folder) {
  const { tag, download } = BUILDS[build];
  const temporary = join(folder, 'pip');
  mkdirSync(temporary, { recursive: true });
  const watch = setInterval(() => {
    const megabytes = Math.min(download, Math.floor(folderBytes(folder) / 1e6));
    context.report.note(`${megabytes} of ${download} MB downloaded`);
  }, 500);
  try {
    await runCommand(
      context,
      'Downloading TensorFlow',
      context.python,
      [
        ...['-m', 'pip', 'download', '--no-deps', '--require-hashes', '--no-cache-dir'],
        ...['--only-binary=:all:', '--python-version=3.12', '--implementation=cp'],
        ...[tag, ...(MORE_TAGS[build] ?? [])].map((name) => `--platform=${name}`),
        ...['--dest', folder, '-r', requirementsFile(context, build)],
      ],
      // pip writes a file to TMPDIR first; the system's may be small, and progress is read off its size.
      {
        env: { ...pythonEnvironment(context), TMPDIR: temporary, TEMP: temporary, TMP: temporary },
      },
    );
  } finally {
    clearInterval(watch);
  }
}

async function install(context, build, target) {
  const prefix = `${basename(target)}.half-`;
  for (const name of readdirSync(context.cache)) {
    // A set-up that was killed leaves its half behind. The lock is ours: nobody is using it.
    if (name.startsWith(prefix))
      rmSync(join(context.cache, name), { recursive: true, force: true });
  }
  const { download, unpacked } = BUILDS[build];
  requireDiskSpace(context, context.cache, download + unpacked + 100, "TensorFlow's libraries");
  const half = join(context.cache, `${prefix}${process.pid}`);
  const wheels = join(half, 'wheels');
  const content = join(half, 'content');
  try {
    mkdirSync(wheels, { recursive: true });
    mkdirSync(content);
    await downloadWheels(context, build, wheels);
    const script = join(context.root, 'tools', 'setup', 'unpack_wheels.py');
    await runCommand(
      context,
      'Unpacking TensorFlow',
      context.python,
      [script, wheels, content, ...MEMBERS],
      { env: pythonEnvironment(context), onLine: (line) => context.report.note(line) },
    );
    rmSync(target, { recursive: true, force: true });
    renameSync(content, target);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}

export const tensorFlow = {
  describe: "Fetching TensorFlow's libraries",

  isDone(context) {
    if (tensorFlowBuild(context) === undefined) return true;
    const header = join(tensorFlowFolder(context), 'tensorflow/include/tensorflow/c/c_api.h');
    return [header, ...tensorFlowLibraries(context)].every((file) => existsSync(file));
  },

  async run(context) {
    const target = tensorFlowFolder(context);
    await withLock(`${target}.lock`, context.report, async () => {
      if (!this.isDone(context)) await install(context, tensorFlowBuild(context), target);
    });
  },
};
