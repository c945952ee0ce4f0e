export {
  CENTURIES,
  type CenturySentences,
  type CenturySentencesOptions,
  centurySentences,
} from './century-sentences';
export {
  type CourseImageData,
  CourseImageDataSet,
  type CourseImages,
} from './course-image-data-set';
export {
  chooseData,
  type DataChoice,
  type DataCircumstances,
  type DataPair,
  requestedData,
} from './data-choice';
export {
  chooseImageData,
  type ImageDataChoice,
  type ImageDataCircumstances,
  type ImageDataName,
} from './image-data-choice';
export { ImageDataError } from './image-data-error';
export { type Emoji, type LoadEmojiOptions, loadEmoji } from './load-emoji';
export { type LoadImageDataOptions, loadImageData } from './load-image-data';
export {
  type LoadSentenceDataOptions,
  loadSentenceData,
  type SentenceData,
} from './load-sentence-data';
export {
  motifOf,
  type RepeatedFile,
  type SamplePictures,
  type SamplePicturesOptions,
  samplePictures,
} from './sample-pictures';
export {
  chooseSentenceData,
  type SentenceDataChoice,
  type SentenceDataCircumstances,
  type SentenceDataName,
} from './sentence-data-choice';
export { splitByConcept } from './split-by-concept';
export {
  findSst2,
  GLUE_SST2_ARCHIVE,
  type LabelledSentences,
  type LoadSst2Options,
  loadSst2,
  type Sst2,
} from './sst-2';
export {
  type Address,
  type LoadStateOfTheUnionOptions,
  loadStateOfTheUnion,
  type StateOfTheUnion,
} from './state-of-the-union';
export { TextDataError } from './text-data-error';
export { wholeSentences } from './whole-sentences';
