import { cacheFolder, dataFolder } from 'verified-download';

/** The name under which the course's data lie in the user's cache folder, outside a workspace. */
const NAME = 'selfsup-course';

/** Where Emoji and SST-2 are kept: `data/` of the course; outside it, `selfsup-course` in the user's cache folder. */
export function courseDataFolder(): string {
  return dataFolder(NAME);
}

/** Where they are kept when that folder cannot be written. */
export function spareDataFolder(): string {
  return cacheFolder(NAME);
}
