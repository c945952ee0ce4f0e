import { assertLabelledFeatures, InvalidArgumentError, nearestNeighbours, type tf } from 'selfsup';

/** Arguments of {@link crossArtistRecall}. */
export interface CrossArtistRecallOptions {
  /** One row per drawing, `[n, d]`, float32, of any length. */
  readonly features: tf.Tensor2D;
  /** What each drawing shows. */
  readonly concepts: ArrayLike<number>;
  /** Who drew it. */
  readonly artists: ArrayLike<number>;
  /** How many of the nearest drawings are looked at. Default 1. */
  readonly k?: number;
}

/** What {@link crossArtistRecall} found. */
export interface CrossArtistRecall {
  /** Share of the drawings counted, between 0 and 1. */
  readonly recall: number;
  /** Drawings counted: those whose concept another artist has drawn too. */
  readonly n: number;
  readonly k: number;
  /** The recall expected of a random order of the other artists' drawings. */
  readonly chance: number;
}

/**
 * Retrieval across artists, a measure that needs no labels: each drawing looks, among the drawings of the *other*
 * artists, for the `k` most similar by cosine; it is a hit when one of them shows the same concept. An artist's style
 * does not help here, so recognising the style does not count.
 *
 * @throws InvalidArgumentError when there is not one concept and one artist per row, or no concept has two artists.
 */
export async function crossArtistRecall({
  features,
  concepts,
  artists,
  k = 1,
}: CrossArtistRecallOptions): Promise<CrossArtistRecall> {
  assertLabelledFeatures('crossArtistRecall', 'concept', features, concepts);
  assertLabelledFeatures('crossArtistRecall', 'artist', features, artists);
  const size = concepts.length;
  const sameArtist = (query: number) =>
    Uint8Array.from({ length: size }, (_, other) => Number(artists[other] === artists[query]));
  const { indices } = await nearestNeighbours(features, features, {
    k,
    exclude: sameArtist,
  });
  let n = 0;
  let hits = 0;
  let chance = 0;
  for (let query = 0; query < size; query++) {
    let others = 0;
    let matches = 0;
    for (let other = 0; other < size; other++) {
      if (artists[other] === artists[query]) continue;
      others++;
      if (concepts[other] === concepts[query]) matches++;
    }
    if (matches === 0) continue;
    n++;
    let miss = 1;
    for (let draw = 0; draw < Math.min(k, others); draw++) {
      miss *= Math.max(0, others - matches - draw) / (others - draw);
    }
    chance += 1 - miss;
    for (let i = query * k; i < query * k + k; i++) {
      const found = indices[i] as number;
      if (found >= 0 && concepts[found] === concepts[query]) {
        hits++;
        break;
      }
    }
  }
  if (n === 0) {
    throw new InvalidArgumentError(
      `crossArtistRecall: none of the ${size} drawings has a counterpart by another artist; ` +
        'expected concepts drawn by two artists or more. Give it a whole split of the Emoji.',
    );
  }
  return { recall: hits / n, n, k, chance: chance / n };
}
