export { inBatchNormGroups } from './batch-normalization-groups';
export {
  BidirectionalLstmEncoder,
  type BidirectionalLstmEncoderOptions,
} from './bidirectional-lstm-encoder';
export { Byol, type ByolOptions } from './byol';
export { CaptionEncoder, type CaptionEncoderOptions } from './caption-encoder';
export { Classifier, type ClassifierCall, type ClassifierOptions } from './classifier';
export { copyModel } from './copy-model';
export {
  JointEmbedding,
  type JointEmbeddingLoss,
  type JointEmbeddingOptions,
  type PairLoss,
} from './joint-embedding';
export {
  MaskedAutoencoder,
  type MaskedAutoencoderOptions,
  type MaskedLossOptions,
  type Reconstruction,
  type ReconstructOptions,
} from './masked-autoencoder';
export {
  type MaskedLanguageLossOptions,
  MaskedLanguageModel,
  type MaskedLanguageModelOptions,
  maskedCapacity,
} from './masked-language-model';
export { maskedMeanPooling, type SentencePooling } from './masked-mean-pooling';
export { enqueued, MemoryQueue, type MemoryQueueOptions } from './memory-queue';
export { type KeyLoss, MoCo, type MoCoLoss, type MoCoLossOptions, type MoCoOptions } from './mo-co';
export { MomentumNetwork } from './momentum-network';
export { momentumUpdate } from './momentum-update';
export {
  PredictiveEmbedding,
  type PredictiveEmbeddingOptions,
  type PredictiveLoss,
} from './predictive-embedding';
export { type ProjectionHeadOptions, projectionHead } from './projection-head';
export { type PatchMask, type PatchMaskSizes, randomPatchMask } from './random-patch-mask';
export { type ResidualEncoderOptions, residualEncoder } from './residual-encoder';
export {
  SentenceClassifier,
  type SentenceClassifierCall,
  type SentenceClassifierOptions,
} from './sentence-classifier';
export { SimClr, type SimClrLoss, type SimClrOptions, type SimClrOutput } from './sim-clr';
export { SimSiam, type SimSiamOptions } from './sim-siam';
export type { TextCallOptions, TokenEncoder } from './token-encoder';
export { distanceBias } from './transformer/distance-bias';
export { imagePatches, imagesOfPatches } from './transformer/image-patches';
export { layerNormalization } from './transformer/layer-normalization';
export {
  type Attention,
  type AttentionOptions,
  type AttentionWeights,
  multiHeadAttention,
} from './transformer/multi-head-attention';
export { sequencePositions, sinePositions } from './transformer/sine-positions';
export {
  type CreateWeight,
  type TransformerBlockWeights,
  transformerBlock,
  transformerBlockWeights,
  type WeightInitializer,
} from './transformer/transformer-block';
export { TransformerEncoder, type TransformerEncoderOptions } from './transformer-encoder';
export { type TutorialEncoderOptions, tutorialEncoder } from './tutorial-encoder';
export {
  type TowerLoss,
  TwoTowerModel,
  type TwoTowerModelLoss,
  type TwoTowerOptions,
} from './two-tower-model';
export type { TwoViewLoss, TwoViewModel, TwoViewOutput } from './two-view-model';
export { trainableVariablesOf, variableOf } from './variable-of';
export {
  attentionOf,
  type VisionTransformerOptions,
  visionTransformer,
} from './vision-transformer';
