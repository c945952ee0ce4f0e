export type { ArchiveLimits } from './archive-limits';
export type { ArchiveMember } from './archive-member';
export { cacheFolder, dataFolder } from './cache-folder';
export {
  type DownloadedFile,
  type DownloadOptions,
  type DownloadPatience,
  downloadFile,
} from './download-file';
export {
  AbortedError,
  ArchiveError,
  ChecksumError,
  DownloadError,
  type FailureDetails,
  type FailureReason,
  InvalidOptionError,
  LockError,
  StorageError,
  VerifiedDownloadError,
} from './errors';
export { describeHolder, type LockOptions, withLock } from './lock';
export type { LockHolder } from './lock-file';
export { placeFolder } from './placed-folder';
export type { ProcessIdentity } from './process-identity';
export type { OnProgress, Progress } from './progress';
export type { PublishedFile } from './published-file';
export { type ReadArchiveOptions, readArchive } from './read-archive';
export { type UnpackArchiveOptions, unpackArchive } from './unpack-archive';
export type { ArchiveOptions } from './walk-archive';
