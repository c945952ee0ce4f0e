import { SelfSupError } from 'selfsup';

/** A data set could not be found, fetched, drawn or read. */
export class ImageDataError extends SelfSupError {}
