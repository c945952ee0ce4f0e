export type { DownloadPatience, PublishedArchive } from './archive-download';
export {
  CIFAR10_LABEL_NAMES,
  type Cifar10Archive,
  type Cifar10Format,
  type Cifar10Split,
  OFFICIAL_BINARY_ARCHIVE,
  OFFICIAL_PYTHON_ARCHIVE,
} from './cifar10-archive';
export { runCommand } from './command';
export { defaultDataFolder } from './data-folder';
export { type Cifar10Location, type FindCifar10Options, findCifar10 } from './data-location';
export {
  AbortedError,
  ChecksumError,
  Cifar10Error,
  DamagedDataError,
  DataNotFoundError,
  DownloadError,
  DownloadStalledError,
  InvalidOptionError,
  StorageError,
  UnsafeArchiveError,
} from './errors';
export { type Cifar10, type LoadCifar10Options, loadCifar10 } from './load-cifar10';
export { nounOfFileName } from './original-file-names';
export type { Cifar10Progress, OnCifar10Progress } from './progress';
