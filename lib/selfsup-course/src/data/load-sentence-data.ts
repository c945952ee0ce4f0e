import {
  classBalancedSplit,
  InvalidArgumentError,
  type OnProgress,
  withoutHeldOutSentences,
} from 'selfsup';
import { CENTURIES, centurySentences } from './century-sentences';
import { courseDataFolder } from './course-data-folder';
import { loadChosenData } from './load-chosen-data';
import { SENTENCE_DATA, type SentenceDataName } from './sentence-data-choice';
import { assertSentenceLimits } from './sentence-limits';
import {
  findSst2,
  type LabelledSentences,
  type LoadSst2Options,
  loadSst2,
  type Sst2,
} from './sst-2';
import { TextDataError } from './text-data-error';
import { wholeSentences } from './whole-sentences';

/** Options of {@link loadSentenceData}. */
export interface LoadSentenceDataOptions {
  /** Default: the environment variable `SELFSUP_TEXT`, else `auto`. */
  readonly data?: SentenceDataName | undefined;
  /** Chooses sentences where they are limited, and the validation split where the data set has none. Default: 0. */
  readonly seed?: number;
  /** At most this many training sentences, all classes alike; default: all of SST-2, 7,000 of the centuries. */
  readonly trainLimit?: number | undefined;
  /** The same for the validation sentences; default: all of SST-2, 900 of the centuries. */
  readonly validationLimit?: number | undefined;
  /** The same for the test sentences; default: all of SST-2, 1,800 of the centuries. */
  readonly testLimit?: number | undefined;
  /** Never uses the network; default: false. */
  readonly offline?: boolean;
  /** Where data are kept; default: `data/` of the course. */
  readonly dataDir?: string | undefined;
  /** A folder or archive that holds SST-2; default: the environment variable `SST2_DIR`. */
  readonly sst2Dir?: string | undefined;
  /** What to download; default: SST-2 as GLUE publishes it. */
  readonly sst2Archive?: LoadSst2Options['archive'] | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What {@link loadSentenceData} returns. */
export interface SentenceData {
  readonly name: string;
  /** What the labels say, as the end of the sentence "the model is to tell …". */
  readonly question: string;
  readonly labelNames: readonly string[];
  readonly train: LabelledSentences;
  readonly validation: LabelledSentences;
  readonly test: LabelledSentences;
  /** Sentences to pre-train on: none of them is in the validation or test split. */
  readonly unlabelled: readonly string[];
  /** One line that says which data set this is and why. */
  readonly reason: string;
}

/** As many as SST-2 has, about. */
const CENTURY_LIMITS = { trainLimit: 7000, validationLimit: 900, testLimit: 1800 } as const;
/** Share of the training sentences that becomes the validation split where the test split has no labels. */
const VALIDATION_FRACTION = 0.1;

/**
 * Loads the labelled sentences of a notebook, and unlabelled ones to pre-train on.
 *
 * `auto` takes SST-2 where it is on this machine, downloads it in the profiles standard and full, and takes the centuries
 * of State of the Union sentences offline, in the quick profile, and where the download fails; `reason` says which and why.
 *
 * GLUE's test sentences have no labels: its validation sentences are tested with, and a tenth of the training sentences,
 * whole ones (see {@link wholeSentences}), is held out for validation. A training sentence that also occurs in the validation
 * or test split is left out, however it is spelt.
 *
 * @throws InvalidArgumentError for an option that cannot be used; TextDataError when the data cannot be had.
 *
 * @example
 * const { train, validation, test, unlabelled, reason } = await loadSentenceData({ seed: 1 });
 */
export async function loadSentenceData(
  options: LoadSentenceDataOptions = {},
): Promise<SentenceData> {
  checkOptions(options);
  const dataDir = options.dataDir ?? courseDataFolder();
  return loadChosenData(SENTENCE_DATA, {
    data: options.data,
    offline: options.offline ?? false,
    localPath: () => findSst2({ dir: options.sst2Dir, dataDir }),
    loadDownloaded: async (reason, patience) => {
      const sst2 = await loadSst2({
        dir: options.sst2Dir,
        dataDir,
        offline: options.offline ?? false,
        ...(options.sst2Archive && { archive: options.sst2Archive }),
        ...(options.onProgress && { onProgress: options.onProgress }),
        ...(patience && { download: patience }),
      });
      return sst2Data(sst2, options, reason);
    },
    loadOwn: async (reason) => centuryData(options, reason),
    error: TextDataError,
  });
}

function checkOptions(options: LoadSentenceDataOptions): void {
  const { seed = 0 } = options;
  if (!Number.isInteger(seed)) {
    throw new InvalidArgumentError(`loadSentenceData: seed is ${seed}; expected a whole number.`);
  }
  const { trainLimit, validationLimit, testLimit } = options;
  assertSentenceLimits('loadSentenceData', { trainLimit, validationLimit, testLimit });
}

function centuryData(options: LoadSentenceDataOptions, reason: string): SentenceData {
  const limit = (name: keyof typeof CENTURY_LIMITS): number =>
    options[name] ?? CENTURY_LIMITS[name];
  return {
    name: 'State of the Union centuries',
    question: 'the century in which a president spoke a sentence',
    labelNames: CENTURIES,
    ...centurySentences({
      seed: options.seed ?? 0,
      trainLimit: limit('trainLimit'),
      validationLimit: limit('validationLimit'),
      testLimit: limit('testLimit'),
    }),
    reason,
  };
}

function sst2Data(sst2: Sst2, options: LoadSentenceDataOptions, reason: string): SentenceData {
  const { seed = 0 } = options;
  const parts = sst2.test === null ? splitForGlue(sst2, seed) : { ...sst2, test: sst2.test };
  const validation = limited(parts.validation, options.validationLimit, seed);
  const test = limited(parts.test, options.testLimit, seed);
  // The whole splits are held out, also what a limit leaves out: a limit must not change what is trained on.
  const heldOut = [...parts.validation.sentences, ...parts.test.sentences];
  const clean = new Set(withoutHeldOutSentences(parts.train.sentences, heldOut));
  const train = at(
    parts.train,
    parts.train.sentences.flatMap((sentence, index) => (clean.has(sentence) ? [index] : [])),
  );
  return {
    name: sst2.name,
    question: 'whether a sentence of a film review is positive or negative',
    labelNames: sst2.labelNames,
    train: limited(train, options.trainLimit, seed),
    validation,
    test,
    unlabelled: [...clean],
    reason,
  };
}

/** GLUE's labelled sentences in three splits. */
function splitForGlue(
  sst2: Sst2,
  seed: number,
): Record<'train' | 'validation' | 'test', LabelledSentences> {
  const whole = wholeSentences(sst2.train);
  const { train, validation } = classBalancedSplit(whole.labels, {
    seed,
    validationFraction: VALIDATION_FRACTION,
  });
  // classBalancedSplit gives the positions in ascending order, as the file has them.
  return { train: at(whole, train), validation: at(whole, validation), test: sst2.validation };
}

/** At most so many sentences, all classes alike as far as they go, in their order. */
function limited(
  part: LabelledSentences,
  limit: number | undefined,
  seed: number,
): LabelledSentences {
  if (limit === undefined || limit >= part.labels.length) return part;
  const { train } = classBalancedSplit(part.labels, {
    seed,
    validationFraction: 0,
    trainLimit: limit,
  });
  return at(part, train);
}

function at(
  { sentences, labels }: LabelledSentences,
  positions: ArrayLike<number>,
): LabelledSentences {
  return {
    sentences: Array.from(positions, (position) => sentences[position] as string),
    labels: Uint8Array.from(positions, (position) => labels[position] as number),
  };
}
