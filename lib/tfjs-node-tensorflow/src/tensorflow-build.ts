import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineContext } from './engine-context';
import { TensorFlowInstallError } from './errors';

/** The wheels that hold TensorFlow's C library for one kind of machine. */
export interface TensorFlowBuild {
  /** For instance `linux-x64`. */
  readonly name: string;
  /** TensorFlow's version, for instance `2.20.0`. */
  readonly version: string;
  /** pip requirements, each with the hashes of its wheels. */
  readonly requirements: readonly string[];
  /** Platform tags of the wheels. */
  readonly tags: readonly string[];
  /** Megabytes that are downloaded, and that stay once unpacked. */
  readonly downloadSize: number;
  readonly unpackedSize: number;
  /** The folder of the cache that holds the libraries, named after what its wheels hash to. */
  readonly folder: string;
  /** The two shared libraries, in the order the linker wants them. */
  readonly libraries: readonly string[];
}

const BUILDS: Readonly<Record<string, { tags: string[]; download: number; unpacked: number }>> = {
  'linux-x64': { tags: ['manylinux_2_17_x86_64'], download: 259, unpacked: 790 },
  'linux-arm64': { tags: ['manylinux_2_17_aarch64'], download: 260, unpacked: 850 },
  'darwin-arm64': { tags: ['macosx_12_0_arm64'], download: 201, unpacked: 900 },
  'linux-x64-cuda': {
    // pip's --platform takes a list, and NVIDIA's wheels carry older and newer tags than TensorFlow's.
    tags: [
      'manylinux_2_17_x86_64',
      'manylinux2014_x86_64',
      'manylinux_2_18_x86_64',
      'manylinux_2_27_x86_64',
      'manylinux1_x86_64',
    ],
    download: 2700,
    unpacked: 5000,
  },
};

/** What is unpacked of the wheels. */
export const MEMBERS = [
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

/** A short SHA-256 over texts: two inputs share it only when they are equal. */
export function contentHash(...texts: string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}\n`).update(text);
  return hash.digest('hex').slice(0, 16);
}

/** The requirements of a file, each on one line; comments are left out. */
function requirementsIn(text: string): string[] {
  return text
    .replaceAll(/^\s*#.*$/gm, '')
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter((line) => line !== '');
}

/** The build for this machine, `undefined` where no wheel has the C library. */
export function tensorFlowBuild(context: EngineContext): TensorFlowBuild | undefined {
  const name = `${context.platform}-${context.arch}${context.gpu ? '-cuda' : ''}`;
  const build = BUILDS[name];
  if (build === undefined) return undefined;
  const text = readFileSync(join(__dirname, '..', 'wheels', `tensorflow-${name}.txt`), 'utf8');
  const [, version = ''] = /^tensorflow(?:-cpu)?==(\S+)/m.exec(text) ?? [];
  const hash = contentHash(text, ...MEMBERS).slice(0, 8);
  const folder = join(context.cacheDir, `tensorflow-${version}-${name}-${hash}`);
  const ending = context.platform === 'darwin' ? '.2.dylib' : '.so.2';
  return {
    name,
    version,
    requirements: requirementsIn(text),
    tags: build.tags,
    downloadSize: build.download,
    unpackedSize: build.unpacked,
    folder,
    libraries: ['libtensorflow_cc', 'libtensorflow_framework'].map((library) =>
      join(folder, 'tensorflow', library + ending),
    ),
  };
}

/** Why there is no build for this machine, and where there is one. */
export function unsupportedPlatform(context: EngineContext): TensorFlowInstallError {
  const what = `TensorFlow has no ${context.gpu ? 'CUDA ' : ''}library for ${context.platform} on ${context.arch}`;
  return context.gpu
    ? new TensorFlowInstallError('platform', what, 'use the CPU, or Linux on an x86-64 processor')
    : new TensorFlowInstallError(
        'platform',
        `${what} that tfjs-node can use`,
        'run it on Linux (on Windows: "wsl --install", then set it up there) or on an Apple-silicon Mac',
      );
}
