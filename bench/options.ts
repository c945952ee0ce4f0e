import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Names of the rows to measure; empty for all. */
  readonly only: readonly string[];
  /** Fewer repetitions: shows that everything runs, and roughly how fast. */
  readonly quick: boolean;
  /** Keep what was measured for this processor, and write the document of all processors. */
  readonly save: boolean;
  /** Measure nothing; write the document of what is kept. */
  readonly document: boolean;
  /** Program that runs Python with TensorFlow. */
  readonly python: string;
  /** Program that runs Python with PyTorch. */
  readonly pytorch: string;
  readonly help: boolean;
}

/** A mistake on the command line. */
export class OptionError extends Error {}

/**
 * Reads the command line of `npm run bench`.
 *
 * @param rows Names of all rows.
 * @throws OptionError naming what is wrong.
 */
export function parseOptions(
  args: readonly string[],
  rows: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): BenchOptions {
  const { values } = read(args);
  const only = (values.only ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = only.filter((name) => !rows.includes(name));
  if (unknown.length > 0) {
    throw new OptionError(
      `There is no row ${unknown.join(', ')}; expected some of ${rows.join(', ')}.`,
    );
  }
  if (values.save && values.quick) {
    throw new OptionError(
      'Only a run of all repetitions is saved; leave out --quick, or leave out --save.',
    );
  }
  if (values.document && (values.save || values.quick || only.length > 0)) {
    throw new OptionError(
      '--document measures nothing; leave out --save, --quick and --only, or leave out --document.',
    );
  }
  const python = values.python ?? (environment.SELFSUP_BENCH_PYTHON || 'python3');
  return {
    only,
    quick: values.quick ?? false,
    save: values.save ?? false,
    document: values.document ?? false,
    python,
    pytorch: values.pytorch ?? (environment.SELFSUP_BENCH_PYTORCH || python),
    help: values.help ?? false,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        quick: { type: 'boolean' },
        save: { type: 'boolean' },
        document: { type: 'boolean' },
        python: { type: 'string' },
        pytorch: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new OptionError(`${(error as Error).message}. See npm run bench -- --help.`);
  }
}
