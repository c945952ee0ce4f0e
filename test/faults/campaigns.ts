import type { Campaign } from './campaign';
import { damagedArchives } from './damaged-archives';
import { damagedCheckpoints } from './damaged-checkpoints';
import { damagedEmoji } from './damaged-emoji';
import { damagedLibraries } from './damaged-libraries';
import { forgedMessages } from './forged-messages';
import { hostileServers } from './hostile-servers';
import { killedTraining } from './killed-training';
import { mutatedPickles } from './mutated-pickles';
import { randomTexts } from './random-texts';
import { storageFaults } from './storage-faults';
import { twoWriters } from './two-writers';

/** All campaigns; the longest first, so that two at a time end together. */
// biome-ignore lint/suspicious/noExplicitAny: each has faults of its own type
export const CAMPAIGNS: readonly Campaign<any>[] = [
  killedTraining,
  storageFaults,
  hostileServers,
  forgedMessages,
  twoWriters,
  damagedEmoji,
  damagedCheckpoints,
  damagedArchives,
  randomTexts,
  mutatedPickles,
  damagedLibraries,
];
