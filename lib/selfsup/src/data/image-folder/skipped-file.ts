/** Why a file of a folder was not read. */
export type SkipReason =
  /** It is not a JPEG, PNG, BMP or GIF file. */
  | 'not-an-image'
  /** It is one, but cut short or damaged. */
  | 'damaged'
  /** It has more pixels or bytes than are read. */
  | 'too-large'
  /** It, or the folder, cannot be opened; or it is no regular file. */
  | 'unreadable'
  /** It lies beside the subfolders that name the classes, so it has none. */
  | 'no-class'
  /** A link that leads nowhere, or to a folder that was read already. */
  | 'link';

/** A file (or folder) that was not read. */
export interface SkippedFile {
  /** Its path within the folder, with `/` between the parts. */
  readonly file: string;
  readonly reason: SkipReason;
  /** The same in words, such as `cut short or damaged (premature end of JPEG image)`. */
  readonly detail: string;
}

/**
 * Says that a file is to be skipped.
 *
 * @internal
 */
export class SkipFile extends Error {
  constructor(
    readonly reason: SkipReason,
    readonly detail: string,
  ) {
    super(detail);
  }
}
