import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { OptionError } from '../../bench/options';
import { ROOT } from './configuration-process';
import type { Choice } from './grid';

/** The command line of `npm run study`. */
export interface StudyOptions {
  /** Name of the study; `null` to list them. */
  readonly name: string | null;
  readonly choice: Choice;
  /** Configurations at once on this machine. */
  readonly jobs: number;
  /** Address of a Dask scheduler; `null` for this machine. */
  readonly dask: string | null;
  /** Path of the clone on Dask's workers. */
  readonly clone: string;
  /** A Python with the package distributed. */
  readonly python: string;
  /** Folder of results and table. */
  readonly out: string;
  /** Measure also what is already kept. */
  readonly again: boolean;
  /** Go on from the numbers that are saved beside the study. */
  readonly fromSaved: boolean;
  /** Put table and chart beside the study. */
  readonly save: boolean;
  /** Folder of studies. */
  readonly studies: string;
  readonly help: boolean;
}

export const HELP = `Measures a grid of recipes, data sets and seeds, one process for each, and draws the table and chart.

  npm run study -- NAME [options]

  --seeds LIST      1-5 or 1,2,3 (default: those of the study)
  --only TEXT       the recipe of this name, else those whose names contain the text; may be repeated (default: all)
  --data NAME,NAME  some of the study's data sets (default: all)
  --scale X         multiplies the study's budgets: 0.01 shows that everything runs (default: 1)
  --jobs N          configurations at once (default: 1; training uses all cores)
  --dask ADDRESS    measure on a Dask cluster, such as tcp://10.0.0.1:8786, instead of here
  --clone PATH      the set-up clone on each Dask worker (default: the path of this one;
                    SELFSUP_CLONE in a worker's environment comes before both)
  --python PATH     a Python with Dask (default: SELFSUP_DASK_PYTHON, else python3); see studies/README.md
  --out DIR         results, table and chart (default: study-output/NAME)
  --again           measure also what is already kept
  --from-saved      go on from the numbers in studies/NAME.json, which may be of other machines
  --save            also put table, chart and numbers into studies/; of a part of the grid the rest that is saved or kept
                    stays, and the table names what is not measured yet
  --studies DIR     the folder of studies, inside this clone (default: studies)
  --help            this text

Results are kept as they arrive. After a stop or a failure, the same command measures what is not yet kept.`;

/**
 * `1-5`, `1,2,3` or both mixed.
 *
 * @throws OptionError
 */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(',').flatMap((part) => {
    const [, first, last = first] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    // A seed becomes an int32, and a longer list than this is a slip of the keyboard.
    if (first === undefined || to < from || to >= 2 ** 31 || to - from >= 10_000) {
      throw new OptionError(
        `--seeds is "${text}"; expected whole numbers or ranges that grow, such as 1-5 or 1,2,3.`,
      );
    }
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  return [...new Set(seeds)];
}

function positive(option: string, text: string, whole: boolean): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 1e6) || (whole && !Number.isInteger(value))) {
    const expected = whole ? 'a whole number, 1 or more' : 'a number above 0';
    throw new OptionError(`${option} is "${text}"; expected ${expected}.`);
  }
  return value;
}

function words(lists: readonly string[]): string[] {
  return lists.map((word) => word.trim()).filter((word) => word !== '');
}

/**
 * Reads the command line.
 *
 * @throws OptionError naming what is wrong.
 */
export function parseStudyOptions(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): StudyOptions {
  const { values, positionals } = read(args);
  const [name = null, ...more] = positionals;
  if (more.length > 0) {
    throw new OptionError(
      `One study at a time; given were ${positionals.join(', ')}. A recipe with spaces needs quotes: --only "two words".`,
    );
  }
  const only = words(values.only ?? []);
  const data = words((values.data ?? '').split(','));
  const scale = positive('--scale', values.scale ?? '1', false);
  if (values.dask !== undefined && values.jobs !== undefined) {
    throw new OptionError(
      '--jobs and --dask do not go together: a cluster runs as many at once as its workers have threads.',
    );
  }
  if (values.save && scale !== 1) {
    throw new OptionError('Only whole budgets are saved; leave out --scale, or --save.');
  }
  if (values.again && values['from-saved']) {
    throw new OptionError('--again measures everything, --from-saved goes on: use one of them.');
  }
  const { dask = null, clone = ROOT, out, studies } = values;
  if (dask === '') throw new OptionError('--dask is empty; expected the address of a scheduler.');
  return {
    name,
    choice: {
      only,
      data,
      scale,
      seeds: values.seeds === undefined ? null : parseSeeds(values.seeds),
    },
    jobs: positive('--jobs', values.jobs ?? '1', true),
    dask,
    clone,
    python: values.python ?? (environment.SELFSUP_DASK_PYTHON || 'python3'),
    out: resolve(out ?? `${ROOT}/study-output/${name}`),
    again: values.again ?? false,
    fromSaved: values['from-saved'] ?? false,
    save: values.save ?? false,
    studies: resolve(studies ?? `${ROOT}/studies`),
    help: values.help ?? false,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        seeds: { type: 'string' },
        only: { type: 'string', multiple: true },
        data: { type: 'string' },
        scale: { type: 'string' },
        jobs: { type: 'string' },
        dask: { type: 'string' },
        clone: { type: 'string' },
        python: { type: 'string' },
        out: { type: 'string' },
        again: { type: 'boolean' },
        'from-saved': { type: 'boolean' },
        save: { type: 'boolean' },
        studies: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // Of a slip in an option's name Node goes on to say how a word that begins with a dash could be given.
    const message = (error as Error).message.replace(/\. To specify a positional argument .*/s, '');
    throw new OptionError(`${message}. "npm run study -- --help" lists the options.`);
  }
}
