import { SelfSupError } from 'selfsup';

/** A text data set could not be found, fetched or read. */
export class TextDataError extends SelfSupError {}
