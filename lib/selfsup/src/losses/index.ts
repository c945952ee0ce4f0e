export { contrastiveAccuracy } from './contrastive-accuracy';
export { maskedCrossEntropy } from './masked-cross-entropy';
export { type NtXentOptions, ntXentLoss } from './nt-xent-loss';
