import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { storing } from './errors';

/** What a server says about one version of a file, so that a later answer can be held against it. */
export interface FileVersion {
  readonly url: string;
  /** A strong entity tag, or `null`. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Size of the whole file, or `null`. */
  readonly total: number | null;
}

function isFileVersion(value: unknown): value is FileVersion {
  const version = value as Partial<Record<keyof FileVersion, unknown>> | null;
  const isText = (field: unknown) => field === null || typeof field === 'string';
  return (
    typeof version?.url === 'string' &&
    isText(version.etag) &&
    isText(version.lastModified) &&
    (version.total === null || Number.isSafeInteger(version.total))
  );
}

/**
 * The part of a file that has been downloaded so far, `<target>.part`, and beside it, where the server names one, the
 * version that it belongs to, `<target>.part.json`.
 *
 * It is written synchronously, some microseconds a chunk: a transfer that waits for the disk would have to pause the
 * HTTP parser of undici, and a parser that is paused when the server closes the connection ends the process with an
 * assertion (undici 6.29 and 7.30, `Parser.finish`).
 *
 * @internal
 */
export class PartFile {
  readonly path: string;
  readonly #versionPath: string;
  readonly #target: string;
  readonly #file: number;
  #size: number;
  #version: FileVersion | null = null;

  /** @throws StorageError when it cannot be opened for writing. */
  constructor(target: string) {
    this.#target = target;
    this.path = `${target}.part`;
    this.#versionPath = `${this.path}.json`;
    // 'a' makes the file where it is missing and keeps what it holds.
    this.#file = storing(this.path, 'opened', () => openSync(this.path, 'a'));
    this.#size = storing(this.path, 'read', () => fstatSync(this.#file).size);
    try {
      const version: unknown = JSON.parse(readFileSync(this.#versionPath, 'utf8'));
      if (isFileVersion(version)) this.#version = version;
    } catch {
      // None was stored, or it is damaged: the digest will tell whether the part is the right one.
    }
  }

  get size(): number {
    return this.#size;
  }

  /** The version that the bytes so far belong to, where it is known. */
  get version(): FileVersion | null {
    return this.#size === 0 ? null : this.#version;
  }

  /** Stores the version, where the server names one. */
  remember(version: FileVersion): void {
    this.#version = version;
    if (version.etag === null && version.lastModified === null) {
      rmSync(this.#versionPath, { force: true });
      return;
    }
    storing(this.#versionPath, 'written', () =>
      writeFileSync(this.#versionPath, JSON.stringify(version)),
    );
  }

  append(chunk: Uint8Array): void {
    storing(this.path, 'written', () => {
      for (let written = 0; written < chunk.length; ) {
        written += writeSync(this.#file, chunk, written);
      }
    });
    this.#size += chunk.length;
  }

  /** Begins again with nothing. */
  restart(): void {
    storing(this.path, 'written', () => ftruncateSync(this.#file, 0));
    this.#size = 0;
    this.#version = null;
    rmSync(this.#versionPath, { force: true });
  }

  /** Gives the file its final name. */
  place(): void {
    storing(this.#target, 'put in place', () => renameSync(this.path, this.#target));
    rmSync(this.#versionPath, { force: true });
  }

  /** Closes the file; an empty one is removed. */
  close(): void {
    closeSync(this.#file);
    if (this.#size > 0) return;
    rmSync(this.path, { force: true });
    rmSync(this.#versionPath, { force: true });
  }
}
