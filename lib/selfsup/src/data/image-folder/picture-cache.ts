import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SkippedFile } from './skipped-file';

/** What is kept of one file: its stamp, and why it was skipped where it was. */
export interface KeptFile {
  readonly file: string;
  readonly stamp: string;
  readonly skipped: SkippedFile | null;
}

/** Changes whenever the layout does. */
const MAGIC = Buffer.from('selfsup pictures 1\n');
const DIGEST_BYTES = 32;
const CHUNK = 4 * 1024 ** 2;
/** A writer that was killed leaves its unfinished file behind; after an hour it is nobody's. */
const ABANDONED_AFTER = 3_600_000;

/**
 * The pictures of a folder as they were decoded and resized, in one file: a line that says what it is, the length of a
 * table, the table (JSON) of the files with their stamps, the pixels of those that were not skipped, and a SHA-256 digest
 * over all of it.
 *
 * @internal
 */
export class PictureCache {
  readonly #path: string;
  readonly #pictureBytes: number;

  constructor(path: string, pictureBytes: number) {
    this.#path = path;
    this.#pictureBytes = pictureBytes;
  }

  /**
   * Reads the file, where it is there and whole.
   *
   * @param placeOf where the pixels of a file are wanted; `null` where they are not.
   * @returns the files of the table; `null` where there is no such file or it is damaged: what was written to the places
   *   is then worthless.
   */
  read(placeOf: (kept: KeptFile) => Uint8Array | null): KeptFile[] | null {
    let descriptor: number;
    try {
      descriptor = openSync(this.#path, 'r');
    } catch {
      return null;
    }
    try {
      return this.#readOpen(descriptor, placeOf);
    } catch {
      // A table that is no JSON, or a length that lies: damaged, whatever it is.
      return null;
    } finally {
      closeSync(descriptor);
    }
  }

  #readOpen(descriptor: number, placeOf: (kept: KeptFile) => Uint8Array | null): KeptFile[] | null {
    const hash = createHash('sha256');
    const { size } = statSync(this.#path);
    let at = 0;
    const fill = <T extends Uint8Array>(target: T): T => {
      for (let done = 0; done < target.length; ) {
        const read = readSync(descriptor, target, done, target.length - done, at);
        if (read === 0) throw new Error('The file ends early.');
        done += read;
        at += read;
      }
      return target;
    };
    const hashed = <T extends Uint8Array>(target: T): T => {
      hash.update(fill(target));
      return target;
    };
    if (!MAGIC.equals(hashed(Buffer.alloc(MAGIC.length)))) return null;
    const tableBytes = hashed(Buffer.alloc(4)).readUInt32LE();
    if (tableBytes > size) return null;
    const table = JSON.parse(hashed(Buffer.alloc(tableBytes)).toString('utf8')) as KeptFile[];
    const unwanted = new Uint8Array(this.#pictureBytes);
    for (const kept of table) {
      if (kept.skipped === null) hashed(placeOf(kept) ?? unwanted);
    }
    const digest = fill(Buffer.alloc(DIGEST_BYTES));
    return at === size && hash.digest().equals(digest) ? table : null;
  }

  /**
   * Writes the file: under another name first, so that it is whole or not there.
   *
   * @param pixelsOf the pixels of a file that was not skipped.
   */
  async write(table: readonly KeptFile[], pixelsOf: (kept: KeptFile) => Uint8Array): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    await this.#removeAbandoned();
    const unfinished = `${this.#path}.${process.pid}.${randomUUID()}.unfinished`;
    try {
      const handle = await open(unfinished, 'wx');
      try {
        const hash = createHash('sha256');
        const put = async (bytes: Uint8Array): Promise<void> => {
          hash.update(bytes);
          await handle.writeFile(bytes);
        };
        const text = Buffer.from(JSON.stringify(table));
        const length = Buffer.alloc(4);
        length.writeUInt32LE(text.length);
        await put(Buffer.concat([MAGIC, length, text]));
        const perChunk = Math.max(1, Math.floor(CHUNK / this.#pictureBytes));
        const pictures = table.filter(({ skipped }) => skipped === null);
        for (let start = 0; start < pictures.length; start += perChunk) {
          await put(Buffer.concat(pictures.slice(start, start + perChunk).map(pixelsOf)));
        }
        await handle.writeFile(hash.digest());
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(unfinished, this.#path);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  async #removeAbandoned(): Promise<void> {
    const folder = dirname(this.#path);
    for (const name of await readdir(folder)) {
      if (!name.startsWith(`${basename(this.#path)}.`) || !name.endsWith('.unfinished')) continue;
      const path = join(folder, name);
      const written = await stat(path).catch(() => null);
      if (written && Date.now() - written.mtimeMs > ABANDONED_AFTER)
        await rm(path, { force: true });
    }
  }
}
