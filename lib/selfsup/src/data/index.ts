export { type BatchIndicesOptions, batchIndices, shuffledIndices } from './batches';
export type { ImageData, ImageDataSet, Split } from './image-data-set';
export { RandomGenerator } from './random-generator';
