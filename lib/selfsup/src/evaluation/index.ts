export type { Accuracy } from './accuracy';
export { type BreakEvenOptions, breakEvenLabels } from './break-even-labels';
export {
  type ColorHistogramShortcutOptions,
  colorHistogramShortcut,
} from './color-histogram-shortcut';
export {
  type Confusion,
  type ConfusionMatrix,
  type ConfusionMatrixFigureOptions,
  confusionMatrix,
  confusionMatrixFigure,
} from './confusion-matrix';
export {
  type CrossArtistRecall,
  type CrossArtistRecallOptions,
  crossArtistRecall,
} from './cross-artist-recall';
export { type ExtractFeaturesOptions, extractFeatures } from './extract-features';
export {
  type ExtractSentenceFeaturesOptions,
  extractSentenceFeatures,
} from './extract-sentence-features';
export { type KnnOptions, knnAccuracy } from './knn-accuracy';
export { type LinearProbe, type LinearProbeOptions, linearProbe } from './linear-probe';
export {
  type NearestNeighboursOptions,
  type Neighbours,
  nearestNeighbours,
} from './nearest-neighbours';
export { type OverSeedsOptions, overSeeds, SeedSummary } from './over-seeds';
export { predictClasses } from './predict-classes';
export {
  chanceRecallAtK,
  type RecallAtKOptions,
  type RetrievalRanksOptions,
  recallAtK,
  retrievalRanks,
} from './recall-at-k';
export { type TsneImplementation, type TsneOptions, tsne } from './t-sne';
export { type TrustworthinessOptions, trustworthiness } from './trustworthiness';
export { zeroShotClasses, zeroShotWeights } from './zero-shot';
