import { basename } from 'node:path';
import { InvalidArgumentError } from 'selfsup';
import type { Profile } from '../profile';

/** Which sentences are asked for; `auto` decides by what is at hand. */
export type SentenceDataName = 'auto' | 'sst2' | 'century';

const NAMES: readonly SentenceDataName[] = ['auto', 'sst2', 'century'];

/** What {@link chooseSentenceData} decided. */
export interface SentenceDataChoice {
  readonly data: 'sst2' | 'century';
  /** One line that says which and why. */
  readonly reason: string;
  /** Whether the centuries may stand in where the download fails. */
  readonly mayFallBack: boolean;
}

/** What the choice of a sentence data set depends on. */
export interface SentenceDataCircumstances {
  readonly requested: SentenceDataName;
  /** Where SST-2 lies on this machine, or `null`. */
  readonly sst2Path: string | null;
  readonly profile: Profile;
  readonly offline: boolean;
}

/**
 * The sentences named by the environment variable `SELFSUP_TEXT`; `auto` when it is not set.
 *
 * @throws InvalidArgumentError when the variable holds anything else.
 */
export function requestedSentenceData(): SentenceDataName {
  const given = process.env.SELFSUP_TEXT || 'auto';
  const found = NAMES.find((name) => name === given);
  if (found === undefined) {
    throw new InvalidArgumentError(
      `SELFSUP_TEXT is "${given}"; expected one of ${NAMES.join(', ')}. Set one of them, or unset it for auto.`,
    );
  }
  return found;
}

/**
 * Chooses the labelled sentences of a notebook. `auto`: SST-2 where it is on this machine; else it is downloaded in the
 * profiles standard and full; else, offline or in the quick profile, the centuries of State of the Union sentences.
 */
export function chooseSentenceData({
  requested,
  sst2Path,
  profile,
  offline,
}: SentenceDataCircumstances): SentenceDataChoice {
  if (requested === 'century') {
    const reason = 'Centuries of State of the Union sentences, because they were asked for.';
    return { data: 'century', reason, mayFallBack: false };
  }
  if (requested === 'sst2') {
    return { data: 'sst2', reason: 'SST-2, because it was asked for.', mayFallBack: false };
  }
  if (sst2Path !== null) {
    // Only the name: notebooks are published with this line. The data set's `source` has the whole path.
    const reason = `SST-2, because it is on this machine (${basename(sst2Path)}).`;
    return { data: 'sst2', reason, mayFallBack: false };
  }
  const absent =
    'Centuries of State of the Union sentences, because SST-2 is not on this machine and';
  if (offline) {
    const reason = `${absent} the network is not to be used.`;
    return { data: 'century', reason, mayFallBack: false };
  }
  if (profile === 'quick') {
    const reason = `${absent} the quick profile downloads nothing.`;
    return { data: 'century', reason, mayFallBack: false };
  }
  const reason = `SST-2, downloaded because it was not on this machine (${profile} profile).`;
  return { data: 'sst2', reason, mayFallBack: true };
}
