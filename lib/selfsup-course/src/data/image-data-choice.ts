import { basename } from 'node:path';
import { InvalidArgumentError } from 'selfsup';
import type { Profile } from '../profile';

/** Which data set is asked for; `auto` decides by what is at hand. */
export type ImageDataName = 'auto' | 'cifar10' | 'emoji';

const NAMES: readonly ImageDataName[] = ['auto', 'cifar10', 'emoji'];

/** What {@link chooseImageData} decided. */
export interface ImageDataChoice {
  readonly data: 'cifar10' | 'emoji';
  /** One line that says which and why. */
  readonly reason: string;
  /** Whether the Emoji may stand in where the download fails. */
  readonly mayFallBack: boolean;
}

/** What the choice of an image data set depends on. */
export interface ImageDataCircumstances {
  readonly requested: ImageDataName;
  /** Where CIFAR-10 lies on this machine, or `null`. */
  readonly cifar10Path: string | null;
  readonly profile: Profile;
  readonly offline: boolean;
}

/**
 * The data set named by the environment variable `SELFSUP_DATA`; `auto` when it is not set.
 *
 * @throws InvalidArgumentError when the variable holds anything else.
 */
export function requestedImageData(): ImageDataName {
  const given = process.env.SELFSUP_DATA || 'auto';
  const found = NAMES.find((name) => name === given);
  if (found === undefined) {
    throw new InvalidArgumentError(
      `SELFSUP_DATA is "${given}"; expected one of ${NAMES.join(', ')}. Set one of them, or unset it for auto.`,
    );
  }
  return found;
}

/**
 * Chooses the images of a notebook. `auto`: CIFAR-10 where it is on this machine; else it is downloaded in the profiles
 * standard and full; else, offline or in the quick profile, the Emoji.
 */
export function chooseImageData({
  requested,
  cifar10Path,
  profile,
  offline,
}: ImageDataCircumstances): ImageDataChoice {
  if (requested === 'emoji') {
    return { data: 'emoji', reason: 'Emoji, because they were asked for.', mayFallBack: false };
  }
  if (requested === 'cifar10') {
    const reason = 'CIFAR-10, because it was asked for.';
    return { data: 'cifar10', reason, mayFallBack: false };
  }
  if (cifar10Path !== null) {
    // Only the name: notebooks are published with this line. The data set's `source` has the whole path.
    const reason = `CIFAR-10, because it is on this machine (${basename(cifar10Path)}).`;
    return { data: 'cifar10', reason, mayFallBack: false };
  }
  const absent = 'Emoji, because CIFAR-10 is not on this machine and';
  if (offline) {
    return {
      data: 'emoji',
      reason: `${absent} the network is not to be used.`,
      mayFallBack: false,
    };
  }
  if (profile === 'quick') {
    const reason = `${absent} the quick profile downloads nothing.`;
    return { data: 'emoji', reason, mayFallBack: false };
  }
  const reason = `CIFAR-10, downloaded because it was not on this machine (${profile} profile).`;
  return { data: 'cifar10', reason, mayFallBack: true };
}
