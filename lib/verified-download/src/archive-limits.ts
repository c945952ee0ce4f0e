import { ArchiveError } from './errors';

/** How much an archive may unpack to. A few kilobytes can be written that unpack to petabytes. */
export interface ArchiveLimits {
  /** Files, folders and links. Default: 20,000. */
  readonly members?: number;
  /** Unpacked bytes of the whole archive. Default: 16 GiB. */
  readonly totalBytes?: number;
  /** Unpacked bytes for each packed one, once more than 16 MiB are unpacked. Default: 200. */
  readonly ratio?: number;
}

const RATIO_FREE_BYTES = 16 * 2 ** 20;

/** Counts what an archive has unpacked to, and ends it where that is too much. @internal */
export class UnpackingMeter {
  readonly #limits: Required<ArchiveLimits>;
  readonly #archive: string;
  #members = 0;

  constructor(archive: string, limits: ArchiveLimits | undefined) {
    this.#archive = archive;
    this.#limits = { members: 20_000, totalBytes: 16 * 2 ** 30, ratio: 200, ...limits };
  }

  /** @throws ArchiveError with reason `limit`. */
  addMember(): void {
    this.#members += 1;
    this.checkMembers(this.#members);
  }

  /** @throws ArchiveError with reason `limit`. */
  checkMembers(count: number): void {
    const { members } = this.#limits;
    if (count > members) throw this.#refuse(`holds more than ${members} files`, 'members');
  }

  /** Compares all bytes unpacked so far with all packed ones read so far. @throws ArchiveError with reason `limit`. */
  checkBytes(unpacked: number, packed: number): void {
    const { totalBytes, ratio } = this.#limits;
    if (unpacked > totalBytes) {
      throw this.#refuse(`unpacks to more than ${totalBytes} bytes`, 'totalBytes');
    }
    if (unpacked > RATIO_FREE_BYTES && unpacked > ratio * packed) {
      throw this.#refuse(`unpacks to more than ${ratio} times its size`, 'ratio');
    }
  }

  #refuse(what: string, limit: keyof ArchiveLimits): ArchiveError {
    return new ArchiveError({
      reason: 'limit',
      problem: `${this.#archive} ${what}, which no archive of this kind does.`,
      advice: `Get the archive again from the official site, or raise limits.${limit} where you know that it is right.`,
      path: this.#archive,
    });
  }
}
