import { ArchiveError } from './errors';

/** A plain file in an archive. */
export interface ArchiveMember {
  /** As written in the archive, with `/` between folders: `cifar-10-batches-bin/data_batch_1.bin`. */
  readonly path: string;
  /** Bytes that it unpacks to. */
  readonly size: number;
}

/** Receives the content of one member. */
export interface MemberSink {
  write(chunk: Uint8Array): void;
  end(): void;
}

/** Says where the content of a member goes; `null` where it is not wanted. */
export type OnMember = (member: ArchiveMember) => MemberSink | null;

/**
 * Refuses a member that has no business in an archive of data.
 *
 * @internal
 * @param kind `File` or `Directory`, or what else it is: `SymbolicLink`.
 * @throws ArchiveError with reason `unsafe`.
 */
export function refuseUnsafe(entry: string, kind: string, archive: string): void {
  const leadsOut = /^([/\\]|[A-Za-z]:)/.test(entry) || entry.split(/[/\\]/).includes('..');
  const fault = leadsOut
    ? 'leads out of the archive'
    : entry.includes('\0')
      ? 'has a name with a null character'
      : kind !== 'File' && kind !== 'Directory'
        ? `is a ${kind}`
        : null;
  if (fault === null) return;
  throw new ArchiveError({
    reason: 'unsafe',
    problem: `${archive} was refused: its entry "${entry}" ${fault}; expected plain files and folders only.`,
    advice: 'Get the archive from the official site.',
    path: archive,
    entry,
  });
}
