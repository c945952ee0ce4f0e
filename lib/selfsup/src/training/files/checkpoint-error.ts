import { SelfSupError } from '../../runtime/errors';

/** A file of weights or a checkpoint could not be written, is damaged, or belongs to something else. */
export class CheckpointError extends SelfSupError {}
