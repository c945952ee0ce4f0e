import type { Profile } from '../profile';
import { chooseData, type DataChoice, type DataPair } from './data-choice';

/** Which data set is asked for; `auto` decides by what is at hand. */
export type ImageDataName = 'auto' | 'cifar10' | 'emoji';

/** What {@link chooseImageData} decided. */
export type ImageDataChoice = DataChoice<'cifar10' | 'emoji'>;

/** @internal */
export const IMAGE_DATA: DataPair<'cifar10', 'emoji'> = {
  variable: 'SELFSUP_DATA',
  downloaded: { key: 'cifar10', title: 'CIFAR-10' },
  own: { key: 'emoji', title: 'Emoji' },
};

/** What the choice of an image data set depends on. */
export interface ImageDataCircumstances {
  readonly requested: ImageDataName;
  /** Where CIFAR-10 lies on this machine, or `null`. */
  readonly cifar10Path: string | null;
  readonly profile: Profile;
  readonly offline: boolean;
}

/** {@link chooseData} for images: CIFAR-10 or the Emoji. */
export function chooseImageData({
  cifar10Path,
  ...circumstances
}: ImageDataCircumstances): ImageDataChoice {
  return chooseData(IMAGE_DATA, { ...circumstances, localPath: cifar10Path });
}
