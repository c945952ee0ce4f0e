import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Cifar10Error, loadCifar10 } from 'cifar10-loader';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { unpackArchive, VerifiedDownloadError } from 'verified-download';
import { makeArchive, makeTar, SMALL_ARCHIVE } from '../cifar10-loader/synthetic-cifar10';
import { type Damage, damaged, damages } from './byte-damage';
import { type Campaign, failingOnlyWith, Loss } from './campaign';

const MEMBERS: Readonly<Record<string, Buffer>> = {
  'a/one.txt': Buffer.from('one '.repeat(500)),
  'a/b/two.bin': Buffer.from(Array.from({ length: 9000 }, (_, i) => (i * i) % 256)),
  'a/empty': Buffer.alloc(0),
};

interface ArchiveFault {
  readonly archive: 'cifar10-binary' | 'cifar10-python' | 'tar' | 'tar.gz' | 'zip';
  /** Before it is compressed, where it is. */
  readonly inside: boolean;
  readonly damage: Damage[];
}

function archiveOf({ archive, inside, damage }: ArchiveFault): Buffer {
  const entries = Object.entries(MEMBERS).map(([path, content]) => ({ path, content }));
  const plain =
    archive === 'zip'
      ? Buffer.from(zipSync({ ...MEMBERS }))
      : archive.startsWith('cifar10')
        ? gunzipSync(makeArchive(archive === 'cifar10-binary' ? 'binary' : 'python'))
        : makeTar(entries);
  if (archive === 'zip' || archive === 'tar') return damaged(plain, damage);
  return inside ? gzipSync(damaged(plain, damage)) : damaged(gzipSync(plain), damage);
}

/** All files below a folder, their paths from there. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Archives cut and altered, before and after compression: refused in a sentence, and nothing leads out or is left. */
export const damagedArchives: Campaign<ArchiveFault> = {
  kind: 'archives',
  title: 'archives (tar, gzip, zip, CIFAR-10) cut and altered',
  share: 1,
  atOnce: 10,
  faults: fc.record({
    archive: fc.constantFrom<ArchiveFault['archive']>(
      'cifar10-binary',
      'cifar10-python',
      'tar',
      'tar.gz',
      'zip',
    ),
    inside: fc.boolean(),
    damage: damages,
  }),
  prepare: async ({ folder }) => {
    const target = join(folder, 'unpacked');
    const path = join(folder, 'archive.tar.gz');
    const data = join(folder, 'data');
    return {
      inflict: async (fault) => {
        writeFileSync(path, archiveOf(fault));
        rmSync(target, { recursive: true, force: true });
        if (fault.archive.startsWith('cifar10')) {
          mkdirSync(data, { recursive: true });
          const options = {
            dir: path,
            dataDir: data,
            archive: SMALL_ARCHIVE,
            offline: true,
          } as const;
          const { value } = await failingOnlyWith(Cifar10Error, () => loadCifar10(options));
          if (value !== undefined && value.pixels.length !== value.size * 3072) {
            throw new Loss('images of another size');
          }
        } else {
          const { error } = await failingOnlyWith(VerifiedDownloadError, () =>
            unpackArchive(path, target),
          );
          const files = filesBelow(target);
          if (error !== undefined && files.length > 0) throw new Loss('half an archive is left');
          if (fault.archive === 'zip' && error === undefined) assertUnpacked(target, files);
        }
        const outside = filesBelow(folder).filter(
          (file) => file !== path && !file.startsWith(target),
        );
        if (outside.length > 0) throw new Loss(`files outside: ${outside.join(', ')}`);
        if (Object.keys(Object.prototype).length > 0) throw new Loss('Object.prototype is altered');
        return undefined;
      },
      end: async () => undefined,
    };
  },
};

/** A zip has a checksum for each member, so that what is unpacked is what was packed. */
function assertUnpacked(target: string, files: readonly string[]): void {
  const contents = Object.values(MEMBERS);
  for (const file of files) {
    const bytes = readFileSync(file);
    if (!contents.some((content) => content.equals(bytes))) {
      throw new Loss(`${file.slice(target.length)} was unpacked with another content`);
    }
  }
}
