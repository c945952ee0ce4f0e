import { Parser, type ReadEntry } from 'tar';
import type { UnpackingMeter } from './archive-limits';
import { type OnMember, refuseUnsafe } from './archive-member';
import { ArchiveError } from './errors';

const FILE_TYPES: readonly string[] = ['File', 'OldFile', 'ContiguousFile'];
/** Bytes of one member's long name and other properties (PAX headers); real ones have some hundred. */
const MAXIMUM_PROPERTIES = 65_536;

/** Takes a tar apart as its bytes come. @internal */
export class TarReader {
  readonly #parser: Parser;
  #failure: Error | null = null;
  #ended = false;

  constructor(archive: string, meter: UnpackingMeter, onMember: OnMember) {
    const attempt = (work: () => void): void => {
      if (this.#failure !== null) return;
      try {
        work();
      } catch (error) {
        this.#failure = error as Error;
      }
    };
    this.#parser = new Parser({
      strict: true,
      maxMetaEntrySize: MAXIMUM_PROPERTIES,
      onReadEntry: (entry) => {
        attempt(() => {
          meter.addMember();
          take(entry, archive, onMember, attempt);
        });
        entry.resume();
      },
    });
    this.#parser.on('ignoredEntry', (entry: ReadEntry) => {
      if (!entry.meta) return;
      this.#failure ??= new ArchiveError({
        reason: 'limit',
        problem: `${archive} holds a name or properties of ${entry.size} bytes; expected at most ${MAXIMUM_PROPERTIES}.`,
        advice: 'Get the archive from the official site.',
        path: archive,
      });
    });
    this.#parser.on('eof', () => {
      this.#ended = true;
    });
    this.#parser.on('error', (error: Error) => {
      this.#failure ??= error;
    });
  }

  /** @throws ArchiveError, or the parser's own error for a damaged archive. */
  write(chunk: Buffer): void {
    // Two empty blocks end a tar. What follows is padding, which the parser would take apart block by block (40 µs each).
    if (this.#ended) return;
    this.#parser.write(chunk);
    if (this.#failure !== null) throw this.#failure;
  }

  /** @throws as {@link write}. */
  end(): void {
    this.#parser.end();
    if (this.#failure !== null) throw this.#failure;
  }
}

function take(
  entry: ReadEntry,
  archive: string,
  onMember: OnMember,
  attempt: (work: () => void) => void,
): void {
  const isFile = FILE_TYPES.includes(entry.type);
  refuseUnsafe(entry.path, isFile ? 'File' : entry.type, archive);
  if (!isFile) return;
  const sink = onMember({ path: entry.path, size: entry.size });
  if (sink === null) return;
  entry.on('data', (chunk: Buffer) => attempt(() => sink.write(chunk)));
  entry.on('end', () => attempt(() => sink.end()));
}
