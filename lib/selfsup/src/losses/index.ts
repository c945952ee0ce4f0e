export { type BarlowTwinsOptions, barlowTwinsLoss } from './barlow-twins-loss';
export { contrastiveAccuracy } from './contrastive-accuracy';
export {
  type DecoupledContrastiveOptions,
  decoupledContrastiveLoss,
} from './decoupled-contrastive-loss';
export { infoNceAccuracy } from './info-nce-accuracy';
export { infoNceBound } from './info-nce-bound';
export { type InfoNceOptions, infoNceLoss } from './info-nce-loss';
export { maskedCrossEntropy } from './masked-cross-entropy';
export { negativeCosineSimilarity } from './negative-cosine-similarity';
export { type NtXentOptions, ntXentLoss } from './nt-xent-loss';
export { stopGradient } from './stop-gradient';
export { type SameCaptionPairs, type TwoTowerLossOptions, twoTowerLoss } from './two-tower-loss';
export { type VicRegOptions, vicRegLoss } from './vic-reg-loss';
