/** What a shipped encoder was trained on. */
export type PretrainedEncoderName = 'cifar10' | 'emoji';

/** How good frozen features are, as shares between 0 and 1. */
export interface FeatureAccuracy {
  /** kNN with 20 neighbours, by cosine; the gallery is the whole training split. */
  readonly knn: number;
  /** Linear probe, its regularisation chosen on the validation split. */
  readonly probe: number;
  /** Emoji only: share of the drawings that find the same concept by another artist first. */
  readonly crossArtistRecall?: number;
}

/** What is known of a shipped encoder: the JSON file beside its weights, written by `npm run checkpoint`. */
export interface EncoderCard {
  readonly name: PretrainedEncoderName;
  /** SHA-256 of the file of weights. */
  readonly sha256: string;
  readonly architecture: 'tutorialEncoder' | 'residualEncoder';
  /** Length of the vector an image becomes. */
  readonly embeddingDim: number;
  readonly parameters: number;
  readonly method: string;
  /** Everything that decided the training. */
  readonly recipe: Readonly<Record<string, number | string>>;
  /** Name of the data set; the training split of `loadImageData({ seed })` with the recipe's seed, without labels. */
  readonly data: string;
  readonly trainingImages: number;
  /** Wall-clock minutes of training on `processor`, augmentation and whatever else ran there included. */
  readonly minutes: number;
  readonly steps: number;
  readonly processor: string;
  /** Day of the training, as `2026-11-28`. */
  readonly date: string;
  /** On the whole test split. */
  readonly test: {
    readonly images: number;
    readonly trained: FeatureAccuracy;
    /** The same network with its first weights. */
    readonly untrained: FeatureAccuracy;
  };
  /** kNN of the first test images against the first training images: soon measured again, as a test does. */
  readonly sample: {
    readonly gallery: number;
    readonly queries: number;
    readonly trained: number;
    readonly untrained: number;
  };
}
