import { readFileSync } from 'node:fs';
import { KernelStartError } from './kernel-start-error';

/** The five sockets of a kernel, by the names that Jupyter gives them. */
export const CHANNELS = ['shell', 'iopub', 'stdin', 'control', 'hb'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** What a client tells a kernel in its connection file: where to listen, and the secret that signs messages. */
export interface ConnectionInfo {
  readonly transport: 'tcp' | 'ipc';
  /** An address for `tcp`; for `ipc` the beginning of the sockets' paths. */
  readonly ip: string;
  readonly ports: Readonly<Record<ChannelName, number>>;
  /** Empty where messages are not signed. */
  readonly key: string;
  /** The hash of the signatures, for instance `sha256`. */
  readonly hash: string;
}

/** Longest path of a socket: 108 bytes on Linux and 104 on macOS, each with the closing zero. */
const LONGEST_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;

/**
 * Reads and checks a connection file.
 *
 * @throws KernelStartError when it cannot be read, or what it says cannot be followed
 * @see https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files
 */
export function readConnectionFile(file: string): ConnectionInfo {
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new KernelStartError(
      `The connection file ${file} cannot be read (${(error as Error).message}); Jupyter writes one for each kernel it starts.`,
    );
  }
  const { transport = 'tcp', ip, key = '', signature_scheme: scheme = 'hmac-sha256' } = given;
  if (transport !== 'tcp' && transport !== 'ipc') {
    throw new KernelStartError(
      `The connection file ${file} asks for the transport "${transport}"; expected "tcp" or "ipc".`,
    );
  }
  if (typeof ip !== 'string' || typeof key !== 'string') {
    throw new KernelStartError(`The connection file ${file} lacks "ip" or "key" as text.`);
  }
  const hash = /^hmac-(\w+)$/.exec(String(scheme))?.[1];
  if (hash === undefined) {
    throw new KernelStartError(
      `The connection file ${file} asks for the signature scheme "${scheme}"; expected "hmac-sha256" or another "hmac-…".`,
    );
  }
  const ports = {} as Record<ChannelName, number>;
  for (const name of CHANNELS) {
    const port = given[`${name}_port`];
    if (!Number.isInteger(port)) {
      throw new KernelStartError(`The connection file ${file} lacks the number "${name}_port".`);
    }
    ports[name] = port as number;
  }
  return { transport, ip, ports, key, hash };
}

/**
 * The address of one socket, as ZeroMQ writes it.
 *
 * @throws KernelStartError when the path of an `ipc` socket is longer than the system allows
 */
export function socketAddress({ transport, ip, ports }: ConnectionInfo, name: ChannelName): string {
  if (transport === 'tcp') return `tcp://${ip}:${ports[name]}`;
  const path = `${ip}-${ports[name]}`;
  const bytes = Buffer.byteLength(path);
  if (bytes > LONGEST_SOCKET_PATH) {
    throw new KernelStartError(
      `The socket ${path} has a path of ${bytes} bytes and the system allows ${LONGEST_SOCKET_PATH}; ` +
        'give Jupyter a shorter folder in JUPYTER_RUNTIME_DIR.',
    );
  }
  return `ipc://${path}`;
}
