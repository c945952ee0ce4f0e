export {
  type CrossArtistRecall,
  type CrossArtistRecallOptions,
  crossArtistRecall,
} from './cross-artist-recall';
