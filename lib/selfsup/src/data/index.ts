export type { ImageData, ImageDataSet, Split } from './image-data-set';
