export { contrastiveAccuracy } from './contrastive-accuracy';
export { infoNceAccuracy } from './info-nce-accuracy';
export { type InfoNceOptions, infoNceLoss } from './info-nce-loss';
export { maskedCrossEntropy } from './masked-cross-entropy';
export { type NtXentOptions, ntXentLoss } from './nt-xent-loss';
export { type SameCaptionPairs, type TwoTowerLossOptions, twoTowerLoss } from './two-tower-loss';
