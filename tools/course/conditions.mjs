import { availableParallelism, cpus } from 'node:os';

/** @typedef {Pick<ReturnType<import('./options.mjs').courseOptions>, 'profile' | 'data' | 'text' | 'maxSteps'>} Conditions */

/**
 * What a kernel's environment says of the run.
 *
 * @param {Conditions} options
 */
export function conditionsOf({ profile, data, text, maxSteps }) {
  return {
    SELFSUP_PROFILE: profile,
    SELFSUP_DATA: data,
    SELFSUP_TEXT: text,
    SELFSUP_MAX_STEPS: maxSteps === null ? '' : String(maxSteps),
  };
}

/**
 * What an executed notebook's metadata says of the run and of this machine.
 *
 * @param {Conditions} options
 */
export function recordOf({ profile, data, maxSteps }) {
  return {
    profile,
    data,
    ...(maxSteps === null ? {} : { maxSteps }),
    processor: cpus()[0]?.model.trim() || process.arch,
    cores: availableParallelism(),
    node: process.version,
  };
}
