export { contrastiveAccuracy } from './contrastive-accuracy';
export { type NtXentOptions, ntXentLoss } from './nt-xent-loss';
