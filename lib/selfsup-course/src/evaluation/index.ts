export { courseGallery } from './course-gallery';
export {
  type CrossArtistRecall,
  type CrossArtistRecallOptions,
  crossArtistRecall,
} from './cross-artist-recall';
export {
  type SavedStudyRow,
  type StudyRow,
  StudyRowsError,
  type StudyRowsOptions,
  studyRows,
} from './study-rows';
