import { RandomGenerator, sentenceKey } from 'selfsup';
import { assertSentenceLimits } from './sentence-limits';
import type { LabelledSentences } from './sst-2';
import { type Address, loadStateOfTheUnion } from './state-of-the-union';

/** The classes of {@link centurySentences}. */
export const CENTURIES = ['19th century', '20th century'] as const;

const FIRST_CENTURY = 19;
/** Words of a sentence: of a shorter one nobody could tell, a longer one tells more than one sentence. */
const SHORTEST = 8;
const LONGEST = 48;

/** Chooses the test sentences, once and for all. */
const TEST_SEED = 20_260_102;

/** Options of {@link centurySentences}. */
export interface CenturySentencesOptions {
  /** Chooses the validation speeches, and the sentences; those of the test split are the same for every seed. Default: 0. */
  readonly seed?: number;
  /** At most this many training sentences, equally many of each century. Default: all. */
  readonly trainLimit?: number | undefined;
  /** The same for the validation sentences. */
  readonly validationLimit?: number | undefined;
  /** The same for the test sentences. */
  readonly testLimit?: number | undefined;
}

/** What {@link centurySentences} returns. */
export interface CenturySentences {
  readonly train: LabelledSentences;
  readonly validation: LabelledSentences;
  readonly test: LabelledSentences;
  /** Every sentence of the training speeches, of all centuries, without labels. */
  readonly unlabelled: readonly string[];
}

/**
 * A task that needs no network: in which century was this sentence of a State of the Union address spoken, the 19th (1801
 * to 1900) or the 20th (1901 to 2000)? Equally many sentences of both in every split. The splits are those of
 * {@link loadStateOfTheUnion}, by speech, so that no speech is in two of them; sentences of 8 to 48 tokens, each once, and
 * none that occurs in two splits.
 *
 * Sentences are texts of tokens with a space between them, as SST-2's are.
 *
 * @throws InvalidArgumentError when the seed is not a whole number, or a limit is not one from 2.
 */
export function centurySentences({
  seed = 0,
  trainLimit,
  validationLimit,
  testLimit,
}: CenturySentencesOptions = {}): CenturySentences {
  assertSentenceLimits('centurySentences', { trainLimit, validationLimit, testLimit });
  const speeches = loadStateOfTheUnion({ seed });
  const seen = new Set<string>();
  // The test sentences choose first, then the validation sentences: what they hold, no split after them may hold.
  const test = balanced(speeches.test, seen, TEST_SEED, testLimit);
  const validation = balanced(speeches.validation, seen, seed, validationLimit);
  const heldOut = new Set(seen);
  const train = balanced(speeches.train, seen, seed, trainLimit);
  const unlabelled = speeches.train
    .flatMap(({ sentences }) => sentences.map((tokens) => tokens.join(' ')))
    .filter((sentence) => !heldOut.has(sentenceKey(sentence)));
  return { train, validation, test, unlabelled };
}

/** Equally many sentences of both centuries in random order; their keys, and those not chosen, join `seen`. */
function balanced(
  speeches: readonly Address[],
  seen: Set<string>,
  seed: number,
  limit: number | undefined,
): LabelledSentences {
  const ofCentury: [string[], string[]] = [[], []];
  for (const { year, sentences } of speeches) {
    const century = Math.ceil(year / 100) - FIRST_CENTURY;
    if (century !== 0 && century !== 1) continue;
    for (const tokens of sentences) {
      const sentence = tokens.join(' ');
      const key = sentenceKey(sentence);
      if (seen.has(key) || tokens.length < SHORTEST || tokens.length > LONGEST) continue;
      seen.add(key);
      ofCentury[century].push(sentence);
    }
  }
  const random = new RandomGenerator(seed);
  for (const sentences of ofCentury) random.shuffle(sentences);
  const each = Math.min(
    ...ofCentury.map(({ length }) => length),
    limit === undefined ? Number.POSITIVE_INFINITY : Math.floor(limit / 2),
  );
  const chosen = ofCentury.flatMap((sentences, label) =>
    sentences.slice(0, each).map((sentence) => ({ sentence, label })),
  );
  random.shuffle(chosen);
  return {
    sentences: chosen.map(({ sentence }) => sentence),
    labels: Uint8Array.from(chosen, ({ label }) => label),
  };
}
