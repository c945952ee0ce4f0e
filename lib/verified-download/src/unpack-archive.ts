import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { ArchiveMember, MemberSink } from './archive-member';
import { ArchiveError, errorCode, InvalidOptionError, storageError, storing } from './errors';
import { placeFolder } from './placed-folder';
import { type ArchiveOptions, walkArchive } from './walk-archive';

/** Options of {@link unpackArchive}. */
export interface UnpackArchiveOptions extends ArchiveOptions {
  /**
   * Where a member goes, as a path relative to the folder; `null` where it is not wanted. Default: its path in the
   * archive.
   */
  readonly place?: (member: ArchiveMember) => string | null;
}

/** Failures that come of the names in the archive, not of the disk. */
const NAME_FAULTS: Readonly<Record<string, string>> = {
  EEXIST: 'is there as a file and as a folder',
  ENOTDIR: 'is there as a file and as a folder',
  EISDIR: 'is there as a file and as a folder',
  ENAMETOOLONG: 'has a name that is too long for this file system',
};

function openTarget(target: string, archive: string, entry: string): number {
  try {
    mkdirSync(dirname(target), { recursive: true });
    return openSync(target, 'w');
  } catch (cause) {
    const fault = NAME_FAULTS[errorCode(cause) ?? ''];
    if (fault === undefined) throw storageError(target, 'written', cause);
    const name = entry.length > 200 ? `${entry.slice(0, 200)}…` : entry;
    throw new ArchiveError({
      reason: 'damaged',
      problem: `${archive} cannot be unpacked: its entry "${name}" ${fault}.`,
      advice: 'Get the archive again.',
      path: archive,
      entry,
      cause,
    });
  }
}

/** Writes one member; synchronously, between the chunks of an archive that is read asynchronously. */
function fileSink(target: string, archive: string, entry: string): MemberSink {
  const file = openTarget(target, archive, entry);
  return {
    write(chunk) {
      storing(target, 'written', () => {
        for (let written = 0; written < chunk.length; ) written += writeSync(file, chunk, written);
      });
    },
    end: () => closeSync(file),
  };
}

function targetOf(folder: string, member: ArchiveMember, given: string): string {
  const path = normalize(given);
  if (/^([/\\]|[A-Za-z]:)/.test(path) || path.split(/[/\\]/)[0] === '..') {
    throw new InvalidOptionError(
      'place',
      `place("${member.path}") is "${given}", which leads out of the folder; expected a relative path.`,
    );
  }
  return join(folder, path);
}

/**
 * Unpacks a `.tar`, `.tar.gz`, `.zip` or `.gz` into `folder`, which is whole or not there, see {@link placeFolder}. An
 * archive with an entry that leads out of it, a link or a device is refused, and one that unpacks to more than its
 * limits. Modes, owners and times of the archive are not taken over.
 *
 * @throws ArchiveError, StorageError, InvalidOptionError, AbortedError
 *
 * @example
 * await unpackArchive('wheel.whl', 'lib', { place: ({ path }) => (path.endsWith('.so') ? path : null) });
 */
export async function unpackArchive(
  path: string,
  folder: string,
  options: UnpackArchiveOptions = {},
): Promise<void> {
  const { place = (member: ArchiveMember) => member.path } = options;
  const unfinishedSinks = new Set<MemberSink>();
  await placeFolder(folder, async (unfinished) => {
    try {
      await walkArchive(path, options, (member) => {
        const given = place(member);
        if (given === null) return null;
        const sink = fileSink(targetOf(unfinished, member, given), path, member.path);
        unfinishedSinks.add(sink);
        return {
          write: (chunk) => sink.write(chunk),
          end: () => {
            unfinishedSinks.delete(sink);
            sink.end();
          },
        };
      });
    } finally {
      for (const sink of unfinishedSinks) sink.end();
    }
  });
}
