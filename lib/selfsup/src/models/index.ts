export {
  BidirectionalLstmEncoder,
  type BidirectionalLstmEncoderOptions,
  type TextCallOptions,
} from './bidirectional-lstm-encoder';
export { Classifier, type ClassifierCall, type ClassifierOptions } from './classifier';
export { copyModel } from './copy-model';
export {
  type MaskedLanguageLossOptions,
  MaskedLanguageModel,
  maskedCapacity,
} from './masked-language-model';
export { type ProjectionHeadOptions, projectionHead } from './projection-head';
export { type ResidualEncoderOptions, residualEncoder } from './residual-encoder';
export { SimClr, type SimClrLoss, type SimClrOptions, type SimClrOutput } from './sim-clr';
export { type TutorialEncoderOptions, tutorialEncoder } from './tutorial-encoder';
