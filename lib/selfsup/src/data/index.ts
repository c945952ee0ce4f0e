export type { Batch, BatchSource } from './batch-source';
export { type BatchIndicesOptions, batchIndices, shuffledIndices } from './batches';
export { type ClassBalancedSplitOptions, classBalancedSplit } from './class-balanced-split';
export { imageBatches } from './image-batches';
export type { ImageData, ImageDataSet, ImageLabels, Split } from './image-data-set';
export {
  type DuplicateFile,
  type FolderImages,
  type ImageFileOptions,
  type ImageFolder,
  ImageFolderDataSet,
  ImageFolderError,
  type ImageFolderOptions,
  imageFile,
  imageFolder,
  type SkippedFile,
  type SkipReason,
} from './image-folder';
export { InMemoryImageDataSet, type InMemoryImages } from './in-memory-image-data-set';
export { type LabelSubsetOptions, labelSubset, labelSubsetIndices } from './label-subset';
export { type LabelledImages, labelledImageBatches } from './labelled-image-batches';
