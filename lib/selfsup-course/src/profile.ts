import { InvalidArgumentError } from 'selfsup';

/**
 * How much work a notebook does: `quick` is for CI (seconds), `standard` is what a student meets (minutes),
 * `full` produces the published numbers.
 */
export type Profile = 'quick' | 'standard' | 'full';

const PROFILES: readonly Profile[] = ['quick', 'standard', 'full'];

/**
 * The profile chosen by the environment variable `SELFSUP_PROFILE`; `standard` when it is not set.
 *
 * @throws InvalidArgumentError when the variable holds anything else.
 */
export function profile(): Profile {
  const given = process.env.SELFSUP_PROFILE || 'standard';
  const found = PROFILES.find((name) => name === given);
  if (found === undefined) {
    throw new InvalidArgumentError(
      `SELFSUP_PROFILE is "${given}"; expected one of ${PROFILES.join(', ')}. Set one of them, or unset it for standard.`,
    );
  }
  return found;
}

/** Picks the value of the current {@link profile}: `byProfile({ quick: 1, standard: 4, full: 20 })`. */
export function byProfile<T>(values: Readonly<Record<Profile, T>>): T {
  return values[profile()];
}
