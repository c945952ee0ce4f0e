import { basename } from 'node:path';
import { InvalidArgumentError } from 'selfsup';
import type { Profile } from '../profile';

/** Two data sets for one task: one that is downloaded, and one of the course's own that stands in for it. */
export interface DataPair<Downloaded extends string, Own extends string> {
  /** The environment variable that asks for one of them. */
  readonly variable: string;
  readonly downloaded: { readonly key: Downloaded; readonly title: string };
  readonly own: { readonly key: Own; readonly title: string };
}

/** Which data set is to be used. */
export interface DataChoice<Key extends string> {
  readonly data: Key;
  /** One line that says which and why. */
  readonly reason: string;
  /** Whether the course's own may stand in where the download fails. */
  readonly mayFallBack: boolean;
}

/** What {@link chooseData} decides by. */
export interface DataCircumstances<Key extends string> {
  readonly requested: 'auto' | Key;
  /** Where the downloaded set lies on this machine, or `null`. */
  readonly localPath: string | null;
  readonly profile: Profile;
  readonly offline: boolean;
}

/**
 * The data set named by the pair's environment variable; `auto` when it is not set.
 *
 * @throws InvalidArgumentError when the variable holds anything else.
 */
export function requestedData<D extends string, O extends string>({
  variable,
  downloaded,
  own,
}: DataPair<D, O>): 'auto' | D | O {
  const names = ['auto', downloaded.key, own.key] as const;
  const given = process.env[variable] || 'auto';
  const found = names.find((name) => name === given);
  if (found === undefined) {
    throw new InvalidArgumentError(
      `${variable} is "${given}"; expected one of ${names.join(', ')}. Set one of them, or unset it for auto.`,
    );
  }
  return found;
}

/**
 * Chooses the data set of a notebook. `auto`: the downloaded one where it is on this machine; else it is downloaded in the
 * profiles standard and full; else, offline or in the quick profile, the course's own.
 */
export function chooseData<D extends string, O extends string>(
  { downloaded, own }: DataPair<D, O>,
  { requested, localPath, profile, offline }: DataCircumstances<D | O>,
): DataChoice<D | O> {
  const choice = (data: D | O, reason: string, mayFallBack = false) => ({
    data,
    reason,
    mayFallBack,
  });
  if (requested === own.key) {
    return choice(own.key, `${own.title}, because they were asked for.`);
  }
  if (requested === downloaded.key) {
    return choice(downloaded.key, `${downloaded.title}, because it was asked for.`);
  }
  if (localPath !== null) {
    // Only the name: notebooks are published with this line. The data set's `source` has the whole path.
    const place = basename(localPath);
    return choice(downloaded.key, `${downloaded.title}, because it is on this machine (${place}).`);
  }
  const absent = `${own.title}, because ${downloaded.title} is not on this machine and`;
  if (offline) return choice(own.key, `${absent} the network is not to be used.`);
  if (profile === 'quick') {
    return choice(own.key, `${absent} the quick profile downloads nothing.`);
  }
  const reason = `${downloaded.title}, downloaded because it was not on this machine (${profile} profile).`;
  return choice(downloaded.key, reason, true);
}
