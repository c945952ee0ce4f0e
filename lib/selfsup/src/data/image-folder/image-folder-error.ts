import { SelfSupError } from '../../runtime/errors';

/** A folder holds no image that can be read, or does not exist. */
export class ImageFolderError extends SelfSupError {}
