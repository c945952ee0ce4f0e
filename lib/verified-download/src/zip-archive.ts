import type { Readable } from 'node:stream';
import { type Entry, fromFd, type ZipFile } from 'yauzl';
import type { UnpackingMeter } from './archive-limits';
import { type MemberSink, type OnMember, refuseUnsafe } from './archive-member';
import { crc32 } from './crc32';

const FILE_TYPE_MASK = 0o170000;
/** Not as keys of an object: Biome 2.6 rewrites octal keys to other numbers. */
const FILE_TYPES: ReadonlyMap<number, string> = new Map([
  [0o010000, 'FIFO'],
  [0o020000, 'CharacterDevice'],
  [0o060000, 'BlockDevice'],
  [0o120000, 'SymbolicLink'],
  [0o140000, 'Socket'],
]);

/** What a member is; Unix archivers keep the file's mode in the upper half of the external attributes. */
function kindOf({ fileName, externalFileAttributes }: Entry): string {
  const mode = (externalFileAttributes >>> 16) & FILE_TYPE_MASK;
  return FILE_TYPES.get(mode) ?? (fileName.endsWith('/') ? 'Directory' : 'File');
}

function openZip(fd: number): Promise<ZipFile> {
  // Names are judged by refuseUnsafe, like those of a tar; as bytes, yauzl leaves them alone.
  const options = { lazyEntries: true, autoClose: false, decodeStrings: false };
  return new Promise((resolve, reject) => {
    fromFd(fd, options, (error, zip) => (error === null ? resolve(zip) : reject(error)));
  });
}

function openMember(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) =>
      error === null ? resolve(stream) : reject(error),
    );
  });
}

/** The members in the order of the central directory. */
async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const entry = await new Promise<Entry | null>((resolve, reject) => {
      const settle = (work: () => void) => {
        zip.removeAllListeners('entry').removeAllListeners('end').removeAllListeners('error');
        work();
      };
      zip.on('entry', (found: Entry) => settle(() => resolve(found)));
      zip.on('end', () => settle(() => resolve(null)));
      zip.on('error', (error: Error) => settle(() => reject(error)));
      zip.readEntry();
    });
    if (entry === null) return;
    yield entry;
  }
}

async function take(zip: ZipFile, entry: Entry, sink: MemberSink, report: (bytes: number) => void) {
  let crc = 0;
  for await (const chunk of await openMember(zip, entry)) {
    crc = crc32(chunk as Buffer, crc);
    sink.write(chunk as Buffer);
    report((chunk as Buffer).length);
  }
  if (crc !== entry.crc32) throw new Error(`${entry.fileName} has a wrong CRC-32`);
  sink.end();
}

/**
 * Takes a zip apart. What the members claim to unpack to is added up before the first of them is unpacked, and no member
 * may unpack to more than it claims.
 *
 * @internal
 */
export async function readZip(
  fd: number,
  archive: string,
  meter: UnpackingMeter,
  onMember: OnMember,
  report: (done: number, total: number) => void,
): Promise<void> {
  const zip = await openZip(fd);
  meter.checkMembers(zip.entryCount);
  const wanted: { entry: Entry; sink: () => MemberSink | null; size: number }[] = [];
  let claimed = 0;
  for await (const entry of entriesOf(zip)) {
    meter.addMember();
    const utf8 = (entry.generalPurposeBitFlag & 0x800) !== 0;
    // Without the flag, names are those of old PCs; all that data sets use is ASCII in either.
    entry.fileName = (entry.fileName as unknown as Buffer).toString(utf8 ? 'utf8' : 'latin1');
    refuseUnsafe(entry.fileName, kindOf(entry), archive);
    claimed += entry.uncompressedSize;
    meter.checkBytes(claimed, zip.fileSize);
    const member = { path: entry.fileName, size: entry.uncompressedSize };
    if (kindOf(entry) === 'File') {
      wanted.push({ entry, sink: () => onMember(member), size: member.size });
    }
  }
  let done = 0;
  for (const { entry, sink: open, size } of wanted) {
    const sink = open();
    const begun = done;
    if (sink !== null) {
      await take(zip, entry, sink, (bytes) => {
        done += bytes;
        report(done, claimed);
      });
    }
    done = begun + size;
    report(done, claimed);
  }
}
