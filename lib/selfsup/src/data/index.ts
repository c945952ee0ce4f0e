export type { Batch, BatchSource } from './batch-source';
export { type BatchIndicesOptions, batchIndices, shuffledIndices } from './batches';
export { type ClassBalancedSplitOptions, classBalancedSplit } from './class-balanced-split';
export { imageBatches } from './image-batches';
export type { ImageData, ImageDataSet, ImageLabels, Split } from './image-data-set';
export { InMemoryImageDataSet, type InMemoryImages } from './in-memory-image-data-set';
export { type LabelSubsetOptions, labelSubset, labelSubsetIndices } from './label-subset';
export { type LabelledImages, labelledImageBatches } from './labelled-image-batches';
