import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { makeTar } from '../cifar10-loader/synthetic-cifar10';
import { type Campaign, Loss, RawError } from './campaign';
import { HostileServer } from './hostile-server';

const PROGRAM = join(__dirname, 'programs', 'storage.cjs');
const OPERATIONS = ['checkpoint', 'download', 'unpacking', 'emoji'] as const;
const OBSTACLES = [
  ...(['full disk', 'limit of size', 'read-only folder', 'folder of that name'] as const),
  ...(['file in place of the folder', 'link to nowhere'] as const),
];
/** Of the disk in memory, in KB. */
const DISK = 512;

interface StorageFault {
  readonly operation: (typeof OPERATIONS)[number];
  readonly obstacle: (typeof OBSTACLES)[number];
  /** KB that are left, or that a file may have. */
  readonly room: number;
}

interface Attempt {
  readonly ok: boolean;
  readonly expected?: boolean;
  readonly name?: string;
  readonly message?: string;
}

interface Told {
  readonly first: Attempt;
  readonly second?: Attempt;
  /** Temporary files that were left by the failure. */
  readonly left: readonly string[];
  readonly lost?: string;
}

/** How to start a program that has mounts of its own; undefined where this user may not. */
function ownMounts(): string[] | undefined {
  return [
    ['unshare', '-m'],
    ['unshare', '-rm'],
  ].find(([program = '', ...args]) => {
    const mount = ['sh', '-c', 'mount -t tmpfs -o size=64k tmpfs /tmp'];
    return spawnSync(program, [...args, ...mount]).status === 0;
  });
}

/** The command line that runs the program where it meets the obstacle. */
function commandFor({ obstacle, room }: StorageFault, mounts: string[] | undefined): string[] {
  const run = 'exec "$@"';
  if (obstacle === 'full disk' && mounts !== undefined) {
    const disk = `mount -t tmpfs -o size=${DISK}k tmpfs "$FOLDER" && ${run}`;
    return [...mounts, 'sh', '-c', disk, 'sh'];
  }
  if (obstacle === 'read-only folder' && mounts !== undefined) {
    const bind = 'mount --bind "$FOLDER" "$FOLDER" && mount -o remount,ro,bind "$FOLDER"';
    return [...mounts, 'sh', '-c', `${bind} && ${run}`, 'sh'];
  }
  // In blocks of 512 bytes.
  if (obstacle === 'limit of size') return ['sh', '-c', `ulimit -f ${room * 2}; ${run}`, 'sh'];
  return [];
}

async function run(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Told> {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const line = stdout.trim().split('\n').at(-1) ?? '';
  if (status !== 0 || !line.startsWith('{')) {
    throw new RawError(`the program ended with status ${status}: ${stderr.slice(-600)}`);
  }
  return JSON.parse(line) as Told;
}

function judge({ obstacle, operation }: StorageFault, { first, second, left, lost }: Told): void {
  for (const attempt of [first, second]) {
    if (attempt === undefined || attempt.ok) continue;
    const { expected = false, name, message = '' } = attempt;
    if (!expected || !/\s\S+\s\S+/.test(message)) {
      throw new RawError(`${operation}, ${obstacle}: ${name}: ${message}`);
    }
  }
  if (lost !== undefined) throw new Loss(`${operation}, ${obstacle}: ${lost}`);
  if (left.length > 0) throw new Loss(`${operation}, ${obstacle}: left ${left.join(', ')}`);
  if (second?.ok === false) {
    throw new Loss(`${operation}, ${obstacle} removed, still fails: ${second.message}`);
  }
}

/** Disks that are full, files that may not grow, folders that are read-only or something else. */
export const storageFaults: Campaign<StorageFault> = {
  kind: 'storage',
  title: 'full disks, read-only and obstructed folders',
  share: 2,
  atOnce: 1,
  faults: fc.record({
    operation: fc.constantFrom(...OPERATIONS),
    obstacle: fc.constantFrom(...OBSTACLES),
    // The last kilobytes are where a lock or a header no longer fits.
    room: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 150 })),
  }),
  prepare: async ({ folder }) => {
    const mounts = ownMounts();
    const content = Buffer.from(
      Array.from({ length: 100_000 }, (_, i) => (i * i + (i >> 7)) % 251),
    );
    const server = new HostileServer(content);
    const url = await server.listen();
    const sha256 = createHash('sha256').update(content).digest('hex');
    const archive = join(folder, 'archive.tar.gz');
    const members = ['one', 'two', 'three'].map((path) => ({
      path,
      content: content.subarray(0, 40_000),
    }));
    writeFileSync(archive, gzipSync(makeTar(members)));
    return {
      inflict: async (given) => {
        const needsMounts = ['full disk', 'read-only folder'].includes(given.obstacle);
        const obstacle = needsMounts && mounts === undefined ? 'limit of size' : given.obstacle;
        const fault = { ...given, obstacle };
        const place = join(mkdtempSync(join(folder, 's-')), 'work');
        mkdirSync(place);
        server.behave([]);
        const program = [
          PROGRAM,
          fault.operation,
          obstacle,
          place,
          `${fault.room}`,
          url,
          sha256,
          archive,
        ];
        const told = await run([...commandFor(fault, mounts), process.execPath, ...program], {
          FOLDER: place,
        });
        judge(fault, told);
        rmSync(join(place, '..'), { recursive: true, force: true });
        return undefined;
      },
      end: () => server.close(),
    };
  },
};
