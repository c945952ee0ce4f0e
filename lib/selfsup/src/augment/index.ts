export type { Augmentation } from './augmentation';
