import { parseArgs } from 'node:util';

/** Fixed, so that the run of `npm test` is the same everywhere; another seed tries other faults. */
export const DEFAULT_SEED = 20_261_128;
const SOAK_MINUTES = 10;
const LARGEST_SEED = 2 ** 30;

export interface FaultsOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly only: readonly string[];
  /** One fault alone, as a failure was printed. */
  readonly path: string | undefined;
  readonly save: boolean;
  readonly help: boolean;
}

/** A wrong word on the command line; its message is all a person needs. */
export class OptionError extends Error {}

/** @throws OptionError on an unknown option, or a value that makes no sense */
export function faultsOptions(args: readonly string[], kinds: readonly string[]): FaultsOptions {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    throw new OptionError(
      `${(error as Error).message}. "npm run faults -- --help" lists the options.`,
    );
  }
  const minutes =
    values.minutes === undefined ? (values.soak ? SOAK_MINUTES : 2) : Number(values.minutes);
  if (!(minutes > 0 && minutes <= 24 * 60)) {
    throw new OptionError(
      `--minutes is "${values.minutes}"; expected a number above 0, at most 1440.`,
    );
  }
  const seed = values.seed === undefined ? DEFAULT_SEED : Number(values.seed);
  if (!(Number.isInteger(seed) && seed >= 0 && seed <= LARGEST_SEED)) {
    throw new OptionError(
      `--seed is "${values.seed}"; expected a whole number from 0 to ${LARGEST_SEED}.`,
    );
  }
  const only = (values.only ?? '').split(',').filter((kind) => kind !== '');
  const unknown = only.find((kind) => !kinds.includes(kind));
  if (unknown !== undefined) {
    throw new OptionError(`--only names "${unknown}"; expected some of ${kinds.join(', ')}.`);
  }
  if (values.path !== undefined && only.length !== 1) {
    throw new OptionError(
      '--path shows one fault again, so it needs --only with one kind, and --seed.',
    );
  }
  return {
    minutes,
    seed,
    only,
    path: values.path || undefined,
    save: values.save,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      soak: { type: 'boolean', default: false },
      seed: { type: 'string' },
      only: { type: 'string' },
      path: { type: 'string' },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
}
