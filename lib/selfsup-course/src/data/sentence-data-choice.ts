import type { Profile } from '../profile';
import { chooseData, type DataChoice, type DataPair } from './data-choice';

/** Which sentences are asked for; `auto` decides by what is at hand. */
export type SentenceDataName = 'auto' | 'sst2' | 'century';

/** What {@link chooseSentenceData} decided. */
export type SentenceDataChoice = DataChoice<'sst2' | 'century'>;

/** @internal */
export const SENTENCE_DATA: DataPair<'sst2', 'century'> = {
  variable: 'SELFSUP_TEXT',
  downloaded: { key: 'sst2', title: 'SST-2' },
  own: { key: 'century', title: 'Centuries of State of the Union sentences' },
};

/** What the choice of a sentence data set depends on. */
export interface SentenceDataCircumstances {
  readonly requested: SentenceDataName;
  /** Where SST-2 lies on this machine, or `null`. */
  readonly sst2Path: string | null;
  readonly profile: Profile;
  readonly offline: boolean;
}

/** {@link chooseData} for sentences: SST-2 or the centuries of State of the Union sentences. */
export function chooseSentenceData({
  sst2Path,
  ...circumstances
}: SentenceDataCircumstances): SentenceDataChoice {
  return chooseData(SENTENCE_DATA, { ...circumstances, localPath: sst2Path });
}
