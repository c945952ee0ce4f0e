/** @internal One batch as it lies in its file: images are planar, at equal distances. */
export interface Batch {
  readonly labels: Uint8Array;
  readonly bytes: Uint8Array;
  /** Position of the first image in `bytes`. */
  readonly offset: number;
  /** Bytes from one image to the next. */
  readonly stride: number;
  /** Original file name of each image; `null` where the format does not record it. */
  readonly fileNames: readonly string[] | null;
}
