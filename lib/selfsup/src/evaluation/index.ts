export type { Accuracy, CasewiseAccuracy } from './accuracy';
export { type BreakEvenOptions, breakEvenLabels } from './break-even-labels';
export {
  type ColorHistogramShortcutOptions,
  colorHistogramShortcut,
  colorHistograms,
} from './color-histogram-shortcut';
export {
  type Confusion,
  type ConfusionMatrix,
  type ConfusionMatrixFigureOptions,
  confusionMatrix,
  confusionMatrixFigure,
} from './confusion-matrix';
export { alignment } from './diagnostics/alignment';
export { type CollapseSigns, collapseWarning } from './diagnostics/collapse-warning';
export { effectiveRank } from './diagnostics/effective-rank';
export { perDimensionDeviation } from './diagnostics/per-dimension-deviation';
export {
  type RepresentationDiagnostics,
  representationDiagnostics,
} from './diagnostics/representation-diagnostics';
export { singularValues } from './diagnostics/singular-values';
export {
  type SimClrDiagnosticsOptions,
  simClrDiagnostics,
  type TwoViewDiagnosticsOptions,
  twoViewDiagnostics,
} from './diagnostics/two-view-diagnostics';
export { uniformity } from './diagnostics/uniformity';
export { type ExtractFeaturesOptions, extractFeatures } from './extract-features';
export {
  type ExtractSentenceFeaturesOptions,
  extractSentenceFeatures,
} from './extract-sentence-features';
export { type FeaturesOfOptions, featuresOf } from './features-of';
export { type FillMaskOptions, fillMask, type WordGuess } from './fill-mask';
export {
  type FrozenFeatureQuality,
  type FrozenFeatureQualityOptions,
  frozenFeatureQuality,
} from './frozen-feature-quality';
export { type FrozenKnnOptions, frozenKnn } from './frozen-knn';
export { ImageIndex, type ImageIndexOptions, type ImageMatch, imageIndex } from './image-index';
export { type KnnOptions, knnAccuracy } from './knn-accuracy';
export { assertLabelledFeatures } from './labelled-features';
export { type LeakFreeTrainingOptions, leakFreeTraining } from './leak-free-training';
export {
  type ClassPredictions,
  LinearClassifier,
  type LinearClassifierWeights,
} from './linear-classifier';
export { type LinearProbe, type LinearProbeOptions, linearProbe } from './linear-probe';
export { type MarginSamplingOptions, marginSampling } from './margin-sampling';
export { type NearDuplicatesOptions, nearDuplicates } from './near-duplicates';
export { type NearestMeanOptions, nearestMeanScores } from './nearest-mean';
export {
  type NearestNeighboursOptions,
  type Neighbours,
  nearestNeighbours,
} from './nearest-neighbours';
export { type OverSeedsOptions, overSeeds, SeedSummary } from './over-seeds';
export {
  type PairedDifference,
  type PairedDifferenceOptions,
  pairedDifference,
} from './paired-difference';
export { type PrecisionAtKOptions, precisionAtK } from './precision-at-k';
export { predictClasses } from './predict-classes';
export {
  fillByPrincipalComponents,
  type PrincipalComponents,
  type PrincipalComponentsOptions,
  principalComponents,
} from './principal-components';
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
