import type { ArchiveMember } from './archive-member';
import { ArchiveError } from './errors';
import { type ArchiveOptions, walkArchive } from './walk-archive';

/** Options of {@link readArchive}. */
export interface ReadArchiveOptions extends ArchiveOptions {
  /**
   * Whether a member is to be read; it may throw a {@link VerifiedDownloadError} to refuse the archive. The size is
   * what the member claims, and `NaN` for the one file of a `.gz`. Default: all.
   */
  readonly wanted?: (member: ArchiveMember) => boolean;
  /** Bytes that one member may have. Default: 2 GiB. */
  readonly maximumMemberBytes?: number;
}

/** Content that comes in pieces and whose size is not known before. */
class GrowingContent {
  readonly #chunks: Uint8Array[] = [];
  add(chunk: Uint8Array): void {
    this.#chunks.push(Uint8Array.from(chunk));
  }
  whole(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks));
  }
}

/**
 * Reads the wanted files of a `.tar`, `.tar.gz`, `.zip` or `.gz` into memory. Nothing is written, so an archive cannot
 * put a file anywhere, and a damaged one leaves nothing behind. An archive with an entry that leads out of it, a link or
 * a device is refused, and one that unpacks to more than its limits.
 *
 * @returns path in the archive → content. Of two members of one path, the later.
 * @throws ArchiveError, AbortedError
 *
 * @example
 * const files = await readArchive('SST-2.zip', { wanted: ({ path }) => path.endsWith('.tsv') });
 */
export async function readArchive(
  path: string,
  options: ReadArchiveOptions = {},
): Promise<Map<string, Uint8Array>> {
  const { wanted = () => true, maximumMemberBytes = 2 ** 31 } = options;
  const files = new Map<string, Uint8Array>();
  const refuse = (member: ArchiveMember) => {
    throw new ArchiveError({
      reason: 'limit',
      problem: `${path}: its file ${member.path} has more than ${maximumMemberBytes} bytes.`,
      advice: 'Get the archive from the official site, or raise maximumMemberBytes.',
      path,
      entry: member.path,
    });
  };
  await walkArchive(path, options, (member) => {
    if (!wanted(member)) return null;
    if (member.size > maximumMemberBytes) refuse(member);
    const content = new GrowingContent();
    let filled = 0;
    return {
      write(chunk) {
        filled += chunk.length;
        if (filled > maximumMemberBytes) refuse(member);
        content.add(chunk);
      },
      end() {
        files.set(member.path, content.whole());
      },
    };
  });
  return files;
}
