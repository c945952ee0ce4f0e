export { bagOfWords, TfIdf } from './bag-of-words';
export { captionedBy, DRAWING_TEMPLATES, PHOTO_TEMPLATES } from './caption-templates';
export { type CaptionedImages, captionedImageBatches } from './captioned-image-batches';
export {
  assertNoHeldOutSentences,
  sentenceKey,
  withoutHeldOutSentences,
} from './held-out-sentences';
export {
  LabelledTokenSequences,
  type LabelledTokenSequencesOptions,
  type LabelledTokens,
} from './labelled-token-sequences';
export { type MaskedTokens, type MaskTokensOptions, maskTokens } from './mask-tokens';
export {
  type MaskedWordMetrics,
  type MaskedWordPredictor,
  maskedWordMetrics,
} from './masked-word-metrics';
export {
  type MaskedWords,
  type MaskForEvaluationOptions,
  maskForEvaluation,
} from './masked-words';
export { type NearestWordsOptions, type NearWord, nearestWords } from './nearest-words';
export { PromptedCaptions, type PromptedCaptionsOptions } from './prompted-captions';
export { splitSentences } from './split-sentences';
export { TokenSequences, type TokenSequencesOptions } from './token-sequences';
export { tokenize } from './tokenize';
export {
  type BuildVocabularyOptions,
  MASK,
  PAD,
  SPECIAL_TOKENS,
  type StoredVocabulary,
  UNK,
  Vocabulary,
} from './vocabulary';
export {
  type NeighboursSeen,
  WordCountModel,
  type WordCountModelOptions,
} from './word-count-model';
