export { type ImageFileOptions, imageFile } from './image-file';
export {
  type DuplicateFile,
  type ImageFolder,
  type ImageFolderOptions,
  imageFolder,
} from './image-folder';
export { type FolderImages, ImageFolderDataSet } from './image-folder-data-set';
export { ImageFolderError } from './image-folder-error';
export type { SkippedFile, SkipReason } from './skipped-file';
